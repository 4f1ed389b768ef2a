// Plausibility of a file's buffers before anything is read from them: the number of CPUs and the
// page sizes decide how much memory the merge needs, so they are not taken on trust.

import { Problem } from '../../base/problem.ts';
import type { ByteSource } from './byte-source.ts';
import type { DatBuffer } from './dat-file.ts';

// The kernel's own limit on CPUs, and one page of each at a time.
const MOST_STREAMS = 8192;
const MOST_PAGE_BYTES = 1 << 27;

/** @throws Problem LUF-E203 if the CPUs' data overlap or no machine has that many. */
export function checkSpans(source: ByteSource, buffers: readonly DatBuffer[]): void {
  let streams = 0;
  let pageBytes = 0;
  let total = 0;
  for (const { cpus, pageSize } of buffers) {
    streams += cpus.length;
    pageBytes += cpus.length * pageSize;
    for (const { offset, size } of cpus) {
      total += Math.max(0, Math.min(offset + size, source.size) - offset);
    }
  }
  if (streams > MOST_STREAMS || pageBytes > MOST_PAGE_BYTES) {
    throw implausible(source, `an implausible number of CPUs (${streams})`);
  }
  if (total > source.size) throw implausible(source, 'CPUs that share the same bytes');
}

function implausible(source: ByteSource, what: string): Problem {
  return new Problem('LUF-E203', `the index of the buffers names ${what}`, {
    where: source.name,
    hint: 'the file is damaged: copy it again, or record it again',
  });
}
