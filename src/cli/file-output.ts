// Writing a result that is too long for one string: to a file, in large pieces.

import { closeSync, openSync, writeSync } from 'node:fs';
import { Problem } from '../base/problem.ts';

const PIECE = 1 << 16;

export interface FileOutput {
  write(text: string): void;
  close(): void;
}

/** @throws Problem LUF-E201 if it cannot be written. */
export function openOutput(path: string): FileOutput {
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new Problem('LUF-E201', `cannot write the file (${why})`, {
        where: path,
        hint: 'check the path, the permissions and the room on the disk',
      });
    }
  };
  const file = attempt(() => openSync(path, 'w'));
  let waiting = '';
  const flush = (): void => {
    attempt(() => writeSync(file, waiting));
    waiting = '';
  };
  return {
    write(text) {
      waiting += text;
      if (waiting.length > PIECE) flush();
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}
