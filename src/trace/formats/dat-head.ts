// The opening that trace.dat v6 and v7 share.

import { Problem } from '../../base/problem.ts';
import { ByteReader } from './byte-reader.ts';
import type { ByteSource } from './byte-source.ts';
import { plain } from './plain-text.ts';

/** The first bytes of every trace.dat: 0x17 0x08 0x44 "tracing". */
export const DAT_MAGIC: Uint8Array = new Uint8Array([
  0x17, 0x08, 0x44, 0x74, 0x72, 0x61, 0x63, 0x69, 0x6e, 0x67,
]);

// The kernel allows sub-buffers of up to 128 pages; 64 KiB pages exist.
const LARGEST_PAGE = 128 * 65_536;

/** What the head says; `reader` stands right after it. */
export interface DatHead {
  readonly version: 6 | 7;
  /** Page size of the traced machine in bytes; a v7 buffer may have its own. */
  readonly pageSize: number;
  readonly reader: ByteReader;
}

/**
 * Reads the head.
 *
 * @throws Problem LUF-E205 for a version that is not read, LUF-E203 for damage.
 */
export async function readDatHead(source: ByteSource): Promise<DatHead> {
  const reader = new ByteReader(source, DAT_MAGIC.length);
  const version = await reader.name('the version');
  if (version !== '6' && version !== '7') {
    throw new Problem(
      'LUF-E205',
      `trace.dat version "${plain(version.slice(0, 20))}" is not read`,
      {
        where: source.name,
        hint: 'versions 6 and 7 are read: rewrite it with trace-cmd convert',
      },
    );
  }
  reader.littleEndian = (await reader.u8('the byte order')) === 0;
  await reader.u8('the word size');
  const pageSize = checkPageSize(source, await reader.u32('the page size'), reader.position - 4);
  return { version: version === '6' ? 6 : 7, pageSize, reader };
}

/** @throws Problem LUF-E203 for a size that no sub-buffer has. */
export function checkPageSize(source: ByteSource, size: number, at: number): number {
  if (size >= 256 && size <= LARGEST_PAGE && size % 8 === 0) return size;
  throw new Problem('LUF-E203', `implausible page size ${size} (byte ${at})`, {
    where: source.name,
    hint: 'the file is damaged: copy it again, or record it again',
  });
}
