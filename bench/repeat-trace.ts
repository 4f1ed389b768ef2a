// Makes a long trace.dat of a short one: version 6, each CPU's sub-buffers again and again, each time
// later by the length of the whole. For measuring; what it says of a kernel means nothing.

import { memorySource } from '../src/trace/formats/byte-source.ts';
import { readDatHead } from '../src/trace/formats/dat-head.ts';
import { readV6 } from '../src/trace/formats/dat-v6.ts';
import { WarningList } from '../src/trace/formats/warning-list.ts';

const PAGE = 4096;
const TAG = 'flyrecord\0';

/** @throws Problem if it is no uncompressed trace.dat of version 6 */
export async function repeatTrace(input: Uint8Array, times: number): Promise<Uint8Array[]> {
  // A Buffer's slices would share its memory.
  const bytes = new Uint8Array(input);
  const source = memorySource('trace', bytes);
  const file = await readV6(await readDatHead(source), new WarningList());
  const [buffer] = file.buffers;
  if (buffer === undefined) throw new Error('no buffer');
  const stamps: bigint[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { offset, size } of buffer.cpus) {
    for (let at = offset; at < offset + size; at += PAGE) stamps.push(view.getBigUint64(at, true));
  }
  const sorted = stamps.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  // One second more than from the first page to the last: pages are shorter than that.
  const length = (sorted.at(-1) ?? 0n) - (sorted[0] ?? 0n) + 1_000_000_000n;
  const table =
    Buffer.from(bytes.buffer, bytes.byteOffset).lastIndexOf(TAG, firstData(buffer.cpus)) +
    TAG.length;
  const data = firstData(buffer.cpus);
  const head = bytes.slice(0, data);
  const headView = new DataView(head.buffer);
  const pieces: Uint8Array[] = [head];
  let at = data;
  for (const { cpu, offset, size } of buffer.cpus) {
    headView.setBigUint64(table + cpu * 16, BigInt(at), true);
    headView.setBigUint64(table + cpu * 16 + 8, BigInt(size * times), true);
    for (let n = 0; n < times; n++) {
      const copy = bytes.slice(offset, offset + size);
      const copyView = new DataView(copy.buffer);
      for (let page = 0; page < size; page += PAGE) {
        const stamp = copyView.getBigUint64(page, true) + BigInt(n) * length;
        copyView.setBigUint64(page, stamp, true);
      }
      pieces.push(copy);
    }
    at += size * times;
  }
  return pieces;
}

function firstData(cpus: readonly { readonly offset: number }[]): number {
  return Math.min(...cpus.map(({ offset }) => offset));
}
