import { expect, test } from 'vitest';
import { lufWindow } from '../catalogue/legitimate.ts';
import { lufBuddy } from '../catalogue/luf-buddy.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { designs } from '../kernel/designs/all.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { reaches, type Witness } from '../kernel/witness.ts';
import { checkJson } from '../report/check-json.ts';
import { verdictLines } from '../report/check-text.ts';
import { plainLook } from '../report/look.ts';
import { judge } from './judge.ts';
import { matrix } from './matrix.ts';

const gone: Witness = reaches('tlb.use', 'a load through an entry that is gone', (e, k) =>
  k.pte(e.mm, e.va).frame.isnt(e.frame),
);
const stored: Witness = reaches('tlb.use', 'a store', (e) => e.store);

function asked(...witnesses: Witness[]): [Scenario, Variant] {
  const variant = { id: 'v', says: '', design: { design: mainline }, expect: 'holds' } as const;
  return [{ ...lufWindow, reaches: witnesses, variants: [variant] }, variant];
}

test('what some interleaving comes to is reached, and changes no count', () => {
  const { result, asExpected } = judge(...asked(gone));
  expect([result.verdict, asExpected]).toEqual(['holds', true]);
  expect(result.states).toBe(judge(...asked()).result.states);
});

test('nothing wrong is no success where the scenario never comes to its point', () => {
  const verdict = judge(...asked(gone, stored));
  expect(verdict.asExpected).toBe(false);
  expect(verdict.result).toMatchObject({ verdict: 'unreached', unreached: ['reached: a store'] });
  const text = verdictLines(verdict, plainLook).join('\n');
  expect(text).toMatch(/NO v +unreached/);
  expect(text).toContain('never reached: a store');
  expect(JSON.stringify(checkJson([verdict]))).toContain('"unreached":["reached: a store"]');
});

test('a variant may have witnesses of its own', () => {
  const [scenario, variant] = asked(stored);
  expect(judge(scenario, { ...variant, reaches: [gone] }).result.verdict).toBe('holds');
});

test('the reductions keep what is reached', () => {
  const sizes = { small: 0, large: 0 };
  for (const switches of [{ symmetry: true }, { fusion: true, localFirst: true }]) {
    const { result } = judge(...asked(gone, stored), { sizes, switches });
    expect(result.unreached).toEqual(['reached: a store']);
  }
});

test('a violated variant needs no witness, and its story does not speak of one', () => {
  const broken = lufBuddy.variants.find(({ id }) => id === 'broken') as Variant;
  const { result, violation } = judge({ ...lufBuddy, reaches: [gone, stored] }, broken);
  expect(result.verdict).toBe('violated');
  const reports = violation?.steps.flatMap((step) => step.reports.map(({ name }) => name)) ?? [];
  expect(reports.length).toBeGreaterThan(0);
  expect(reports.filter((name) => name.startsWith('reached'))).toEqual([]);
});

test('in the matrix it is told apart from what holds', () => {
  const [row] = matrix([asked(stored)[0]], designs.slice(0, 1)).rows;
  expect(row?.cells).toEqual([{ kind: 'unreached', what: ['reached: a store'] }]);
});
