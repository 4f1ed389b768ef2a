// Reading scenarios from a user's own TypeScript or JavaScript file. What goes wrong in it is a
// Problem that names the line; our own stack is of no use to its author.

import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Problem } from '../base/problem.ts';
import { isScenario, type Scenario } from '../catalogue/scenario.ts';
import { rememberPlaces } from '../lang/program.ts';

let registered = false;

export function looksLikeFile(name: string): boolean {
  return /\.[cm]?[jt]s$/.test(name);
}

/**
 * The scenarios that a file exports, under any name, alone or in arrays.
 *
 * @throws Problem LUF-E201 if it cannot be read, LUF-E001 if it cannot be understood or run,
 * LUF-E204 if it exports no scenario.
 */
export async function scenariosOf(file: string): Promise<Scenario[]> {
  const found = (await exportsOf(file)).flat().filter(isScenario);
  if (found.length === 0) {
    throw new Problem('LUF-E204', 'the file exports no scenario', {
      where: file,
      hint: "export const mine: Scenario = { id: 'mine', ... }; see docs/writing-paths.md",
    });
  }
  return found;
}

/**
 * What a user's file exports, under any name.
 *
 * @throws Problem LUF-E201 if it cannot be read, LUF-E001 if it cannot be understood or run.
 */
export async function exportsOf(file: string): Promise<unknown[]> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new Problem('LUF-E201', 'no such file', { where: file, hint: 'check the path' });
  }
  if (!registered) {
    register('./ts-hooks.js', import.meta.url, {
      data: { self: new URL('../index.js', import.meta.url).href },
    });
    registered = true;
  }
  rememberPlaces(() => placeIn(new Error().stack ?? '', path));
  try {
    return Object.values((await import(pathToFileURL(path).href)) as Record<string, unknown>);
  } catch (error) {
    throw inUserFile(error, path);
  }
}

/** An error that arose while a user's file was read or its model was built, as a Problem. */
export function inUserFile(error: unknown, file: string): unknown {
  if (!(error instanceof Error)) return error;
  const stack = error.stack ?? '';
  // What cannot be read as TypeScript may be a file that the user's file imports: ts-hooks.ts.
  const at = /^SyntaxError: .*\n {4}at (file:.*):\d+:\d+$/.exec(stack)?.[1];
  const place = placeIn(stack, at === undefined ? resolve(file) : fileURLToPath(at));
  if (error instanceof Problem) {
    if (error.where !== undefined || place === undefined) return error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return new Problem(error.code, error.message, { where: place, ...hint });
  }
  // Not the user's doing: let it show as the bug that it is.
  if (place === undefined && !(error instanceof SyntaxError) && !isImportError(error)) return error;
  return new Problem('LUF-E001', firstLine(error.message), {
    where: place ?? basename(file),
    hint: 'the file must be a module that runs; `npx tsc --noEmit` tells more',
  });
}

function isImportError(error: Error): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && (code.startsWith('ERR_MODULE') || code.includes('Syntax'));
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? text;
}

/** The innermost line of the file in a stack: `uprobes.ts:12`. */
function placeIn(stack: string, path: string): string | undefined {
  for (const line of stack.split('\n')) {
    const match = /(file:\/\/[^\s)]+?):(\d+):\d+\)?$/.exec(line);
    if (match?.[1] === undefined) continue;
    if (fileURLToPath(match[1].replace(/\?.*$/, '')) === path)
      return `${basename(path)}:${match[2]}`;
  }
  return undefined;
}
