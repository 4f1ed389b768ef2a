// Call chains that a recorder stored with its records: ftrace's `stacktrace` option and trigger, and
// `perf record -g`. They come after the record that they belong to.

import type { ByteSource } from './byte-source.ts';
import type { EventTable } from './event-table.ts';
import type { RecordBytes } from './field-access.ts';
import { plain } from './plain-text.ts';

/** Where the last record of a CPU came from. */
export interface KernelStack {
  readonly cpu: number;
  readonly pid: number;
  readonly buffer: string;
  /** Names of functions, the innermost first; an address where the file has no name for it. */
  readonly frames: readonly string[];
}

export const KERNEL_STACK = 'kernel_stack';
const MOST_FRAMES = 64;
const LONGEST_NAME = 128;
/** Bytes from a symbol on that may still be its function. */
const LARGEST_FUNCTION = 1 << 16;

/** Bytes of the kernel's list of symbols in a file. */
export type ReadSymbols = () => Promise<Uint8Array | undefined>;

/** `try_to_unmap_one+0x1/0x2a0` is `try_to_unmap_one`. */
export function frameName(text: string): string {
  return plain(text.replace(/\+0x[0-9a-f]+(?:\/0x[0-9a-f]+)?$/, '').slice(0, LONGEST_NAME));
}

/** The name in a line under a `<stack trace>` (`=> name`), or under an event of perf script. */
export function frameInLine(line: string): string | undefined {
  const ftrace = /^\s*=> (\S{1,512})/.exec(line)?.[1];
  const perf = /^\t *[0-9a-f]{1,16} (\S{1,512})/.exec(line)?.[1];
  const name = ftrace ?? perf;
  return name === undefined ? undefined : frameName(name);
}

/** Collects the lines of stacks in text, and hands each out when it is over. */
export class TextStacks {
  readonly #onStack: (stack: KernelStack) => void;
  #of: Omit<KernelStack, 'frames'> | undefined;
  #frames: string[] = [];

  constructor(onStack: (stack: KernelStack) => void) {
    this.#onStack = onStack;
  }

  /** An event's line: what follows are its frames, if any do. */
  begin(of: Omit<KernelStack, 'frames'>): void {
    this.#of = of;
  }

  line(text: string): void {
    const frame = frameInLine(text);
    if (frame === undefined) this.end();
    else if (this.#frames.length < MOST_FRAMES) this.#frames.push(frame);
  }

  end(): void {
    if (this.#of !== undefined && this.#frames.length > 0) {
      this.#onStack({ ...this.#of, frames: this.#frames });
    }
    this.#of = undefined;
    this.#frames = [];
  }
}

/** The addresses of a binary `kernel_stack` record, the innermost first. */
export function addressesIn(bytes: RecordBytes, events: EventTable): readonly bigint[] {
  const { view, start, length, littleEndian, wordSize } = bytes;
  const id = view.getUint16(start + events.typeOffset, littleEndian);
  const field = events.get(id).fields.get('caller');
  if (field === undefined) return [];
  const addresses: bigint[] = [];
  for (let at = field.offset; at + wordSize <= length; at += wordSize) {
    const address =
      wordSize === 8
        ? view.getBigUint64(start + at, littleEndian)
        : BigInt(view.getUint32(start + at, littleEndian));
    // The unused rest is filled with ones, or not at all.
    const isEnd = address === 0n || address === 2n ** BigInt(8 * wordSize) - 1n;
    if (isEnd || addresses.length >= MOST_FRAMES) break;
    addresses.push(address);
  }
  return addresses;
}

/** The kernel's functions by address, from a copy of /proc/kallsyms. */
export class SymbolTable {
  // Kernel addresses as signed numbers are small enough to be exact, and sort as they should.
  readonly #addresses: Float64Array;
  readonly #names: readonly string[];

  constructor(kallsyms: Uint8Array) {
    const found: [address: number, name: string][] = [];
    for (const line of new TextDecoder().decode(kallsyms).split('\n')) {
      const match = /^([0-9a-f]{1,16}) [tTwW] (\S+)/.exec(line);
      // Without the right to see them, all addresses are zero.
      if (match === null || /^0+$/.test(match[1] as string)) continue;
      found.push([signed(BigInt(`0x${match[1]}`)), match[2] as string]);
    }
    found.sort(([a], [b]) => a - b);
    this.#addresses = Float64Array.from(found, ([address]) => address);
    this.#names = found.map(([, name]) => name);
  }

  nameOf(address: bigint): string {
    const wanted = signed(address);
    let [low, high] = [0, this.#addresses.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#addresses[middle] as number) <= wanted) low = middle + 1;
      else high = middle;
    }
    const name = this.#names[low - 1];
    const into = wanted - (this.#addresses[low - 1] ?? 0);
    return name === undefined || into > LARGEST_FUNCTION
      ? `0x${address.toString(16)}`
      : frameName(name);
  }
}

function signed(address: bigint): number {
  return Number(BigInt.asIntN(64, address));
}

/** The largest list of symbols that is read. */
export const LARGEST_SYMBOLS = 1 << 26;

/** Bytes of a file, where they are in it and not too many. */
export async function symbolBytes(
  source: ByteSource,
  offset: number,
  size: number,
): Promise<Uint8Array | undefined> {
  if (size === 0 || size > LARGEST_SYMBOLS || offset + size > source.size) return undefined;
  return await source.read(offset, size);
}
