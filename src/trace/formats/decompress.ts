// Decompression of trace.dat sections and chunks. The frames carry no content size, so the caller
// names it, having bounded it first: nothing here allocates more than that.

import { ZSTDDecoder } from 'zstddec';
import { Problem } from '../../base/problem.ts';
import { plain } from './plain-text.ts';

type Bytes = Uint8Array | undefined;

/** Bytes of exactly `size`, or undefined if the input is not a whole frame of that size. */
export type Decompress = (compressed: Uint8Array, size: number) => Bytes | Promise<Bytes>;

/**
 * The decompressor that a trace.dat v7 names in its head.
 *
 * @throws Problem LUF-E205 for any compression but `none`, `zstd` and `zlib`.
 */
export async function decompressorFor(compression: string, where: string): Promise<Decompress> {
  if (compression === 'none') return () => undefined;
  if (compression === 'zstd') return zstd();
  if (compression === 'zlib') return inflate;
  throw new Problem('LUF-E205', `compression "${plain(compression)}" is not read`, {
    where,
    hint: 'rewrite it with: trace-cmd convert --compression zstd -i FILE -o NEWFILE',
  });
}

async function zstd(): Promise<Decompress> {
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return (compressed, size) => {
    // Size 0 would make the library trust the frame's own idea of its size.
    if (size <= 0 || compressed.length === 0) return undefined;
    try {
      const bytes = decoder.decode(compressed, size);
      return bytes.length === size ? bytes : undefined;
    } catch {
      return undefined;
    }
  };
}

/** One zlib stream (RFC 1950), with the platform's own decoder; it stops where `size` is exceeded. */
async function inflate(compressed: Uint8Array, size: number): Promise<Bytes> {
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.readable.getReader();
  const fed = writer.write(Uint8Array.from(compressed)).then(() => writer.close());
  // Reading fails for the same reason, and is waited for.
  fed.catch(() => undefined);
  const bytes = new Uint8Array(size);
  let filled = 0;
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (filled + piece.value.length > size) {
        await reader.cancel();
        return undefined;
      }
      bytes.set(piece.value, filled);
      filled += piece.value.length;
    }
    await fed;
  } catch {
    return undefined;
  }
  return filled === size ? bytes : undefined;
}
