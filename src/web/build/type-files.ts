// The declarations that a text in the workbench is checked against: those of the public API, as the build has just
// made them, and the ones of the language.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

/** By path: `/lufcheck/index.d.ts` and what it imports, `/lib/lib.es2022.d.ts` and what it refers to. */
export function typeFiles(index: string): Record<string, string> {
  const lib = dirname(createRequire(import.meta.url).resolve('typescript-in-page'));
  return {
    ...reachable(index, dirname(index), '/lufcheck', (text) =>
      [...text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g)].map(([, path = '']) =>
        path.replace(/\.[jt]s$/, '.d.ts'),
      ),
    ),
    ...reachable(join(lib, 'lib.es2022.d.ts'), lib, '/lib', (text) =>
      [...text.matchAll(/<reference lib="([^"]+)"/g)].map(([, name = '']) => `lib.${name}.d.ts`),
    ),
  };
}

function reachable(
  first: string,
  root: string,
  prefix: string,
  next: (text: string) => readonly string[],
): Record<string, string> {
  const files: Record<string, string> = {};
  const waiting = [first];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const name = `${prefix}/${relative(root, path)}`;
    if (name in files) continue;
    const text = readFileSync(path, 'utf8');
    files[name] = text;
    for (const other of next(text)) waiting.push(resolve(dirname(path), other));
  }
  return files;
}
