// The same rule files judge models and traces: every scenario's counterexample, written as JSON lines
// and read back, gets from every rule the verdict that it got in the explorer, at the same step.

import { describe, expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import { modelOf } from '../src/catalogue/build.ts';
import type { Scenario, Variant } from '../src/catalogue/scenario.ts';
import type { ConcreteEvent } from '../src/events/concrete.ts';
import { judge } from '../src/explain/judge.ts';
import { momentsOf } from '../src/explain/moments.ts';
import { Machine } from '../src/lang/machine.ts';
import { ruleAutomaton } from '../src/monitor/rule-automaton.ts';
import { rvDot } from '../src/monitor/rv-dot.ts';
import { readDot } from '../src/monitor/testing/read-dot.ts';
import { firstViolation } from '../src/monitor/testing/run-automata.ts';
import { allRules } from '../src/rules/all.ts';
import { asObserver } from '../src/rules/as-observer.ts';
import type { AnyRule } from '../src/rules/rule.ts';
import { EventJudge } from '../src/trace/check/check-events.ts';
import { memorySource } from '../src/trace/formats/byte-source.ts';
import { eventLines, readEventLines } from '../src/trace/formats/event-lines.ts';

/** Larger ones take their time: LUFCHECK_TRACE_STATES=1000000 has them too. */
const MOST_STATES = Number(process.env.LUFCHECK_TRACE_STATES ?? 20_000);

interface Run {
  readonly name: string;
  readonly events: readonly ConcreteEvent[];
  /** By rule: the step in which it fired first. */
  readonly fired: Readonly<Record<string, number>>;
}

function broken(scenario: Scenario): Variant | undefined {
  return scenario.variants.find((one) => one.expect !== 'holds' && one.expect !== 'deadlock');
}

function run(scenario: Scenario, variant: Variant): Run | undefined {
  const { violation } = judge(scenario, variant, { bounds: { maxStates: MOST_STATES } });
  if (violation === undefined) return undefined;
  const machine = new Machine(modelOf(scenario, variant, allRules.map(asObserver)));
  const fired: Record<string, number> = {};
  let state = machine.initial();
  for (const { action, n } of violation.steps) {
    const { next, happenings } = machine.replay(state, action);
    for (const { kind, name } of happenings) if (kind === 'report') fired[name] ??= n;
    state = next;
  }
  return { name: `${scenario.id}:${variant.id}`, events: momentsOf(violation.steps), fired };
}

async function onTrace(
  events: readonly ConcreteEvent[],
  rules: readonly AnyRule[] = allRules,
): Promise<Record<string, number>> {
  const fired: Record<string, number> = {};
  const court = new EventJudge(rules, ({ rule, now }) => {
    fired[rule.id] ??= now.at;
  });
  const bytes = new TextEncoder().encode(eventLines(events).join('\n'));
  await readEventLines(memorySource('run.jsonl', bytes), (event) => court.hear(event));
  return fired;
}

function byRules(fired: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    allRules.flatMap(({ id }) => (fired[id] === undefined ? [] : [[id, fired[id]]])),
  );
}

const runs = scenarios.flatMap((scenario) => {
  const variant = broken(scenario);
  const found = variant === undefined ? undefined : run(scenario, variant);
  return found === undefined ? [] : [found];
});

describe('a rule says of a trace what it says in the explorer', () => {
  test.each(runs.map((one) => [one.name, one] as const))('%s', async (_, { events, fired }) => {
    expect(await onTrace(events)).toEqual(byRules(fired));
  });

  test('nearly every scenario that goes wrong is here, and so is every rule', () => {
    const able = scenarios.filter((one) => broken(one) !== undefined);
    expect(runs.length).toBeGreaterThan(able.length * 0.85);
    const spoke = new Set(runs.flatMap(({ fired }) => Object.keys(fired)));
    const silent = allRules.filter(({ id }) => !spoke.has(id)).map(({ id }) => id);
    // A shortest counterexample sets no entry again after the frame went: see docs/rules.md.
    expect(silent).toEqual([]);
  });

  test('broken on purpose: traces that lack their flushes are told apart', async () => {
    let different = 0;
    for (const { events, fired } of runs) {
      const without = events.filter((one) => one.event !== 'tlb.flush');
      const found = JSON.stringify(await onTrace(without));
      if (found !== JSON.stringify(byRules(fired))) different++;
    }
    expect(different).toBeGreaterThan(3);
  });
});

// What the kernel's tools read from the exported text goes where the rule goes. One automaton looks at
// one CPU, so that the rule has fired where the first of them has.
describe('an exported automaton says what its rule says', () => {
  test.each(allRules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
    const automaton = ruleAutomaton(rule);
    const read = readDot(rvDot(automaton));
    for (const { name, events, fired } of runs) {
      expect([name, firstViolation(automaton, read, events)]).toEqual([name, fired[id]]);
    }
  });

  test('broken on purpose: an edge that is missing, or leads elsewhere, shows', () => {
    const rule = allRules.find(({ id }) => id === 'frame-reused-before-flush') as AnyRule;
    const automaton = ruleAutomaton(rule);
    const lines = rvDot(automaton);
    const differs = (changed: readonly string[]): boolean =>
      runs.some(
        ({ events, fired }) =>
          firstViolation(automaton, readDot(changed), events) !== fired[rule.id],
      );
    expect(differs(lines)).toBe(false);
    expect(
      differs(lines.map((line) => line.replace('"settled" -> "owed"', '"settled" -> "settled"'))),
    ).toBe(true);
    expect(differs(lines.filter((line) => !line.startsWith('\t"settled" -> "settled"')))).toBe(
      true,
    );
  });
});
