import { expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { lufWindow } from '../catalogue/legitimate.ts';
import { lufBuddy } from '../catalogue/luf-buddy.ts';
import { kswapd } from '../catalogue/places.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { designs } from '../kernel/designs/all.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { onlyNoted, reaches, type Witness } from '../kernel/witness.ts';
import { checkJson } from '../report/check-json.ts';
import { verdictLines } from '../report/check-text.ts';
import { plainLook } from '../report/look.ts';
import { matrixLines } from '../report/matrix-text.ts';
import { judge } from './judge.ts';
import { matrix } from './matrix.ts';
import { redesigned } from './redesign.ts';

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

test('taken together with the step that is wrong, a witness is no part of the violation', () => {
  const broken = lufBuddy.variants.find(({ id }) => id === 'broken') as Variant;
  const at = reaches('tlb.use', 'an access');
  const switches = { fusion: true, localFirst: true };
  const { violation } = judge({ ...lufBuddy, reaches: [at] }, broken, { switches });
  expect(violation?.property).toBe(broken.expect);
});

test('a design that the scenario was not written for need not come to it, which is noted', () => {
  const [scenario, variant] = asked(stored);
  const { result, asExpected } = judge(scenario, { ...variant, reaches: onlyNoted([stored]) });
  expect([result.verdict, asExpected]).toEqual(['holds', true]);
  expect(result.unreached).toEqual(['reached: a store']);
  const table = matrix([scenario], designs.slice(0, 1));
  expect(table.rows[0]?.cells[0]).toMatchObject({
    kind: 'holds',
    unreached: ['reached: a store'],
  });
  const lines = matrixLines(table.rows, table.designs, plainLook);
  expect(lines[1]).toMatch(/ holds \*$/);
  const [one] = redesigned([{ scenario, variant }], { design: 'immediate' });
  if (one === undefined) throw new Error('nothing is asked');
  const verdict = judge(one.scenario, one.variant);
  expect(verdict.asExpected).toBe(true);
  expect(verdictLines(verdict, plainLook).join('\n')).toContain('never reached: a store');
  expect(JSON.stringify(checkJson([verdict]))).toContain('"unreached":["reached: a store"]');
});

// Without the thread that takes translations away nothing goes wrong, and nothing is shown.
test.each(['LUF-write2', 'LUF-buddy', 'LUF-munmap', 'LUF-refault', 'dirty-writeout', 'LUF-pcid'])(
  '%s without reclaim never comes to its point, and says so',
  (id) => {
    const scenario = scenarios.find((one) => one.id === id) as Scenario;
    const variant = scenario.variants.find(({ expect }) => expect === 'holds') as Variant;
    const threads = scenario.threads.filter((one) => one !== kswapd);
    expect(threads.length).toBe(scenario.threads.length - 1);
    const { result, asExpected } = judge({ ...scenario, threads }, variant);
    expect([result.verdict, asExpected]).toEqual(['unreached', false]);
  },
);
