// Decompression of trace.dat sections and chunks. The frames carry no content size, so the caller
// names it, having bounded it first: nothing here allocates more than that.

import { ZSTDDecoder } from 'zstddec';
import { Problem } from '../../base/problem.ts';
import { plain } from './plain-text.ts';

type Bytes = Uint8Array | undefined;

/**
 * Bytes of exactly `size`, or undefined if the input is not a whole frame of that size. They may be put into
 * `room`, if that is long enough: who gives it is done with what was there.
 */
export type Decompress = (
  compressed: Uint8Array,
  size: number,
  room?: Uint8Array,
) => Bytes | Promise<Bytes>;

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

/** What the decoder's WebAssembly gives: places are bytes of its memory. */
interface ZstdCode {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(size: number): number;
  free(at: number): void;
  /** Bytes written; below 0: an error. */
  ZSTD_decompress(into: number, room: number, from: number, size: number): number;
}

let opened: Promise<Decompress> | undefined;

/** One for the whole program, as its memory is never given back. */
async function zstd(): Promise<Decompress> {
  opened ??= openZstd();
  return await opened;
}

/** The decoder's own `decode` asks for memory three times for each of thousands of chunks. */
async function openZstd(): Promise<Decompress> {
  let code: ZstdCode | undefined;
  const decoder = new ZSTDDecoder();
  decoder._init = (result) => {
    ZSTDDecoder.prototype._init(result);
    code = result.instance.exports as unknown as ZstdCode;
  };
  // Only the first decoder of a program is told, which is this one.
  await decoder.init();
  if (code === undefined) throw new Error('the zstd decoder began before');
  const { memory, ZSTD_decompress } = code;
  const [input, output] = [new WasmRoom(code), new WasmRoom(code)];
  let heap = new Uint8Array(memory.buffer);
  return (compressed, size, room) => {
    if (size <= 0 || compressed.length === 0) return undefined;
    const from = input.of(compressed.length);
    const into = output.of(size);
    if (from === 0 || into === 0) return undefined;
    // When the memory has grown, what stood for it does not any more.
    if (heap.buffer !== memory.buffer) heap = new Uint8Array(memory.buffer);
    heap.set(compressed, from);
    if (ZSTD_decompress(into, size, from, compressed.length) !== size) return undefined;
    // It may have grown again in there.
    if (heap.buffer !== memory.buffer) heap = new Uint8Array(memory.buffer);
    const found = heap.subarray(into, into + size);
    if (room === undefined || room.length < size) return found.slice();
    room.set(found);
    return room.subarray(0, size);
  };
}

/** A piece of the decoder's memory that is used again and again. */
class WasmRoom {
  readonly #code: ZstdCode;
  #at = 0;
  #size = 0;

  constructor(from: ZstdCode) {
    this.#code = from;
  }

  /** Where `size` bytes are; 0: nowhere. */
  of(size: number): number {
    if (size > this.#size) {
      this.#code.free(this.#at);
      this.#at = this.#code.malloc(size);
      this.#size = this.#at === 0 ? 0 : size;
    }
    return this.#at;
  }
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
