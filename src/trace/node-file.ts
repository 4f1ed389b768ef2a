// A ByteSource over a file, for Node. The one file of the trace reader that may touch the disk.

import { type FileHandle, open } from 'node:fs/promises';
import { Problem } from '../base/problem.ts';
import type { ByteSource } from './formats/byte-source.ts';

/** An open file. Close it when the reader is done. */
export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/**
 * Opens a file for random access.
 *
 * @throws Problem LUF-E201 if it is missing, unreadable or not a regular file (a pipe cannot be
 * read from the middle).
 */
export async function openFileSource(path: string): Promise<FileSource> {
  const handle = await openOrExplain(path);
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) {
      throw new Problem('LUF-E201', 'not a regular file', {
        where: path,
        hint: 'a pipe or directory cannot be read as a trace: store the trace in a file first',
      });
    }
    return fileSource(path, handle, facts.size);
  } catch (error) {
    await handle.close();
    throw error;
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
