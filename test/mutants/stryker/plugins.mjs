import { createJiti } from 'jiti';

// Stryker loads its plugins itself, in processes of its own, and knows no TypeScript.
const plugins = await createJiti(import.meta.url).import('./plugins.ts');
export const { strykerPlugins, strykerValidationSchema } = plugins;
