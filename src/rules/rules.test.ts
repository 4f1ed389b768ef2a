import { describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { modelOf } from '../catalogue/build.ts';
import { type SearchResult, search } from '../explore/search.ts';
import { Machine } from '../lang/machine.ts';
import { rules } from './all.ts';
import { asObserver } from './as-observer.ts';
import type { AnyRule } from './rule.ts';

function lookFor(rule: AnyRule, name: string): SearchResult {
  const [id, variantId] = name.split(':');
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === variantId);
  if (scenario === undefined || variant === undefined) throw new Error(`no ${name}`);
  const machine = new Machine(modelOf(scenario, variant, [asObserver(rule)]));
  return search(machine, { targets: [rule.id] });
}

describe.each(rules)('$id', (rule) => {
  test.each(rule.fires.map((name) => [name]))('some interleaving of %s fires it', (name) => {
    expect(lookFor(rule, name).verdict).toBe('violated');
  });
  test.each(rule.silent.map((name) => [name]))('no interleaving of %s does', (name) => {
    expect(lookFor(rule, name).verdict).toBe('holds');
  });
  test('it names both kinds', () => {
    expect(rule.fires.length).toBeGreaterThan(0);
    expect(rule.silent.length).toBeGreaterThan(0);
  });
});

// The tests above can fail: a rule with any one of its ears stopped is caught by them.
describe('a rule that does not hear', () => {
  const deaf = (rule: AnyRule, event: string): AnyRule => ({
    ...rule,
    hears: { ...rule.hears, [event]: undefined },
  });
  const cases = rules.flatMap((rule) =>
    Object.keys(rule.hears).map((event) => ({ name: `${rule.id} deaf to ${event}`, rule, event })),
  );
  // These ears matter to worlds that no variant listed at the rule has yet (an address space ends,
  // a folio is migrated, kept and mapped again), or only return state to zero.
  const spare = new Set([
    'frame-reused-before-flush deaf to pte.set',
    'slot-refilled-before-flush deaf to pte.set',
    'slot-refilled-before-flush deaf to frame.alloc',
    'frame-reused-before-flush deaf to mm.exit',
    'pte-rewritten-before-flush deaf to mm.exit',
    'slot-refilled-before-flush deaf to mm.exit',
    'slot-refilled-before-flush deaf to slot.replace',
  ]);
  test.each(cases.filter(({ name }) => !spare.has(name)))('$name is caught', ({ rule, event }) => {
    const broken = deaf(rule, event);
    const wrong =
      rule.fires.some((name) => lookFor(broken, name).verdict !== 'violated') ||
      rule.silent.some((name) => lookFor(broken, name).verdict !== 'holds');
    expect(wrong).toBe(true);
  });
});
