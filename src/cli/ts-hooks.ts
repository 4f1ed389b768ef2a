// Module hooks that let `lufcheck check FILE.ts` import a user's TypeScript: types are blanked out in
// place, so that lines and columns stay, and `lufcheck` means the package that is running. They run
// in a thread of their own (module.register).

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/wasm-typescript';

let self = '';

export function initialize(data: { self: string }): void {
  self = data.self;
}

interface Resolved {
  readonly url: string;
  readonly shortCircuit?: boolean;
}
export function resolve(
  specifier: string,
  context: unknown,
  next: (specifier: string, context: unknown) => Promise<Resolved>,
): Promise<Resolved> {
  if (specifier === 'lufcheck') return Promise.resolve({ url: self, shortCircuit: true });
  return next(specifier, context);
}

interface Loaded {
  readonly format: string;
  readonly source?: unknown;
  readonly shortCircuit?: boolean;
}
export async function load(
  url: string,
  context: unknown,
  next: (url: string, context: unknown) => Promise<Loaded>,
): Promise<Loaded> {
  if (!url.startsWith('file:') || !/\.m?ts(\?|$)/.test(url)) return await next(url, context);
  const text = await readFile(fileURLToPath(url.replace(/\?.*$/, '')), 'utf8');
  const { code } = await transform(text, { mode: 'strip-only', module: true }).catch((error) => {
    throw syntaxError(error, url);
  });
  return { format: 'module', source: code, shortCircuit: true };
}

/** What the transformer throws is no Error: it becomes one whose stack is the place in the file. */
function syntaxError(thrown: unknown, url: string): unknown {
  const { message, startLine, startColumn } = thrown as Record<string, unknown>;
  if (typeof message !== 'string' || typeof startLine !== 'number') return thrown;
  const error = new SyntaxError(message);
  error.stack = `SyntaxError: ${message}\n    at ${url}:${startLine}:${Number(startColumn) + 1}`;
  return error;
}
