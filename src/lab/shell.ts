// Runs a program of the machine and waits for it.

import { spawn } from 'node:child_process';
import { Problem } from '../base/problem.ts';

export interface Ran {
  readonly code: number | null;
  /** What it wrote, both streams, as it came. */
  readonly text: string;
  readonly timedOut: boolean;
}

export interface RunWish {
  readonly cwd?: string;
  /** Killed after so many seconds. */
  readonly seconds?: number;
  readonly stop?: AbortSignal;
  /** Each full line, as it comes. */
  readonly onLine?: (line: string) => void;
}

const MOST_TEXT = 4_000_000;
/** What a shell says of a program that SIGTERM ended. */
const TERMINATED = 143;

/** Never throws for what the program does; a program that cannot be started ends with code null. */
export function run(command: string, args: readonly string[], wish: RunWish = {}): Promise<Ran> {
  return new Promise((resolve) => {
    let text = '';
    let rest = '';
    let timedOut = false;
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(wish.cwd === undefined ? {} : { cwd: wish.cwd }),
    });
    const kill = (): void => void child.kill('SIGKILL');
    const timer =
      wish.seconds === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            kill();
          }, wish.seconds * 1000);
    wish.stop?.addEventListener('abort', kill, { once: true });
    // Who ends this program by `kill` or `timeout` means the guest, too.
    const endWithChild = (): void => {
      kill();
      process.exit(TERMINATED);
    };
    process.once('SIGTERM', endWithChild);
    const take = (chunk: Buffer): void => {
      const piece = chunk.toString('latin1');
      // A guest that writes without end must not fill the memory.
      if (text.length < MOST_TEXT) text += piece;
      if (wish.onLine === undefined) return;
      const lines = (rest + piece).split(/\r?\n/);
      rest = (lines.pop() ?? '').slice(-MOST_TEXT);
      for (const line of lines) wish.onLine(line);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const end = (code: number | null): void => {
      clearTimeout(timer);
      wish.stop?.removeEventListener('abort', kill);
      process.removeListener('SIGTERM', endWithChild);
      resolve({ code, text, timedOut });
    };
    child.on('error', (error) => {
      text += error.message;
      end(null);
    });
    child.on('close', end);
  });
}

/** @throws Problem LUF-E201 with the last lines it wrote, if it fails. */
export async function mustRun(
  command: string,
  args: readonly string[],
  wish: RunWish & { readonly hint?: string } = {},
): Promise<string> {
  const { code, text } = await run(command, args, wish);
  if (code === 0) return text;
  const last = text.trimEnd().split('\n').slice(-12).join('\n');
  throw new Problem('LUF-E201', `${command} failed (${code ?? 'not started'})\n${last}`, {
    where: 'lufcheck lab',
    ...(wish.hint === undefined ? {} : { hint: wish.hint }),
  });
}
