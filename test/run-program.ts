// Runs the built program and gives back what it said, with what differs from run to run blotted out.

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
/** Seconds from the interruption to the end, where there was one. */
export interface Interrupted extends Said {
  readonly seconds: number;
}

const root: string = resolve(import.meta.dirname, '..');
const main: string = resolve(root, 'dist/cli/main.js');

interface Options {
  readonly env?: Record<string, string>;
  /** Ctrl-C: at the first output, or after so many milliseconds. */
  readonly interrupt?: boolean | number;
}

export function lufcheck(
  args: readonly string[],
  options: Options & { readonly interrupt: number },
): Promise<Interrupted>;
export function lufcheck(args: readonly string[], options?: Options): Promise<Said>;
export function lufcheck(
  args: readonly string[],
  options: Options = {},
): Promise<Said | Interrupted> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: root,
      env: { PATH: process.env.PATH, ...options.env },
    });
    let [out, err] = ['', ''];
    let since: number | undefined;
    if (typeof options.interrupt === 'number') {
      setTimeout(() => {
        since = performance.now();
        child.kill('SIGINT');
      }, options.interrupt);
    }
    child.stdout.on('data', (data: Buffer) => {
      if (options.interrupt === true && out === '') child.kill('SIGINT');
      out += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString();
    });
    child.on('error', failed);
    child.on('close', (code) => {
      const said = { code, out: normal(out), err: normal(err) };
      done(since === undefined ? said : { ...said, seconds: (performance.now() - since) / 1000 });
    });
  });
}

function normal(text: string): string {
  return text
    .replaceAll(root, '<root>')
    .replace(/\d+\.\d s\b/g, '0.0 s')
    .replace(/"seconds": [\d.]+/g, '"seconds": 0');
}
