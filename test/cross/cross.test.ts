// Two models of the same kernel, written apart, explored by two programs: Spin's answers to
// hand-written Promela must be lufcheck's, number by number. See README.md.

import { expect, test } from 'vitest';
import { lufcheck } from './lufcheck.ts';
import { pairs } from './pairs.ts';
import { promela, type SpinSays, spin, whatIsMissing, withMistake } from './spin.ts';

const missing = await whatIsMissing();
const named = (name: string): string =>
  missing === undefined ? name : `${name} (skipped: ${missing})`;
/** A machine that is busy with other things compiles slowly. */
const timeout = 300_000;
const withSpin = test.skipIf(missing !== undefined).concurrent;

for (const { variant, file, flags } of pairs) {
  const name = named(`${variant} is what Spin makes of ${file} ${flags.join(' ')}`);
  withSpin(name, { timeout }, async () => {
    const theirs = await spin(promela(), file, flags);
    expect(lufcheck(variant)).toEqual(theirs);
  });
}

// The comparison is worth what it notices.
const variant = 'LUF-buddy:repaired';
const mistaken = async (file: string, line: string, instead = ''): Promise<SpinSays> =>
  spin(withMistake(file, line, instead), 'reclaim-writable.pml', ['-DLUF_V11', '-DREAD_ONLY']);

withSpin(named('a flush that drops nothing is noticed: another verdict'), { timeout }, async () => {
  const theirs = await mistaken('thread.pml', '  tlb_drop(c);\n');
  const ours = lufcheck(variant);
  expect(ours.stop).toEqual({ verdict: 'holds' });
  expect(theirs.stop).toMatchObject({ verdict: 'violated', property: 'leak' });
  expect(theirs.reached).not.toEqual(ours.reached);
});

withSpin(named('a choice that is missing is noticed: fewer states'), { timeout }, async () => {
  const second = 'STEP at == rmqueue && (free_frames & bit(2)) -> take(2) END\n';
  const theirs = await mistaken('filemap.pml', second);
  const ours = lufcheck(variant);
  expect(theirs.stop).toEqual(ours.stop);
  expect(theirs.reached.states).toBeLessThan(ours.reached.states);
});

withSpin(named('a lock that is never dropped is noticed: a deadlock'), { timeout }, async () => {
  const theirs = await mistaken(
    'reclaim.pml',
    'STEP at == walk_unlock -> ptl = NONE; at = mapped_walk END',
    'STEP at == walk_unlock -> at = mapped_walk END',
  );
  expect(theirs.deadlock).toMatchObject({ verdict: 'violated', property: 'deadlock' });
  expect(lufcheck(variant).deadlock).toEqual({ verdict: 'holds' });
});
