/** The public API of job and config files. */
export { z } from 'zod';
