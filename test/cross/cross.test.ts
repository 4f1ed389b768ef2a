// Two models of the same kernel, written apart, explored by two programs: Spin's answers to
// hand-written Promela must be lufcheck's, number by number. See README.md.

import { expect, test } from 'vitest';
import { lufcheck } from './lufcheck.ts';
import { pairs } from './pairs.ts';
import { broken, promela, spin, whatIsMissing } from './spin.ts';

const missing = await whatIsMissing();
const named = (name: string): string =>
  missing === undefined ? name : `${name} (skipped: ${missing})`;
const withSpin = test.skipIf(missing !== undefined).concurrent;

for (const { variant, file, flags } of pairs) {
  withSpin(named(`${variant} is what Spin makes of ${file} ${flags.join(' ')}`), async () => {
    const theirs = await spin(promela(), file, flags);
    expect(lufcheck(variant)).toEqual(theirs);
  });
}

// The comparison is worth what it notices.
const ofRepaired = ['LUF-buddy:repaired', 'reclaim-writable.pml', '-DLUF_V11', '-DREAD_ONLY'];

withSpin(named('a flush that drops nothing is noticed: another verdict'), async () => {
  const [variant, file, ...flags] = ofRepaired as [string, string, ...string[]];
  const texts = broken('thread.pml', '  tlb_drop(c);\n', '');
  const theirs = await spin(texts, file, flags);
  const ours = lufcheck(variant);
  expect(ours.stop).toEqual({ verdict: 'holds' });
  expect(theirs.stop).toMatchObject({ verdict: 'violated', property: 'leak' });
  expect(theirs.reached).not.toEqual(ours.reached);
});

withSpin(named('a variable that is not reset is noticed: other states'), async () => {
  const [variant, file, ...flags] = ofRepaired as [string, string, ...string[]];
  const texts = broken('fault.pml', '  orig = NONE;\n', '');
  const theirs = await spin(texts, file, flags);
  const ours = lufcheck(variant);
  expect(theirs.stop).toEqual(ours.stop);
  expect(theirs.reached.states).not.toBe(ours.reached.states);
});

withSpin(named('a lock that is not dropped is noticed: a deadlock'), async () => {
  const [variant, file, ...flags] = ofRepaired as [string, string, ...string[]];
  const kept = 'STEP at == walk_unlock -> at = mapped_walk END';
  const texts = broken(
    'reclaim.pml',
    'STEP at == walk_unlock -> ptl = NONE; at = mapped_walk END',
    kept,
  );
  const theirs = await spin(texts, file, flags);
  expect(theirs.deadlock).toMatchObject({ verdict: 'violated', property: 'deadlock' });
  expect(lufcheck(variant).deadlock).toEqual({ verdict: 'holds' });
});
