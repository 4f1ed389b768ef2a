import { expect, test } from 'vitest';
import { readTraceAddress, timesOf, traceAddress, windowOf } from './trace-address.ts';

const base = 14_000_000_000n;
const whole = { from: 0, to: 2e9 };

test('an address has all of a view, and gives it back', () => {
  const shown = { from: 500_000_000, to: 500_000_700.4 };
  const address = {
    ...{ recording: '0', filter: 'task:a&b kind:tlb.flush', violation: 2, event: 12 },
    ...timesOf(shown, base, whole),
  };
  expect(address).toMatchObject({ from: '14.500000000', to: '14.500000700' });
  const again = readTraceAddress(traceAddress(address));
  expect(again).toEqual(address);
  expect(windowOf(again, base, whole)).toEqual({ from: 500_000_000, to: 500_000_700 });
});

test('all of a recording needs no words', () => {
  expect(timesOf(whole, base, whole)).toEqual({});
  expect(traceAddress({ recording: 'noflush', filter: '' })).toBe('#/trace?recording=noflush');
  expect(traceAddress({ filter: '' })).toBe('#/trace');
});

test('a name of a file may have anything in it', () => {
  const file = 'a b&c=#?<img>.dat';
  expect(readTraceAddress(traceAddress({ file, filter: '' })).file).toBe(file);
});

test.each([
  ['#/trace?from=x&to=15.0', { to: '15.0' }],
  ['#/trace?from=14.0&to=1e9', { from: '14.0' }],
  ['#/trace?violation=-1&event=1.5', {}],
  ['#/trace?violation=99999999999999999999', {}],
])('what does not fit is left out: %s', (hash, left) => {
  expect(readTraceAddress(hash)).toEqual({ filter: '', ...left });
});

test.each([
  ['13.0', '13.5'],
  ['15.0', '14.5'],
  ['99.0', '100.0'],
])('what is not within the recording is not shown: %s to %s', (from, to) => {
  expect(windowOf({ from, to }, base, whole)).toEqual(whole);
});

test('what reaches beyond it is cut', () => {
  expect(windowOf({ from: '13.0', to: '14.5' }, base, whole)).toEqual({ from: 0, to: 5e8 });
});
