import { describe, expect, test } from 'vitest';
import { counted, duration, grouped, listed, wrap } from './text.ts';

describe('wrap', () => {
  test('breaks at blanks and hangs the lines after the first', () => {
    expect(wrap('the entry was never flushed', 16, '  ')).toEqual([
      'the entry was',
      '  never flushed',
    ]);
  });
  test('keeps blanks in front', () => {
    expect(wrap('    └ debt: CPU 1', 40)).toEqual(['    └ debt: CPU 1']);
  });
  test('lets one long word stick out rather than cut it', () => {
    expect(wrap('a flush_tlb_batched_pending b', 10)).toEqual([
      'a',
      'flush_tlb_batched_pending',
      'b',
    ]);
  });
  test('keeps every word, in order, at any width', () => {
    const text = 'CPU 1 cached va at step 1; kswapd emptied its pte at 5; no flush followed.';
    for (let columns = 1; columns < 90; columns++) {
      const lines = wrap(text, columns, '  ');
      expect(lines.map((line) => line.trim()).join(' ')).toBe(text);
      for (const line of lines) {
        if (line.trim().includes(' ')) expect(line.length).toBeLessThanOrEqual(columns);
      }
    }
  });
});

test('numbers and lists read like prose', () => {
  expect(grouped(1234567)).toBe('1,234,567');
  expect(grouped(999)).toBe('999');
  expect(counted(1, 'step')).toBe('1 step');
  expect(counted(4312, 'state')).toBe('4,312 states');
  expect(listed(['a'])).toBe('a');
  expect(listed(['a', 'b', 'c'])).toBe('a, b and c');
  expect(listed(['a', 'b'], 'or')).toBe('a or b');
  expect(duration(0.04)).toBe('0.0 s');
  expect(duration(9.96)).toBe('10 s');
  expect(duration(185)).toBe('3 min 5 s');
  expect(duration(7199)).toBe('119 min 59 s');
  expect(duration(55_693)).toBe('15 h 28 min');
});
