import { copyFile, link, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { type Mutant, plant } from './mutant';

export const ROOT = resolve(__dirname, '../..');
const FOLDERS = ['src', 'test'];

/** Of a tree: what jest runs without compiling anything. */
const JEST_CONFIG = {
  testEnvironment: 'node',
  testMatch: ['**/*.test.js'],
  testTimeout: 120_000, // a busy machine is no defect
  roots: ['<rootDir>/test'],
  setupFiles: ['<rootDir>/test/plain-output.js'],
  transform: {},
  moduleNameMapper: { '^offpeak$': '<rootDir>/src/index.js' },
};

/** The project as JavaScript, compiled file by file without a look at types: a mutant then costs one file. */
export class Tree {
  readonly directory: string;
  readonly #files: readonly string[];

  private constructor(directory: string, files: readonly string[]) {
    this.directory = directory;
    this.#files = files;
  }

  static async compile(directory: string): Promise<Tree> {
    const files = (await Promise.all(FOLDERS.map(filesIn))).flat();
    await makeFolders(directory, files);
    for (const file of files) {
      await writeFile(join(directory, compiled(file)), compile(file, await read(file)));
    }
    await copyFile(join(ROOT, 'package.json'), join(directory, 'package.json'));
    await writeFile(join(directory, 'jest.json'), JSON.stringify(JEST_CONFIG));
    await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    return new Tree(directory, [...files.map(compiled), 'package.json', 'jest.json']);
  }

  /** Another tree with a defect in it; all but the one file is shared. */
  async withMutant(mutant: Mutant, directory: string): Promise<Tree> {
    const planted = compile(mutant.file, plant(await read(mutant.file), mutant));
    const file = compiled(mutant.file);
    await makeFolders(directory, this.#files);
    await Promise.all(
      this.#files
        .filter((each) => each !== file)
        .map((each) => link(join(this.directory, each), join(directory, each))),
    );
    await writeFile(join(directory, file), planted);
    await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    return new Tree(directory, this.#files);
  }

  async delete(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** The path of a source file within a tree. */
export function compiled(file: string): string {
  return file.replace(/\.ts$/, '.js');
}

export function read(file: string): Promise<string> {
  return readFile(join(ROOT, file), 'utf8');
}

/** What is no TypeScript stays as it is. */
function compile(fileName: string, source: string): string {
  if (!fileName.endsWith('.ts')) return source;
  const { outputText, diagnostics = [] } = ts.transpileModule(source, {
    fileName,
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.Node16, esModuleInterop: true },
  });
  const [first] = diagnostics;
  if (first) throw new SyntaxError(`${fileName}: ${ts.flattenDiagnosticMessageText(first.messageText, ' ')}`);
  return outputText;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

async function makeFolders(directory: string, files: readonly string[]): Promise<void> {
  const folders = new Set(files.map((file) => join(directory, dirname(file))));
  for (const folder of folders) await mkdir(folder, { recursive: true });
}
