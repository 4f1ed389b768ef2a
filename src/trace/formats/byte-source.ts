// Where bytes come from. The readers know nothing of files or browsers: they ask a ByteSource for
// ranges, so a trace larger than memory can be read from a disk, a Blob or a buffer alike.

/** Random access to bytes that do not change while they are read. */
export interface ByteSource {
  /** How messages call it: a path or a file name. Never used to guess the format. */
  readonly name: string;
  /** Total length in bytes. */
  readonly size: number;
  /**
   * The bytes from `offset`, at most `length` of them; fewer (or none) where the source ends.
   * The answer may share memory with the source: do not write to it.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A source over bytes already in memory; nothing is copied. */
export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    async read(offset: number, length: number): Promise<Uint8Array> {
      const start = Math.min(Math.max(offset, 0), bytes.length);
      return bytes.subarray(start, Math.min(bytes.length, start + Math.max(length, 0)));
    },
  };
}
