import { strykerPlugins as jest, strykerValidationSchema as schema } from '@stryker-mutator/jest-runner';
import { createJiti } from 'jiti';

// Stryker loads its plugins itself, in processes of its own, and knows no TypeScript.
const { pluginsAround, OPTIONS } = await createJiti(import.meta.url).import('./plugins.ts');

export const strykerPlugins = [...jest, ...pluginsAround(jest[0].factory)];
export const strykerValidationSchema = { ...schema, properties: { ...schema.properties, ...OPTIONS } };
