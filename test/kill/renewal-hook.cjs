// Preloaded into a process of Offpeak: ends it with SIGKILL at a step of writing the token file, KILL_AT="2 written".
const fs = require('node:fs');

const [write, step] = (process.env.KILL_AT ?? '').split(' ');
let writes = 0;
let aside = -1;
let hasRenamed = false;

function at(name) {
  if (String(writes) !== write || name !== step) return;
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // nothing more happens before the signal arrives
}

const { openSync, fsyncSync, renameSync, closeSync } = fs;
fs.openSync = (path, ...rest) => {
  if (String(path).endsWith('tokens.json.new')) {
    writes += 1;
    at('opening');
    aside = openSync(path, ...rest);
    return aside;
  }
  return openSync(path, ...rest);
};
fs.fsyncSync = (file) => {
  if (file === aside) at('unsynced');
  fsyncSync(file);
  if (file === aside) at('written');
  else if (hasRenamed) at('synced');
};
fs.closeSync = (file) => {
  if (file === aside) aside = -1;
  closeSync(file);
};
fs.renameSync = (from, to) => {
  renameSync(from, to);
  hasRenamed = String(to).endsWith('tokens.json');
  if (hasRenamed) at('renamed');
};
