import { join } from 'node:path';

/** Where the package is: the jobs and the config that come with it. */
export const PACKAGE = join(__dirname, '..', '..');
