// A ByteSource over a file or a pipe, for Node. The one file of the trace reader that may touch the disk.

import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../base/problem.ts';
import type { ByteSource } from './formats/byte-source.ts';

/** An open file. Close it when the reader is done. */
export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/** Standard input, where a path is meant. */
const STDIN = '-';

/**
 * Opens a file for random access. What comes through a pipe (`-` is standard input) is kept in a
 * temporary file that has no name, as long as it is open: a trace is read from its end as well, and twice.
 *
 * @throws Problem LUF-E201 if it is missing or unreadable, or a directory or device; if there is no room
 * to keep what comes through a pipe.
 */
export async function openFileSource(path: string): Promise<FileSource> {
  if (path === STDIN) return await kept(path, process.stdin);
  const handle = await openOrExplain(path);
  try {
    const facts = await handle.stat();
    if (facts.isFile()) return fileSource(path, handle, facts.size);
    if (!facts.isFIFO() && !facts.isSocket()) {
      throw new Problem('LUF-E201', 'not a regular file', {
        where: path,
        hint: 'a directory or device cannot be read as a trace: name a file, or - for standard input',
      });
    }
    const source = await kept(path, handle.createReadStream({ autoClose: false }));
    await handle.close();
    return source;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** All that comes, in a file that is gone when it is closed. */
async function kept(path: string, pieces: AsyncIterable<Uint8Array>): Promise<FileSource> {
  let folder: string | undefined;
  let handle: FileHandle | undefined;
  try {
    folder = await mkdtemp(join(tmpdir(), 'lufcheck-'));
    handle = await open(join(folder, 'trace'), 'wx+');
    await rm(folder, { recursive: true });
    let size = 0;
    for await (const piece of pieces) {
      await handle.writeFile(piece);
      size += piece.length;
    }
    return fileSource(path, handle, size);
  } catch (error) {
    await handle?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    throw new Problem('LUF-E201', `cannot keep what comes through the pipe (${reason(error)})`, {
      where: path,
      hint: `see that ${tmpdir()} has room for it, or name another folder with TMPDIR`,
    });
  }
}

function fileSource(path: string, handle: FileHandle, size: number): FileSource {
  return {
    name: path,
    size,
    async read(offset: number, length: number): Promise<Uint8Array> {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await readOrExplain(path, handle, bytes, filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    close: () => handle.close(),
  };
}

async function openOrExplain(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw new Problem('LUF-E201', `cannot open the file (${reason(error)})`, {
      where: path,
      hint: 'check the path and the permissions',
    });
  }
}

async function readOrExplain(
  path: string,
  handle: FileHandle,
  into: Uint8Array,
  start: number,
  position: number,
): Promise<{ bytesRead: number }> {
  try {
    return await handle.read(into, start, into.length - start, position);
  } catch (error) {
    throw new Problem('LUF-E201', `cannot read byte ${position} (${reason(error)})`, {
      where: path,
      hint: 'the disk or the mount reports an error: copy the file and try again',
    });
  }
}

function reason(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
