// `lufcheck mutate`: the same mutants with the same ids and the same answers, however many at a time;
// one alone tells its story; what is not there is said; Ctrl-C says how far it got, and what is kept in a
// file is not asked again.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { lufcheck } from './run-program.ts';

interface Answer {
  readonly schema: string;
  readonly finished: boolean;
  readonly mutants: readonly {
    readonly id: string;
    readonly where: string;
    readonly operator: string;
    readonly outcome: string;
    readonly rules: readonly { readonly id: string }[];
  }[];
  readonly refused: readonly { readonly id: string; readonly why: string }[];
  readonly score: { readonly truth: number; readonly survivors: number; readonly found: number };
}

test('one at a time and two at a time say the same', async () => {
  const args = ['mutate', 'XSA-480:repaired', '--json', '--jobs'];
  const [one, two] = await Promise.all(['1', '2'].map((n) => lufcheck([...args, n])));
  expect(one?.err).toBe('');
  expect(one?.code).toBe(0);
  expect(two).toEqual(one);
  const { schema, finished, mutants, score } = JSON.parse(one?.out ?? '') as Answer;
  expect({ schema, finished }).toEqual({ schema: 'lufcheck.mutants/1', finished: true });
  expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
  expect(mutants.find(({ id }) => id === 'ept_set_entry/if-table/late-flush')).toBeUndefined();
  // The historic bug: the flush that looked redundant is left out.
  expect(mutants.find(({ id }) => id === 'ept_set_entry/invalidate_sync/no-step')).toMatchObject({
    operator: 'no-step',
    outcome: 'truth',
    rules: [{ id: 'table-freed-before-flush' }],
  });
  expect(score.truth + score.survivors).toBeLessThan(mutants.length);
});

test('one mutant tells its story, and how to have it told again', async () => {
  const id = 'ept_set_entry/invalidate_sync/no-step';
  const { code, out, err } = await lufcheck([
    ...['mutate', 'XSA-480:repaired', '--only', id, '--stories'],
  ]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain(`truth       ${id}\n`);
  expect(out).toMatch(/^VIOLATED {2}/m);
  expect(out).toContain(`mutate XSA-480:repaired --only ${id} --stories\n`);
});

test('a name of nothing is a mistake, with a hint', async () => {
  const { code, err } = await lufcheck(['mutate', 'luf-v13', 'XSA-480:repaired']);
  expect(code).toBe(2);
  expect(err).toContain('LUF-E102 luf-v13 XSA-480:repaired: there is no mutant of that');
  expect(err).toContain('luf-v1');
});

test('Ctrl-C: what was found so far, and that it is not all', async () => {
  const { code, out } = await lufcheck(['mutate', 'LUF-munmap:strict', '--jobs', '1'], {
    interrupt: 3000,
  });
  expect(code).toBe(3);
  expect(out).toMatch(/Stopped: [\d,]+ of [\d,]+/);
});

const folder = mkdtempSync(join(tmpdir(), 'lufcheck-mutants-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a run that was stopped goes on: what is in the file is believed, as long as it is about the same', async () => {
  const kept = join(folder, 'kept.jsonl');
  const args = ['mutate', 'XSA-480:repaired', '--json', '--jobs', '1'];
  const plain = await lufcheck(args);
  expect(await lufcheck([...args, '--into', kept])).toEqual(plain);
  const text = readFileSync(kept, 'utf8');
  // Killed in the middle of a line.
  writeFileSync(kept, text.slice(0, text.length / 2));
  expect(await lufcheck([...args, '--into', kept])).toEqual(plain);
  // Believed: a lie comes back. Not believed: one about another model.
  const lie = text.replace('"outcome":"truth"', '"outcome":"rule"');
  writeFileSync(kept, lie);
  const lied = await lufcheck([...args, '--into', kept]);
  expect(lied.out).not.toBe(plain.out);
  expect(readFileSync(kept, 'utf8')).toBe(lie);
  writeFileSync(kept, lie.replace(/"foundIn":"[^"]*"/g, '"foundIn":"0"'));
  expect(await lufcheck([...args, '--into', kept])).toEqual(plain);
});

test('more states ask again what a bound left open, and nothing else', async () => {
  const kept = join(folder, 'deeper.jsonl');
  const args = ['mutate', 'XSA-480:repaired', '--json', '--jobs', '1', '--into', kept];
  await lufcheck([...args, '--max-states', '30']);
  const before = readFileSync(kept, 'utf8');
  await lufcheck([...args, '--max-states', '5000']);
  const after = readFileSync(kept, 'utf8');
  expect(after.length).toBeGreaterThan(before.length);
  await lufcheck([...args, '--max-states', '6000']);
  expect(readFileSync(kept, 'utf8')).toBe(after);
});

test('a file that is something else is left alone', async () => {
  const { code, err } = await lufcheck(['mutate', 'XSA-480:repaired', '--into', 'package.json']);
  expect(code).toBe(2);
  expect(err).toContain('LUF-E202 package.json');
});
