import { expect, test } from 'vitest';
import type { TracePossible } from '../trace/check/verdict.ts';
import { plainLook } from './look.ts';
import { predictionText } from './prediction-text.ts';

const moment = (time: string, cpu: number, task: string, what: string) => ({
  ...{ time, cpu, task, what },
});
const possible: TracePossible = {
  rule: 'frame-reused-before-flush',
  frame: 0x2905,
  location: { mm: 'ff11000003c51000', va: '0x7f0000005000' },
  unmapped: moment('1.000101000', 1, 'kswapd0/3', 'try_to_unmap_one'),
  freed: moment('1.000200000', 1, 'kswapd0/3', 'mm_page_free'),
  reused: moment('1.000300000', 1, 'cg/7', 'mm_page_alloc'),
  flushes: [
    { cpu: 0, time: '1.000152000', asked: moment('1.000150000', 2, 'rd/9', 'flush_tlb_mm_range') },
  ],
  proofs: [{ cpu: 0, time: '1.000400000', task: 'rd/8', how: 'it was entering read(2) there' }],
  reordering: 'the same events, but another order',
};

test('what is possible is told in the order of time, and how many more there are', () => {
  const look = { ...plainLook, columns: 100 };
  const four = { possible: [possible, possible, possible, possible], omitted: 5 };
  const lines = predictionText(four, look);
  expect(lines.slice(0, 10).join('\n')).toBe(`
POSSIBLE  9 frames reused in time only because somebody else flushed; nothing went wrong in this
  recording

  1.000101000  CPU1  kswapd0/3  try_to_unmap_one emptied the entry at 0x7f0000005000 of frame 0x2905
  1.000150000  CPU2  rd/9       flush_tlb_mm_range was called; it reached CPU 0 at 1.000152000
  1.000200000  CPU1  kswapd0/3  it was freed
  1.000300000  CPU1  cg/7       frame 0x2905 handed out again
  Possible: the same events, but another order.
  CPU 0 was in that mm all the time: rd/8: it was entering read(2) there (1.000400000).`);
  expect(lines.at(-1)).toBe('  6 more like them');
  expect(predictionText(four, look, true).at(-1)).toBe('  5 more like them');
});

test('nothing found, and nothing that could be looked for, are two things', () => {
  expect(predictionText({ possible: [], omitted: 0 }, plainLook).join(' ')).toContain(
    'no frame was saved from early reuse',
  );
  const lacks = ['no batch_flush (arch_tlbbatch_flush)'];
  expect(predictionText({ possible: [], omitted: 0, lacks }, plainLook).join(' ')).toContain(
    'nothing predicted: no batch_flush',
  );
});
