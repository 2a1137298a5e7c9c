import { serve } from './cli/serve';

/** The daemon that pm2 starts: serves the project in the current directory until it is asked to stop. */
void serve({ dir: process.cwd() }).then((exitCode) => process.exit(exitCode));
