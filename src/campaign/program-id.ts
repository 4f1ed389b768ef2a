// Which lufcheck gives an answer: digests of the files that it is made of. Two programs with one digest
// give the same answers; one with another digest may, and is asked again.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf } from './digest.ts';

/** What explores and judges, and knows nothing of the kernel: models are known by their own text. */
const engineFolders = ['base', 'lang', 'events', 'rules', 'explore', 'explain', 'certificate'];
const traceFolders = ['base', 'lang', 'events', 'rules', 'trace'];
/** What lists cells and finds the model of each. */
const otherFolders = ['kernel', 'catalogue', 'trace', 'explore-node', 'campaign', 'cli/campaign'];

export interface ProgramId {
  /** For cells with a model. */
  readonly engine: string;
  /** For recordings. */
  readonly trace: string;
  /** Of everything: workers with another one refuse. */
  readonly program: string;
}

let known: ProgramId | undefined;

export function programId(): ProgramId {
  if (known !== undefined) return known;
  const root = programRoot();
  const files = new Map<string, string>();
  for (const folder of new Set([...engineFolders, ...traceFolders, ...otherFolders])) {
    const below = join(root, folder);
    for (const name of readdirSync(below, { recursive: true }) as string[]) {
      const path = join(below, name);
      if (!/\.js$/.test(name)) continue;
      // Where maps are does not matter.
      const text = readFileSync(path, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '');
      files.set(relative(root, path), digestOf([text]));
    }
  }
  const of = (folders: readonly string[]): string =>
    digestOf(
      [...files]
        .filter(([path]) => folders.some((folder) => path.startsWith(`${folder}/`)))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([path, digest]) => [path, ' ', digest, '\n']),
    );
  known = {
    engine: of(engineFolders),
    trace: of(traceFolders),
    program: of([...engineFolders, ...traceFolders, ...otherFolders]),
  };
  return known;
}

/** Where the compiled program is: workers run it, also where this file is still source (tests). */
export function programRoot(): string {
  const above = dirname(dirname(fileURLToPath(import.meta.url)));
  return existsSync(join(above, 'cli/main.js')) ? above : join(above, '../dist');
}
