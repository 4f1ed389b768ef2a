// Spin as the peer: a verifier compiled for speed, every state stored whole, no reduction.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Promela } from './cases.ts';
import { packageRoot } from './package-root.ts';

const exec = promisify(execFile);

export interface SpinCounts {
  readonly states: number;
  /** Spin counts the storing of the initial state as one; no step leads there, so it is left out. */
  readonly transitions: number;
  readonly errors: number;
}

export interface Verifier {
  /** The compiled program and its arguments, for whoever runs it. */
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  remove(): void;
}

/**
 * Makes the verifier of a Promela text; `states` is how many are expected, for its hash table.
 * `optimise` is the compiler's flag.
 */
export async function verifierOf(
  promela: Promela,
  states: number,
  optimise = '-O3',
): Promise<Verifier> {
  const folder = mkdtempSync(join(tmpdir(), 'lufcheck-bench-spin-'));
  const remove = (): void => rmSync(folder, { recursive: true });
  try {
    const file = join(packageRoot(), 'bench/promela', promela.file);
    await exec('spin', [...promela.defines, '-a', file], { cwd: folder });
    const flags = [optimise, '-w', '-DSAFETY', '-DNOREDUCE', '-o', 'pan', 'pan.c'];
    await exec('gcc', flags, { cwd: folder });
  } catch (error) {
    remove();
    throw error;
  }
  const slots = Math.max(16, Math.ceil(Math.log2(states)));
  // -E: a state in which only hardware could have gone on is no error. -n: no list of dead code.
  const args = ['-n', '-E', `-m${promela.depth + 1_000}`, `-w${slots}`];
  return { program: join(folder, 'pan'), args, folder, remove };
}

/** @throws if the search was not complete */
export function spinCounts(output: string): SpinCounts {
  if (/max search depth too small|out of memory|Search not completed/.test(output)) {
    if (!/errors: [1-9]/.test(output))
      throw new Error(`Spin did not search to the end:\n${output}`);
  }
  const number = (pattern: RegExp): number => {
    const found = pattern.exec(output)?.[1];
    if (found === undefined) throw new Error(`Spin says nothing like ${pattern}:\n${output}`);
    return Number(found);
  };
  return {
    states: number(/(\d+) states, stored/),
    transitions: number(/(\d+) transitions \(= stored\+matched\)/) - 1,
    errors: number(/errors: (\d+)/),
  };
}
