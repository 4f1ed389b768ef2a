// Runs a command of the program in this process, where what it says is all that matters: a process of
// its own takes half a second of CPU time.

import { commands } from '../src/cli/commands/all.ts';
import { runProgram } from '../src/cli/program.ts';
import { Progress } from '../src/cli/progress.ts';
import { plainLook } from '../src/report/look.ts';

export interface SaidHere {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function here(args: readonly string[]): Promise<SaidHere> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runProgram({ commands, version: '' }, args, {
    out: (line) => out.push(line),
    note: (line) => err.push(line),
    progress: new Progress({ isTTY: false, columns: 80, write: () => true }, false),
    look: plainLook,
    stop: new AbortController().signal,
  });
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
  return { code, out: text(out), err: text(err) };
}
