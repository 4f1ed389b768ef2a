// Two kernels side by side: a column each, the steps that tell something, the first difference marked.

import { counted, padEnd, padStart, width, wrap } from '../base/text.ts';
import { type Pair, type SideBySide, same } from '../explain/side-by-side.ts';
import type { StepText } from '../explain/stepper.ts';
import { type Look, NARROWEST } from './look.ts';

export interface DiffSide {
  readonly name: string;
  /** The verdict of the search, and where it matters what this run shows. */
  readonly outcome: string;
}

export interface DiffWish {
  readonly sides: readonly [DiffSide, DiffSide];
  /** Whose run both go by. */
  readonly led: string;
  /** Steps that say nothing, too. */
  readonly all: boolean;
}

const GAP = '  ';

export function diffText(diff: SideBySide, wish: DiffWish, given: Look): string[] {
  const look = { ...given, columns: Math.max(given.columns, NARROWEST) };
  const { pairs, first } = diff;
  const wide = Math.max(...pairs.map((pair) => width(whoOf(pair))), 4);
  const gutter = wide + 4;
  const column = Math.floor((look.columns - gutter - GAP.length) / 2);
  const two = (left: readonly string[], right: readonly string[], start: string): string[] =>
    Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
      `${padEnd(i === 0 ? start : '', gutter)}${padEnd(left[i] ?? '', column)}${GAP}${right[i] ?? ''}`.trimEnd(),
    );
  const head = (of: (side: DiffSide) => string): string[] =>
    two(wrap(of(wish.sides[0]), column), wrap(of(wish.sides[1]), column), '');
  const shown = pairs
    .map((pair, i) => ({ pair, i }))
    .filter(({ pair, i }) => wish.all || i === first || tells(pair));
  const hidden = pairs.length - shown.length;
  const difference =
    first === undefined
      ? 'The two take the same steps all the way.'
      : `First difference: ${placeOf(pairs[first] as Pair)}.`;
  return [
    ...head((side) => side.name).map(look.paint.bold),
    ...head((side) => side.outcome),
    '',
    ...shown.flatMap(({ pair, i }) => {
      const mark = i === first ? '►' : same(pair) ? ' ' : '≠';
      const lines = two(
        cell(pair.a, column),
        cell(pair.b, column),
        `${mark} ${padEnd(whoOf(pair), wide)}`,
      );
      return lines.map(i === first ? look.paint.warn : same(pair) ? look.paint.dim : plain);
    }),
    '',
    ...wrap(difference, look.columns, GAP),
    ...wrap(`Both go by ${wish.led}, as far as they can.`, look.columns, GAP),
    ...(hidden === 0
      ? []
      : [
          look.paint.dim(
            `${counted(hidden, 'step')} in which nothing is seen to happen: --full shows them`,
          ),
        ]),
  ];
}

/** Something happens that others can see, other than locks. */
function tells({ a, b }: Pair): boolean {
  const events = [...(a?.step.events ?? []), ...(b?.step.events ?? [])];
  return events.some(({ name }) => !name.startsWith('lock.')) || (a ?? b)?.wrong.length !== 0;
}

function cell(one: StepText | undefined, column: number): string[] {
  if (one === undefined) return ['   ·'];
  const start = `${padStart(`${one.step.n}`, 3)} `;
  const wrong = one.wrong.length === 0 ? '' : `  ✗ ${one.wrong.join(', ')}`;
  return wrap(`${brief(one)}${wrong}`, column - start.length).map(
    (line, i) => (i === 0 ? start : ' '.repeat(start.length)) + line,
  );
}

/** What happened; where nothing did, what was called. */
function brief({ text, step }: StepText): string {
  const said = text.indexOf(': ');
  const only = step.events.every(({ name }) => name.startsWith('lock.'));
  return said < 0 || only ? text : text.slice(said + 2);
}

function whoOf({ a, b }: Pair): string {
  const step = (a ?? b)?.step;
  return step === undefined ? '' : `CPU${step.cpu} ${step.who}`;
}

function placeOf(pair: Pair): string {
  const { a, b } = pair;
  const one = (step: StepText): string => [...step.step.stack, step.step.label].join(' > ');
  if (a === undefined && b !== undefined) return `only the second has ${one(b)}, step ${b.step.n}`;
  if (b === undefined && a !== undefined) return `only the first has ${one(a)}, step ${a.step.n}`;
  return a === undefined || b === undefined
    ? ''
    : `${one(a)}, steps ${a.step.n} and ${b.step.n}, differs in what it does`;
}

function plain(text: string): string {
  return text;
}
