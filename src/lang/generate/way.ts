// One way to go on: its condition, what it does, where it leads, and the state written out.

import type { Action, Alternative, Condition, ThreadPart } from '../machine.ts';
import { type Cond, negated, type Test, test, Used } from './code.ts';
import { condCode } from './expr.ts';
import { Lines } from './lines.ts';
import { generateSettle } from './settle.ts';
import { generateStmts, type Output } from './stmt.ts';

export interface Way {
  readonly action: number;
  /** Words that it may change, as bits of a word as far as there are bits. */
  readonly writes: number;
  /** Undefined: always. (A way that is never taken is none: see `generateWay`.) */
  readonly test: Test | undefined;
  /** Words the test reads; whoever puts it somewhere loads them before. */
  readonly testReads: ReadonlySet<number>;
  readonly temps: number;
  /** Known to lead back to its own state, and not a thread's. */
  readonly still: boolean;
  /** From after the test to after the successor is written. Loads the words it needs itself. */
  readonly lines: readonly string[];
  readonly label: string;
}

/** Undefined if it is known that it is never taken. */
export function generateWay(
  alternative: Alternative,
  thread: ThreadPart | undefined,
  action: Action,
  words: number,
): Way | undefined {
  const { text } = alternative;
  const tested = new Used();
  const condition = conjunction(text.conditions, tested);
  if (condition === false) return undefined;
  const used = new Used();
  used.learnSome(tested.known);
  const out: Output = { lines: new Lines(), used, jumps: new Set(), reports: false, loops: false };
  const body = out.lines.nested(() => {
    generateStmts(text.body, text.scope, out);
  });
  const settle = out.lines.nested(() => {
    if (thread !== undefined) generateSettle(thread, alternative.next, out);
  });

  const lines = new Lines();
  for (let word = 0; word < words; word++) {
    // A word that changes shadows what the tests of the other ways see.
    if (used.writes.has(word)) lines.add(`let w${word} = ${loaded(word)};`);
    else if (used.reads.has(word) && !tested.reads.has(word)) {
      lines.add(`const w${word} = ${loaded(word)};`);
    }
  }
  if (out.reports) lines.add('let r = 0;');
  if (out.jumps.size > 0) {
    lines.add(`let to = ${alternative.next};`);
    lines.add('body: {');
    lines.append(body);
    lines.add('}');
  } else {
    if (out.loops) lines.add('let to = 0;');
    lines.append(body);
  }
  lines.append(settle);
  const still = thread === undefined && used.writes.size === 0;
  const reports = out.reports ? 'r' : '0';
  const tell = (): void => {
    writeOut(lines, words, tested.reads, used);
    lines.add(`actions[n] = ${alternative.action};`);
    lines.add(`reports[n++] = ${reports};`);
  };
  if (still) {
    lines.block('if (still !== undefined)', () => {
      lines.add('still[0]++;');
      lines.add(`still[1] |= ${reports};`);
    });
    lines.block('else', tell);
  } else {
    tell();
  }
  return {
    test: condition === true ? undefined : condition,
    testReads: tested.reads,
    action: alternative.action,
    writes: [...used.writes].reduce((bits, word) => bits | (1 << word), 0),
    still,
    temps: Math.max(tested.temps, used.temps),
    lines: lines.toArray(),
    label: labelOf(action, alternative.action),
  };
}

/** As the interpreter has it: what is known folds away, the rest is asked in order. */
function conjunction(conditions: readonly Condition[], used: Used): Cond {
  const open: Test[] = [];
  for (const { node, scope, negated: contrary } of conditions) {
    const cond = condCode(node, scope, used);
    const wanted = contrary ? negated(cond) : cond;
    if (wanted === false) return false;
    if (wanted === true || wanted.always === true) continue;
    open.push(wanted);
    used.learnSome(wanted.ifTrue);
  }
  const [first, second] = open;
  if (first === undefined) return true;
  if (second === undefined) return first.always === false ? false : first;
  const fails = open.some((one) => one.fails);
  if (!fails && open.some((one) => one.always === false)) return false;
  return test(`(${open.map((one) => one.text).join(' && ')})`, fails);
}

function loaded(word: number): string {
  return word === 0 ? 'from[at]' : `from[at + ${word}]`;
}

/** Above so many words they are copied by a function: less source, and no slower. */
const IN_LINE = 4;
/** States of so many words may be told by what changes. */
const MOST_SPARSE = 32;

export function maySkip(words: number): boolean {
  return words > IN_LINE && words <= MOST_SPARSE;
}

/**
 * Source of the function that wide states are copied by; answers where the copy is. `sparse`: a search
 * knows from the action what does not change, and need not be told.
 */
export function copyFunction(words: number, sparse: boolean): string {
  return `function copy(from, at, into, n) {
  const o = n * ${words};
${sparse ? '  if (still !== undefined) return o;\n' : ''}  for (let i = 0; i < ${words}; i++) into[o + i] = from[at + i];
  return o;
}`;
}

function writeOut(lines: Lines, words: number, reads: ReadonlySet<number>, used: Used): void {
  const wide = words > IN_LINE;
  lines.add(`const o = ${wide ? 'copy(from, at, into, n)' : `n * ${words}`};`);
  for (let word = 0; word < words; word++) {
    if (wide && !used.writes.has(word)) continue;
    const place = word === 0 ? 'into[o]' : `into[o + ${word}]`;
    const local = reads.has(word) || used.reads.has(word);
    lines.add(`${place} = ${local ? `w${word}` : loaded(word)};`);
  }
}

function labelOf(action: Action, number: number): string {
  const picks = action.picks.map(({ of, value }) => ` ${of} ${value}`).join('');
  return `${number}: ${[...action.stack, action.label].join(' > ')}${picks}`;
}
