// Automata against their rules on events at random, and the reader of DOT against text that the kernel's
// tools would not take. Counterexamples of the catalogue: test/rules-on-traces.test.ts.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConcreteEvent } from '../events/concrete.ts';
import { type EventKind, type FieldSort, type Optional, vocabulary } from '../events/vocabulary.ts';
import { allRules } from '../rules/all.ts';
import type { AnyRule } from '../rules/rule.ts';
import { EventJudge } from '../trace/check/check-events.ts';
import { type RuleAutomaton, ruleAutomaton } from './rule-automaton.ts';
import { monitorName, rvDot } from './rv-dot.ts';
import { readDot } from './testing/read-dot.ts';
import { firstViolation } from './testing/run-automata.ts';

const few = fc.nat({ max: 1 });

function arbitraryOf(name: string, sort: FieldSort): fc.Arbitrary<unknown> {
  if (sort === 'text') return fc.constant('x');
  // Of addresses one will do, of address spaces a second one now and then.
  if (name === 'va') return fc.constant(0);
  if (name === 'mm') return fc.constantFrom(0, 0, 0, 1);
  switch (sort.kind) {
    case 'bool':
      return fc.boolean();
    case 'maybe':
      return fc.option(few, { nil: null });
    case 'set':
      return fc.subarray([0, 1]);
    default:
      return few;
  }
}

/** Of two things of each kind, all that such an event can be. */
function eventOf(kind: EventKind): fc.Arbitrary<object> {
  const fields: Readonly<Record<string, FieldSort | Optional<FieldSort>>> = vocabulary[kind].fields;
  return fc.record({
    event: fc.constant(kind),
    cpu: few,
    ...Object.fromEntries(
      Object.entries(fields).map(([name, sort]) => [
        name,
        typeof sort === 'object' && 'optional' in sort
          ? fc.option(arbitraryOf(name, sort.optional), { nil: undefined })
          : arbitraryOf(name, sort),
      ]),
    ),
  });
}

function eventsFor(rule: AnyRule): fc.Arbitrary<ConcreteEvent[]> {
  const often: readonly EventKind[] = ['pte.clear', 'pte.rights', 'vma.change', 'table.walk'];
  const kinds = (Object.keys(rule.hears) as EventKind[]).map((kind) => ({
    weight: often.includes(kind) ? 4 : kind.startsWith('mm.') ? 1 : 2,
    arbitrary: eventOf(kind),
  }));
  return fc.array(fc.oneof(...kinds), { minLength: 10, maxLength: 40 }).map((events) =>
    [...acquaintance(rule), ...events]
      .map((one) => {
        // Neither is ever seen: an address of no address space, a range.
        const { pages: _, ...event } = one as Record<string, unknown>;
        if (event.mm === undefined && event.event === 'tlb.flush') delete event.va;
        return event;
      })
      .map((event, at) => ({ ...event, at }) as unknown as ConcreteEvent),
  );
}

/** A recording knows nobody that it has not met: all subjects owe something once, and are flushed. */
function acquaintance(rule: AnyRule): object[] {
  const pairs = [0, 1].flatMap((mm) => [0, 1].map((frame) => ({ mm, frame })));
  const met = pairs.map((one) =>
    rule.hears['table.walk'] === undefined
      ? { event: 'pte.clear', cpu: 0, ...one, va: 0, writable: true, cpus: [0] }
      : { event: 'table.walk', cpu: 0, ...one },
  );
  return [
    ...met,
    { event: 'tlb.flush', cpu: 0, cpus: [0], mm: 0 },
    { event: 'tlb.flush', cpu: 0, cpus: [0], mm: 1 },
  ];
}

function fires(rule: AnyRule, events: readonly ConcreteEvent[]): number | undefined {
  let first: number | undefined;
  const judge = new EventJudge([rule], ({ now }) => {
    first ??= now.at;
  });
  for (const event of events) judge.hear(event);
  return first;
}

describe.each(allRules.map((rule) => [rule.id, rule] as const))('%s', (_, rule) => {
  const automaton: RuleAutomaton = ruleAutomaton(rule);
  const lines = rvDot(automaton);
  const read = readDot(lines);

  test('the tools read what was meant', () => {
    expect(new Set(read.states)).toEqual(new Set(automaton.states));
    expect(read.states[0]).toBe(automaton.states[0]);
    expect(read.final).toEqual(['settled']);
    expect(read.events).toEqual(automaton.letters.map(({ name }) => name).sort());
    expect(monitorName(rule.id).length).toBeLessThan(32);
  });

  test('it finds what the rule finds, when the rule finds it', () => {
    let found = 0;
    fc.assert(
      fc.property(eventsFor(rule), (events) => {
        const expected = fires(rule, events);
        if (expected !== undefined) found++;
        expect(firstViolation(automaton, read, events)).toBe(expected);
      }),
      { numRuns: 150, seed: 7 },
    );
    expect(found).toBeGreaterThan(2);
  });

  test('broken on purpose: without flushes it finds something else', () => {
    const deaf = new Map(
      [...read.next].map(([state, row]) => [
        state,
        new Map([...row].map(([letter, to]) => [letter, letter === 'tlb_flush' ? state : to])),
      ]),
    );
    const sample = fc.sample(eventsFor(rule), { numRuns: 500, seed: 7 });
    const differs = sample.some(
      (events) =>
        firstViolation(automaton, { ...read, next: deaf }, events) !== fires(rule, events),
    );
    expect(differs).toBe(true);
  });
});

describe('the reader of DOT refuses', () => {
  const rule = allRules[0] as AnyRule;
  const lines = rvDot(ruleAutomaton(rule));
  test.each([
    ['another first line', (all: readonly string[]) => ['digraph other {', ...all.slice(1)]],
    ['an empty line', (all: readonly string[]) => [all[0] as string, '', ...all.slice(1)]],
    ['no initial state', (all: readonly string[]) => all.filter((line) => !line.includes('invis'))],
    [
      'a name of two words',
      (all: readonly string[]) => all.map((line) => line.replaceAll('owed', 'o-w')),
    ],
    [
      'an edge to nowhere',
      (all: readonly string[]) => all.map((line) => line.replace('-> "owed"', '-> "x"')),
    ],
    ['two ways for one event', doubled],
  ])('%s', (_, change) => {
    expect(() => readDot(change(lines))).toThrow();
  });
});

/** The last edge once more, behind itself. */
function doubled(lines: readonly string[]): string[] {
  const edge = lines.findLastIndex((line) => line.includes(' -> '));
  return lines.toSpliced(edge, 0, lines[edge] as string);
}
