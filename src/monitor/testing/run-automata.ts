// Runs automata over events: one for each subject and CPU, as a kernel that has them would. Where they
// go is what was read back from the DOT text; which letter an event is, and the data beside them, come
// from the rule. Data are a subject's: its automata for all CPUs go by the same.

import type { ConcreteEvent, IdValue } from '../../events/concrete.ts';
import type { Node } from '../../lang/nodes.ts';
import { evaluator, type Places, runner } from '../../trace/check/evaluate.ts';
import { type Value, zeroOf } from '../../trace/check/values.ts';
import type { Atom } from '../abstract-run.ts';
import { type Ear, optionalFields, type RuleAutomaton } from '../rule-automaton.ts';
import type { ReadAutomaton } from './read-dot.ts';

interface Subject {
  readonly at: readonly IdValue[];
  readonly data: Value[];
  /** The automaton of each CPU. */
  readonly automata: readonly Instance[];
}

interface Instance {
  readonly cpu: IdValue;
  state: string;
}

/** Time of the first event that some automaton has no transition for. */
export function firstViolation(
  automaton: RuleAutomaton,
  read: ReadAutomaton,
  events: readonly ConcreteEvent[],
): number | undefined {
  const { rule, trees } = automaton;
  const zero = Object.values(rule.knows).map(zeroOf);
  const subjects = subjectsOf(events, rule.keptFor).map(
    (at): Subject => ({
      at,
      data: [...zero],
      automata: cpusOf(events).map((cpu) => ({ cpu, state: read.states[0] as string })),
    }),
  );
  for (const event of events) {
    const ear = automaton.ears.find((one) => isForm(one, event));
    if (ear === undefined) continue;
    const given = event as unknown as Record<string, unknown>;
    const values = ear.trees.fields.map((name) => plainValue(given[name]));
    const places: Places = {
      rule: rule.id,
      cells: new Map(trees.cells.map((cell, i) => [cell, i])),
      coordinates: new Map(trees.at.map((bound, i) => [bound, i])),
      fields: new Map(ear.trees.bounds.map((bound, i) => [bound, i])),
    };
    for (const { at, data, automata } of subjects) {
      const isMeant = ear.trees.given.every(
        ({ coordinate, field }) => at[coordinate] === values[field],
      );
      if (!isMeant) continue;
      for (const one of automata) {
        const asked = (atom: Atom): boolean =>
          answer(
            atom,
            one.cpu,
            (node) => evaluator(node, places)(data, at, values),
            values,
            places,
          );
        const letter = ear.letterOf(new Map(ear.atoms.map((atom) => [atom.text, asked(atom)])));
        if (letter === undefined) continue;
        const name = automaton.letters[letter]?.name ?? '';
        const to = read.next.get(one.state)?.get(name);
        if (to === undefined) return event.at;
        one.state = to;
      }
      runner(ear.trees.stmts, places)(data, at, values, () => {});
    }
  }
  return undefined;
}

function answer(
  atom: Atom,
  cpu: IdValue,
  evaluate: (node: Node) => Value,
  values: readonly Value[],
  places: Places,
): boolean {
  if (atom.kind === 'data') return evaluate(atom.node) !== 0;
  const value = values[places.fields.get(atom.field) ?? -1] as Value;
  return value instanceof Set ? value.has(cpu) : value === cpu;
}

function isForm(ear: Ear, event: ConcreteEvent): boolean {
  if (ear.event !== event.event) return false;
  const given = event as unknown as Record<string, unknown>;
  return optionalFields(ear.event).every(
    (name) => (given[name] !== undefined) === (ear.present[name] === true),
  );
}

function plainValue(value: unknown): Value {
  if (Array.isArray(value)) return new Set(value as IdValue[]);
  return typeof value === 'boolean' ? Number(value) : (value as Value);
}

function cpusOf(events: readonly ConcreteEvent[]): IdValue[] {
  const cpus = new Set<IdValue>(events.map(({ cpu }) => cpu));
  for (const event of events) if ('cpus' in event) for (const cpu of event.cpus) cpus.add(cpu);
  return [...cpus];
}

/** Every combination of coordinates that some event names. */
function subjectsOf(events: readonly ConcreteEvent[], keptFor: readonly string[]): IdValue[][] {
  const names: Readonly<Record<string, readonly string[]>> = {
    mm: ['mm', 'from', 'to'],
    frame: ['frame', 'old', 'from'],
  };
  return keptFor.reduce<IdValue[][]>(
    (all, coordinate) => {
      const found = new Set<IdValue>();
      for (const event of events) {
        const given = event as unknown as Record<string, unknown>;
        for (const name of names[coordinate] ?? [coordinate]) {
          const value = given[name];
          if (typeof value === 'number' || typeof value === 'string') found.add(value);
        }
      }
      return all.flatMap((one) => [...found].map((value) => [...one, value]));
    },
    [[]],
  );
}
