// Completes package-lock.json with the optional packages of other platforms. npm leaves out those that it did not install
// (npm/cli#4828), and `npm ci` then refuses the file. Run it after every `npm install` that changed the file.
import { readFileSync, writeFileSync } from 'node:fs';

const LOCK = new URL('../package-lock.json', import.meta.url);
const OS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const CPU = {
  arm64: 'arm64',
  x64: 'x64',
  ia32: 'ia32',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  loong64: 'loong64',
  arm: 'arm',
};

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
let added = 0;
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] || !/^\d/.test(version)) continue;
    const os = OS.find((candidate) => name.includes(`-${candidate}`));
    const cpu = Object.keys(CPU).find((candidate) => name.includes(`-${candidate}`));
    if (!os || !cpu) continue;
    lock.packages[key] = { version, cpu: [CPU[cpu]], ...(parent.dev ? { dev: true } : {}), optional: true, os: [os] };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages of other platforms added`);
