import { expect, test } from 'vitest';
import { CONFORM_SCHEMA, type Conformance } from '../conform/conformance.ts';
import { conformText } from './conform-text.ts';
import { plainLook } from './look.ts';

const result: Conformance = {
  schema: CONFORM_SCHEMA,
  design: 'mainline',
  files: [
    {
      file: 'a.dat',
      records: 99,
      whole: ['munmap'],
      entries: [],
      events: ['pte.clear'],
      unfinished: 2,
      blind: 0,
      unmodelled: 1,
    },
  ],
  paths: [
    {
      path: 'munmap',
      occurrences: 1200,
      matched: 1199,
      unmatched: 1,
      differences: [
        {
          file: 'a.dat',
          task: 'sh/7',
          cpu: 1,
          from: '1.000000001',
          until: '1.000000009',
          about: 'address 0x1000',
          before: ['pte.clear'],
          seen: { letter: 'frame.free', at: '1.000000005', cpu: 1 },
          allowed: ['flush_tlb_mm_range()'],
          mayReturn: false,
          count: 1,
        },
      ],
    },
  ],
  neverSeen: ['mremap'],
};

test('path by path, with the first call that is no run and what was not judged', () => {
  expect(conformText(result, plainLook).join('\n')).toBe(
    `CONFORM  mainline; 1 recording, 1,200 calls of 1 path

path    calls  matched  unmatched
munmap  1,200    1,199          1

munmap: 1 call is no run of it; the first: a.dat, sh/7 on CPU 1, 1.000000001 to
  1.000000009 s, address 0x1000
    pte.clear
  > frame.free at 1.000000005 s on CPU 1
    allowed here: flush_tlb_mm_range()

never seen: mremap
calls not judged: 2 without their return, 1 of what has no path, or of a case
  that its path leaves out`,
  );
});
