// A model as JavaScript source: the second executor beside the interpreter (machine.ts), from the
// same text and with the same layout. Successors, their order, their actions and reports are the
// same; generate.test.ts compares the two state by state. State words stand in local variables, what
// is known beforehand is folded away, and there is a function for each few control points.

import type { SystemText } from '../../base/system-text.ts';
import { readField } from '../layout.ts';
import type { Action, Alternative, Machine, ThreadPart } from '../machine.ts';
import { limitOf } from './access.ts';
import {
  hardwareFunctions,
  type Limits,
  type Part,
  parameters,
  partOf,
  threadFunctions,
} from './functions.ts';
import { oneLine } from './lines.ts';
import { copyFunction, generateWay, maySkip, type Way } from './way.ts';

export interface GenerateOptions {
  readonly limits?: Limits;
  /** More members of the compiled system, as source: `name: value`. */
  readonly members?: readonly string[];
  /** Declarations that the members use. */
  readonly declarations?: readonly string[];
}

/** Smaller is sooner optimised, larger is faster once it is: measured in docs/performance.md. */
const defaultLimits: Limits = { whole: 20_000, shared: 6_000 };

/**
 * Generates the source of a machine's successors.
 *
 * @example
 * ```ts
 * const text = generate(machine);
 * const compiled = compile(text.source);
 * const n = compiled.expand(text.initial, 0, into, actions, reports, 0); // n successors
 * ```
 */
export function generate(machine: Machine, options: GenerateOptions = {}): SystemText {
  const { limits = defaultLimits } = options;
  const initial = machine.initial();
  checkRanges(machine, initial);
  const all: Way[] = [];
  const threads = machine.threads.map((thread, t) => {
    const name = `thread${t}`;
    const parts = thread.points.map((point, counter) => {
      const ways = waysOf(machine, point, thread);
      all.push(...ways);
      return partOf(counter, ways);
    });
    const text = threadFunctions(name, counterText(thread), parts, limits);
    return `// ${oneLine(thread.name)}\n${text}`;
  });
  const ambient = waysOf(machine, machine.ambient, undefined);
  all.push(...ambient);
  const writes = maySkip(machine.words) ? writesOf(machine, all) : undefined;
  const hardware = ambient.map((way): Part => partOf(undefined, [way]));
  return {
    words: machine.words,
    ways: machine.ways,
    properties: machine.properties,
    initial,
    threadActions: Uint8Array.from(machine.actions, (_, n) => (machine.isThreadAction(n) ? 1 : 0)),
    source: [
      "'use strict';",
      failing,
      'let still;',
      copyFunction(machine.words, writes !== undefined),
      ...threads,
      hardwareFunctions('hardware', hardware, limits),
      ...(options.declarations ?? []),
      system(machine, options.members ?? [], ambient, writes),
    ].join('\n'),
  };
}

function waysOf(
  machine: Machine,
  alternatives: readonly Alternative[],
  thread: ThreadPart | undefined,
): Way[] {
  return alternatives.flatMap((one) => {
    const way = generateWay(one, thread, machine.actions[one.action] as Action, machine.words);
    return way === undefined ? [] : [way];
  });
}

/** See failure.ts for what becomes of it. */
const failing = `const FAILED = {};
function fail() {
  throw FAILED;
}`;

/** By action, the words that it may change, as bits; undefined if that is not the same each time. */
function writesOf(machine: Machine, ways: readonly Way[]): readonly number[] | undefined {
  const writes = machine.actions.map(() => 0);
  const known = new Set<number>();
  for (const way of ways) {
    if (known.has(way.action) && writes[way.action] !== way.writes) return undefined;
    known.add(way.action);
    writes[way.action] = way.writes;
  }
  return writes;
}

/** See system-text.ts. While it runs, `still` is there: see way.ts. */
const moves = `  moves(${parameters}, tally) {
    still = tally;
    try {
      return this.expand(${parameters});
    } finally {
      still = undefined;
    }
  },
`;

function system(
  machine: Machine,
  members: readonly string[],
  ambient: readonly Way[],
  writes: readonly number[] | undefined,
): string {
  const replaced = members.some((member) => member.startsWith('expand:'));
  const still = writes !== undefined || ambient.some((way) => way.still);
  const searched = still && !replaced ? moves : '';
  const sparse =
    searched !== '' && writes !== undefined
      ? `  writes: Int32Array.of(${writes.join(', ')}),\n`
      : '';
  const calls = machine.threads.map((_, t) => `      n = thread${t}(${parameters});`);
  const done = machine.threads.map(
    (thread) => `(${counterText(thread)}) === ${thread.points.length}`,
  );
  return `return {
  expand(${parameters}) {
    try {
${calls.join('\n')}
      return hardware(${parameters});
    } catch (error) {
      if (error !== FAILED) throw error;
      throw { modelError: Array.from(from.subarray(at, at + ${machine.words})) };
    }
  },
${searched}${sparse}  finished(from, at) {
    return ${done.length === 0 ? 'true' : done.join(' && ')};
  },
${members.map((member) => `  ${member},\n`).join('')}};`;
}

function counterText(thread: ThreadPart): string {
  const { word, shift, mask } = thread.pc;
  return mask === 0 ? '0' : `(from[at + ${word}] >>> ${shift}) & ${mask}`;
}

/**
 * Stores are checked against the ranges of what they store into, and so reads need no check: but
 * only if the ranges hold at the start.
 */
function checkRanges(machine: Machine, initial: Int32Array): void {
  const { layout } = machine;
  for (const [cell, fields] of layout.entries()) {
    for (const field of fields) {
      if (readField(initial, field) > limitOf(cell.sort, layout.sizes)) {
        throw new Error(`'${cell.name}' is out of its range at the start`);
      }
    }
  }
}
