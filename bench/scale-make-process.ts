import { childSpec, tellParent } from './child';
import { makeScaleProject } from './scale-fixture';

/** Makes the project in a process of its own: what that takes is no memory of what is measured. */
const size = childSpec() as Parameters<typeof makeScaleProject>[0];
void makeScaleProject(size).then((directory) => tellParent({ directory }));
