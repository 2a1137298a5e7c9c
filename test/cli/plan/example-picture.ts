import { join } from 'node:path';
import { planPicture } from '../../../src/cli/plan/svg-picture';
import { examplePlan } from './example';

export const EXAMPLE_PICTURE_FILE = join(__dirname, '..', '..', '..', 'docs', 'plan.svg');

/** The picture that the README shows. */
export function examplePicture(): string {
  return planPicture(examplePlan({ days: 3 }), 'A plan of twelve jobs');
}
