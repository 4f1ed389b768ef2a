import { describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { modelOf } from '../catalogue/build.ts';
import { type SearchResult, search } from '../explore/search.ts';
import { Machine } from '../lang/machine.ts';
import { allRules } from './all.ts';
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

describe.each(allRules)('$id', (rule) => {
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
  const cases = allRules.flatMap((rule) =>
    Object.keys(rule.hears).map((event) => ({ name: `${rule.id} deaf to ${event}`, rule, event })),
  );
  // These ears matter to worlds that no variant listed at the rule has yet (an address space ends,
  // a folio is migrated, kept and mapped again), or only return state to zero.
  const spare: Readonly<Record<string, readonly string[]>> = {
    'frame-reused-before-flush': ['mm.exit', 'pte.set'],
    'rights-lowered-before-flush': ['mm.exit', 'mm.lazy', 'mm.load'],
    'copied-before-flush': [
      'pte.rights',
      'mm.exit',
      'mm.lazy',
      'mm.load',
      'pte.set',
      'frame.merge',
      'tlb.use',
    ],
    'address-changed-before-flush': ['mm.exit', 'mm.lazy'],
    'table-freed-before-flush': ['mm.load'],
    'content-changed-before-flush': [
      'mm.exit',
      'mm.lazy',
      'mm.load',
      'pte.set',
      'slot.replace',
      'frame.alloc',
      'frame.free',
      'device.write',
    ],
    'content-promised-before-flush': [
      'mm.exit',
      'mm.lazy',
      'mm.load',
      'pte.set',
      'slot.replace',
      'frame.alloc',
      'frame.free',
      'device.write',
      'message.send',
      'slot.promise',
      'call.return',
    ],
    'pte-changed-before-flush': ['mm.exit', 'mm.lazy', 'mm.load'],
    'pte-rewritten-before-flush': ['mm.exit'],
    'pte-seen-before-flush': ['mm.exit', 'mm.lazy', 'mm.load'],
    'slot-refilled-before-flush': ['mm.exit', 'pte.set', 'frame.alloc', 'slot.replace'],
    'slot-seen-before-flush': [
      'mm.exit',
      'mm.lazy',
      'mm.load',
      'pte.set',
      'frame.alloc',
      'slot.replace',
      'tlb.use',
      'file.read',
    ],
    'lufd-page-check': ['frame.alloc', 'frame.write', 'pte.set'],
  };
  test.each(cases.filter(({ rule, event }) => spare[rule.id]?.includes(event) !== true))(
    '$name is caught',
    ({ rule, event }) => {
      const broken = deaf(rule, event);
      const wrong =
        rule.fires.some((name) => lookFor(broken, name).verdict !== 'violated') ||
        rule.silent.some((name) => lookFor(broken, name).verdict !== 'holds');
      expect(wrong).toBe(true);
    },
  );
});
