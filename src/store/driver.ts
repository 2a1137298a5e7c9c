import { createRequire } from 'node:module';
import type SqliteDatabase from 'better-sqlite3';
import { codeOf } from '../errors';

const NODE_API_SINCE = 22;

/**
 * better-sqlite3, in the version that this Node takes. From 24.19 on Node aborts when it collects a statement of version 12
 * outside of JavaScript (nodejs/node#65446). Version 13 goes through Node-API and is spared, but it needs Node 22: npm
 * leaves it out below, where version 12 serves.
 */
export const Sqlite: typeof SqliteDatabase = load();

function load(): typeof SqliteDatabase {
  const requireFrom = createRequire(__filename);
  const takesNodeApi = Number(process.versions.node.split('.')[0]) >= NODE_API_SINCE;
  try {
    if (takesNodeApi) return requireFrom('better-sqlite3-node-api') as typeof SqliteDatabase;
  } catch (thrown) {
    // Installed without optional packages.
    if (codeOf(thrown) !== 'MODULE_NOT_FOUND') throw thrown;
  }
  return requireFrom('better-sqlite3') as typeof SqliteDatabase;
}
