// A counterexample in the Informal Trace Format (Apalache, ADR 015), which viewers of TLA+ and Quint
// traces open: the value of every variable in every state. A table of the state (`pte.frame[mm,va]`) is
// one variable, a map from its indices. What was done to come to a state is `action`.

import { type State, statesOf } from '../explain/full-story.ts';
import type { Decoded } from '../lang/compile-stmt.ts';
import type { ToldEntry } from './story-book.ts';

type ItfValue =
  | boolean
  | string
  | { readonly '#bigint': string }
  | { readonly '#set': readonly ItfValue[] }
  | { readonly '#tup': readonly ItfValue[] }
  | { readonly '#map': readonly (readonly [ItfValue, ItfValue])[] }
  | { readonly tag: string; readonly value: ItfValue };

const ACTION = 'action';

export function itf({ story, name }: ToldEntry, version: string): string {
  const all = statesOf(story);
  const maybe = maybeTables(all);
  const states = all.map((state, i) => {
    const step = story.trace[i - 1];
    const action = step === undefined ? 'init' : [...step.stack, step.label].join(' > ');
    const who = step === undefined ? {} : { cpu: step.cpu, thread: step.who };
    return { '#meta': { index: i, ...who }, [ACTION]: action, ...tablesOf(state, maybe) };
  });
  const trace = {
    '#meta': {
      format: 'ITF',
      'format-description': 'https://apalache-mc.org/docs/adr/015adr-trace.html',
      source: name,
      description: `${story.title}; lufcheck ${version}`,
      violated: story.property,
    },
    vars: [ACTION, ...Object.keys(tablesOf(story.initial, maybe))],
    states,
  };
  return JSON.stringify(trace);
}

/** `pte.frame[0,1]`: variable `pte_frame`, index `0,1`. Viewers take a dot for something else. */
function placeOf(name: string): { variable: string; index: string | undefined } {
  const [, table = name, index] = /^(.*)\[(.*)\]$/.exec(name) ?? [];
  return { variable: table.replaceAll('.', '_'), index };
}

/** Variables that are none somewhere: there, what they are elsewhere is `Some`. */
function maybeTables(states: readonly State[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const state of states) {
    for (const [name, value] of Object.entries(state)) {
      if (value === null) names.add(placeOf(name).variable);
    }
  }
  return names;
}

function tablesOf(state: State, maybe: ReadonlySet<string>): Record<string, ItfValue> {
  const tables = new Map<string, (readonly [ItfValue, ItfValue])[]>();
  const values: Record<string, ItfValue> = {};
  for (const [name, decoded] of Object.entries(state)) {
    const { variable, index } = placeOf(name);
    const plain = itfValue(decoded);
    const value = maybe.has(variable) && decoded !== null ? { tag: 'Some', value: plain } : plain;
    if (index === undefined) {
      values[variable] = value;
      continue;
    }
    const rows = tables.get(variable) ?? [];
    rows.push([keyOf(index), value]);
    tables.set(variable, rows);
  }
  for (const [variable, rows] of tables) values[variable] = { '#map': rows };
  return values;
}

function keyOf(index: string): ItfValue {
  const parts = index.split(',').map((one): ItfValue => (/^\d+$/.test(one) ? bigint(one) : one));
  const [only, ...more] = parts;
  return only !== undefined && more.length === 0 ? only : { '#tup': parts };
}

/** What may be missing is a variant, as in Quint: none is told from 0. */
function itfValue(value: Decoded): ItfValue {
  if (value === null) return { tag: 'None', value: { '#tup': [] } };
  if (typeof value === 'number') return bigint(value);
  if (typeof value === 'object') return { '#set': value.map(bigint) };
  return value;
}

function bigint(value: number | string): ItfValue {
  return { '#bigint': `${value}` };
}
