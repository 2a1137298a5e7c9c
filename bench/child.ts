import { type ChildProcess, fork } from 'node:child_process';
import { dirname, join } from 'node:path';

const children: ChildProcess[] = [];
process.once('exit', () => {
  for (const child of children) child.kill();
});

/** A TypeScript file in a process of its own, so that its processor time is its own; it is told `spec` as its argument. */
export function startChild(file: string, spec: object): ChildProcess {
  const jiti = join(dirname(require.resolve('jiti/package.json')), 'lib', 'jiti-cli.mjs');
  const child = fork(jiti, [join(__dirname, file), JSON.stringify(spec)]);
  children.push(child);
  return child;
}

/** The spec that `startChild` gave. The child ends when its parent does. */
export function childSpec(): unknown {
  process.once('disconnect', () => process.exit());
  return JSON.parse(process.argv[2] ?? '{}');
}

/** The next message of a child; rejects when it ends before. */
export function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a child process ended with ${String(code)}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}

export function tellParent(message: object): void {
  process.send?.(message);
}
