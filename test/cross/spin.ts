// Spin as a program: Promela text in, numbers out. Everything happens in a folder of its own.

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = resolve(import.meta.dirname, 'promela');

/** Why there is nothing to run Spin with; undefined if there is. */
export async function whatIsMissing(): Promise<string | undefined> {
  for (const [program, flag] of [
    ['spin', '-V'],
    ['gcc', '--version'],
  ] as const) {
    try {
      await run(program, [flag]);
    } catch {
      return `${program} is not installed`;
    }
  }
  return undefined;
}

/** The text of every Promela file, by name. */
export function promela(): Map<string, string> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.pml'));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** The same with one line of one file replaced: a mistake to be found. */
export function withMistake(file: string, line: string, instead: string): Map<string, string> {
  const texts = promela();
  const text = texts.get(file) ?? '';
  if (text.split(line).length !== 2) throw new Error(`'${line}' is not once in ${file}`);
  return texts.set(file, text.replace(line, instead));
}

/** All that can be reached, whether or not an access on the way is wrong. */
export interface Reached {
  readonly states: number;
  readonly transitions: number;
  /** Steps to the farthest state. */
  readonly depth: number;
}

/** What stops a search, if anything. */
export type Stop =
  | { readonly verdict: 'holds' }
  | { readonly verdict: 'violated'; readonly property: string; readonly steps: number };

const wrongs = ['stale-read', 'leak', 'lost-write', 'stale-permission'];

export interface SpinSays {
  readonly reached: Reached;
  readonly stop: Stop;
  /** Looked for where nothing else stops the search. */
  readonly deadlock?: Stop;
}

export async function spin(
  texts: ReadonlyMap<string, string>,
  file: string,
  flags: readonly string[],
): Promise<SpinSays> {
  const plain = await withVerifier(texts, file, flags, async (pan) => ({
    reached: reachedIn(await pan('-A')),
    stop: stopIn(await pan()),
  }));
  if (plain.stop.verdict !== 'holds') return plain;
  // A verifier of its own: the claim that finds deadlocks is a process too.
  const output = await withVerifier(texts, file, [...flags, '-DDEADLOCK'], (pan) => pan('-A'));
  return { ...plain, deadlock: stopIn(output) };
}

async function withVerifier<T>(
  texts: ReadonlyMap<string, string>,
  file: string,
  flags: readonly string[],
  use: (pan: (...options: string[]) => Promise<string>) => Promise<T>,
): Promise<T> {
  const cwd = mkdtempSync(join(tmpdir(), 'lufcheck-spin-'));
  try {
    for (const [name, text] of texts) writeFileSync(join(cwd, name), text);
    // Without -o1, -o2 and -o3 Spin would zero, hide and merge things, each of which changes counts.
    await run('spin', [...flags, '-o1', '-o2', '-o3', '-a', file], { cwd });
    await run('gcc', ['-w', '-DSAFETY', '-DNOREDUCE', '-DBFS', '-o', 'pan', 'pan.c'], { cwd });
    // -E: a state in which only hardware could have gone on is no error.
    return await use(async (...options) => {
      const { stdout } = await run('./pan', ['-w20', '-E', '-n', ...options], { cwd });
      return stdout;
    });
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

function numberIn(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) throw new Error(`Spin says nothing like ${pattern}: ${output}`);
  return Number(found);
}

function reachedIn(output: string): Reached {
  // Spin counts the initial state's storing as a transition. Nothing leads there.
  const transitions = numberIn(output, /(\d+) transitions \(= stored\+matched\)/) - 1;
  return {
    states: numberIn(output, /(\d+) states, stored/),
    transitions,
    depth: numberIn(output, /depth reached (\d+)/),
  };
}

function stopIn(output: string): Stop {
  if (numberIn(output, /errors: (\d+)/) === 0) return { verdict: 'holds' };
  // The failing step is not counted in the depth of the state it leaves.
  const steps = numberIn(output, /\(at depth (\d+)\)/) + 1;
  if (/end state in claim reached/.test(output)) {
    return { verdict: 'violated', property: 'deadlock', steps };
  }
  const property = wrongs[numberIn(output, /assertion violated \((\d)==0\)/) - 1];
  if (property === undefined) throw new Error(`an assertion of no known meaning: ${output}`);
  return { verdict: 'violated', property, steps };
}
