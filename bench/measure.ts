// A program's CPU time (user and system, of all its threads) and peak memory, as the kernel counted
// them. Node cannot ask for those of a child, GNU time can.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export interface Measured {
  readonly stdout: string;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Highest resident set. */
  readonly peakBytes: number;
}

/** Runs a program under GNU time. @throws what `execFile` throws where it fails */
export async function measured(
  program: string,
  args: readonly string[],
  cwd?: string,
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'lufcheck-bench-'));
  const file = join(folder, 'time');
  try {
    const { stdout } = await exec('time', ['-f', '%U %S %e %M', '-o', file, program, ...args], {
      ...(cwd === undefined ? {} : { cwd }),
      maxBuffer: 1 << 26,
    });
    const [user = 0, system = 0, wall = 0, kilobytes = 0] = readFileSync(file, 'utf8')
      .trim()
      .split(' ')
      .map(Number);
    return { stdout, cpuSeconds: user + system, wallSeconds: wall, peakBytes: kilobytes * 1024 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Names the programs that cannot be started. */
export async function missing(programs: Readonly<Record<string, string>>): Promise<string[]> {
  const absent: string[] = [];
  for (const [program, flag] of Object.entries(programs)) {
    try {
      await exec(program, [flag]);
    } catch {
      absent.push(program);
    }
  }
  return absent;
}
