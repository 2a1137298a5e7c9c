import { guardOutput } from './cli/outlet';
import { surviveClosedPipes } from './cli/pipes';
import { serve } from './cli/serve';

surviveClosedPipes();
guardOutput();
/** The daemon that pm2 starts: serves the project in the current directory until it is asked to stop. */
void serve({ dir: process.cwd() }).then((exitCode) => process.exit(exitCode));
