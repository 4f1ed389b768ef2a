// How a ring-buffer sub-buffer ("page") begins, as the traced kernel's own `header_page` tells:
// a time stamp, a `commit` word and the first event.

import { Problem } from '../../base/problem.ts';
import { parseFieldLine } from './event-format.ts';

/** Byte offsets within a sub-buffer. */
export interface PageLayout {
  readonly timeOffset: number;
  readonly commitOffset: number;
  /** Size of `commit` in bytes, which is the machine word of the traced kernel. */
  readonly wordSize: 4 | 8;
  readonly dataOffset: number;
}

const FURTHEST = 64;

/**
 * Parses `header_page`.
 *
 * @throws Problem LUF-E205 if it describes another layout (kernels before 2.6.31 had one).
 */
export function parsePageLayout(text: string, where: string): PageLayout {
  const offsets = new Map<string, { offset: number; size: number }>();
  for (const line of text.split('\n')) {
    const field = parseFieldLine(line);
    if (field !== undefined) offsets.set(field.name, field);
  }
  const time = offsets.get('timestamp');
  const commit = offsets.get('commit');
  const data = offsets.get('data');
  const wordSize = commit?.size;
  if (time?.size !== 8 || (wordSize !== 4 && wordSize !== 8)) throw unknownLayout(where);
  if (commit === undefined || data === undefined) throw unknownLayout(where);
  const furthest = Math.max(time.offset + 8, commit.offset + wordSize);
  if (furthest > data.offset || data.offset > FURTHEST) throw unknownLayout(where);
  return {
    timeOffset: time.offset,
    commitOffset: commit.offset,
    wordSize,
    dataOffset: data.offset,
  };
}

function unknownLayout(where: string): Problem {
  return new Problem('LUF-E205', 'the ring buffer of this kernel has an unknown page layout', {
    where,
    hint: 'kernels before 2.6.31 are not read; otherwise the file is damaged: record it again',
  });
}
