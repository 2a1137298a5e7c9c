import { createRequire } from 'node:module';
import { messageOf } from '../../errors';
import { pm2Warnings, readPm2Settings } from '../../monitor/pm2-check';
import { assertLibrary, type RemoteDisk } from '../../store/database';
import { Sqlite } from '../../store/driver';
import { assertLocal, type FileSystem, type ReadFileSystem, readFileSystem } from '../../store/file-system';
import { ROOM_LEFT_BYTES } from '../../store/room';
import { isTimezone } from '../../time/window';
import { size } from '../backup';
import { error, type Finding, hintOf, ok, warning } from './finding';

/** Less than so many times what calls ask for is time to act. */
const ROOM_WARNED = 8;
/** https://github.com/nodejs/node/issues/65446 */
const ABORTS_FROM = { major: 24, minor: 19 };
const NODE_API_SINCE = 22;
const NODE_OLDEST = { major: 20, minor: 19 };

/** What Offpeak stands on: Node, SQLite, zone data. */
export function checkRuntime(nodeVersion = process.versions.node): Finding[] {
  return [checkNode(nodeVersion, hasNodeApiDriver()), checkSqlite(), checkZones()];
}

export function checkNode(version: string, hasNodeApi: boolean): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isFrom = (least: { major: number; minor: number }): boolean =>
    major > least.major || (major === least.major && minor >= least.minor);
  if (!isFrom(NODE_OLDEST)) return error('node', `Node ${version}: expected 20.19 or newer`, 'Upgrade Node.');
  if (major >= NODE_API_SINCE && !hasNodeApi) {
    const todo = 'Install with optional packages: npm ci, without --omit=optional.';
    const what = `Node ${version} without better-sqlite3-node-api`;
    return isFrom(ABORTS_FROM)
      ? error('node', `${what}: Node aborts when it collects a statement`, todo)
      : warning('node', `${what}: Node 24.19 and newer would abort`, todo);
  }
  return ok('node', `Node ${version}`);
}

function hasNodeApiDriver(): boolean {
  try {
    createRequire(__filename).resolve('better-sqlite3-node-api');
    return true;
  } catch {
    return false;
  }
}

function checkSqlite(): Finding {
  const db = new Sqlite(':memory:');
  try {
    const version = String(db.prepare('SELECT sqlite_version()').pluck().get());
    assertLibrary(version);
    return ok('sqlite', `SQLite ${version}`);
  } catch (thrown) {
    return error('sqlite', messageOf(thrown), hintOf(thrown, 'npm ci'));
  } finally {
    db.close();
  }
}

function checkZones(): Finding {
  const { tz: data = 'none', icu = 'none' } = process.versions;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (isTimezone('Asia/Shanghai')) return ok('time zones', `zone data ${data}; this machine is in ${zone}`);
  return error('time zones', `no zone data (ICU ${icu})`, 'Use a Node with full ICU, as nodejs.org has it.');
}

export interface DiskRules {
  /** What must be free before a call, bytes. Default 64 MiB. */
  readonly diskFreeBytesMin?: number;
  /** Default refuse. */
  readonly remoteDisk?: RemoteDisk;
}

/** The disk of the store: one that can hold it, with the room that calls ask for. */
export function checkDisk(path: string, rules: DiskRules = {}, readDisk: ReadFileSystem = readFileSystem): Finding[] {
  const disk = readDisk(path);
  return [isLocal(path, disk, rules), hasRoom(disk, rules)];
}

function isLocal(path: string, disk: FileSystem, { remoteDisk }: DiskRules): Finding {
  try {
    assertLocal(path, disk);
    return ok('disk', 'no network file system');
  } catch (thrown) {
    const severity = remoteDisk === 'allow' ? warning : error;
    return severity('disk', messageOf(thrown), hintOf(thrown, 'Put the store on a local disk.'));
  }
}

function hasRoom({ freeBytes }: FileSystem, { diskFreeBytesMin = ROOM_LEFT_BYTES }: DiskRules): Finding {
  const room = `${size(freeBytes)} free on the disk of the store`;
  if (freeBytes >= diskFreeBytesMin * ROOM_WARNED) return ok('free space', room);
  const severity = freeBytes < diskFreeBytesMin ? error : warning;
  return severity('free space', `${room}; no call is made below ${size(diskFreeBytesMin)}`, 'Free some space.');
}

/** How pm2 was told to run this process; nothing outside of pm2. */
export function checkPm2(shutdownTimeoutMs: number): Finding[] {
  const settings = readPm2Settings(process.env);
  if (!settings) return [];
  const found = pm2Warnings(settings, { shutdownTimeoutMs });
  if (found.length === 0) return [ok('pm2', 'its settings fit')];
  return found.map(({ setting, message }) => warning('pm2', message, `Change ${setting} in ecosystem.config.js.`));
}
