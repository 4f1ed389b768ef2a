// Runs the built program and gives back what it said, with what differs from run to run blotted out.

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const root: string = resolve(import.meta.dirname, '..');
const main: string = resolve(root, 'dist/cli/main.js');

export function lufcheck(
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly interrupt?: boolean } = {},
): Promise<Said> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: root,
      env: { PATH: process.env.PATH, ...options.env },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (data: Buffer) => {
      if (options.interrupt === true && out === '') child.kill('SIGINT');
      out += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString();
    });
    child.on('error', failed);
    child.on('close', (code) => done({ code, out: normal(out), err: normal(err) }));
  });
}

function normal(text: string): string {
  return text
    .replaceAll(root, '<root>')
    .replace(/\d+\.\d s\b/g, '0.0 s')
    .replace(/"seconds": [\d.]+/g, '"seconds": 0');
}
