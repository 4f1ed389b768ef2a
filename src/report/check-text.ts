// The verdicts of `check` as a table that grows line by line, and its last lines.

import { counted, duration, grouped, listed, padEnd, padStart, wrap } from '../base/text.ts';
import type { Scenario } from '../catalogue/scenario.ts';
import { type Failure, type Verdict, wasBegun } from '../explain/judge.ts';
import { describeWorld } from '../kernel/world.ts';
import { failureLines } from './failure-text.ts';
import type { Look } from './look.ts';

const NAME = 20;
const VERDICT = 28;

/** Heads the rows of one scenario; its world is the bound of every verdict below. */
export function scenarioLines(scenario: Scenario, { columns, paint }: Look): string[] {
  return [
    ...wrap(`${scenario.id}  ${scenario.title}`, columns, '  ').map((line, i) =>
      i === 0 ? line.replace(scenario.id, paint.bold(scenario.id)) : line,
    ),
    ...wrap(`  within ${describeWorld(scenario.world)}`, columns, '  ').map(paint.dim),
  ];
}

/** `  ok repaired   holds   1,984 states   depth 60   0.0 s` */
export function verdictLines(verdict: Verdict, look: Look): string[] {
  const { scenario, variant, result } = verdict;
  const { paint } = look;
  const cells = [
    padEnd(variant.id, NAME),
    padEnd(outcome(verdict), VERDICT),
    padStart(counted(result.states, 'state'), 16),
    `depth ${padStart(grouped(result.depth), 3)}`,
    padStart(duration(result.seconds), 7),
  ];
  const [mark, dye] = markOf(verdict, look);
  if (result.verdict === 'error') {
    const about = `${scenario.id}:${variant.id}`;
    const why = failureLines(result.error, about, look.columns - 5).map((line) => `     ${line}`);
    return [dye(`  ${mark} ${cells.slice(0, 2).join(' ')}`.trimEnd()), ...why];
  }
  const lines = [dye(`  ${mark} ${cells.join(' ')}`.trimEnd())];
  if (!verdict.asExpected && result.verdict !== 'bounded') {
    lines.push(paint.bad(`     expected: ${variant.expect}`));
  }
  if (result.bound !== undefined) {
    const far = result.states > 0 ? '; nothing wrong up to there' : '';
    lines.push(paint.warn(`     stopped: ${result.bound}${far}`));
    if (result.estimate !== undefined) {
      const { states, how } = result.estimate;
      const all = states === undefined ? how : `about ${counted(states, 'state')} in all (${how})`;
      lines.push(...wrap(`     left: ${all}`, look.columns, '     ').map(paint.dim));
    }
  }
  if (result.verdict === 'unreached' || result.verdict === 'holds') {
    const dyed = result.verdict === 'holds' ? paint.warn : paint.bad;
    for (const property of result.unreached ?? []) lines.push(dyed(`     never ${property}`));
  }
  if (result.reduced !== undefined) lines.push(paint.dim(`     reduced by: ${result.reduced}`));
  if (result.explicitFills !== undefined) {
    lines.push(
      ...wrap(`     explicit TLBs: ${result.explicitFills}`, look.columns, '     ').map(paint.dim),
    );
  }
  if (
    variant.world !== undefined &&
    describeWorld(variant.world) !== describeWorld(scenario.world)
  ) {
    lines.push(paint.dim(`     within ${describeWorld(variant.world)}`));
  }
  return lines;
}

function markOf(
  { asExpected, result }: Verdict,
  { paint }: Look,
): readonly [string, (text: string) => string] {
  if (result.verdict === 'bounded') return ['??', paint.warn];
  if (result.verdict === 'error') return ['!!', paint.bad];
  return asExpected ? ['ok', (text) => text] : ['NO', paint.bad];
}

/** What came out, in the words of the catalogue. */
export function outcome({ result, violation }: Verdict): string {
  if (result.verdict === 'violated') return `violated: ${violation?.property ?? '?'}`;
  return result.verdict;
}

export interface Tally {
  readonly variants: number;
  readonly violated: number;
  readonly holds: number;
  /** Nothing wrong, and never at what they are about. */
  readonly unreached: number;
  /** Stopped after they had begun. */
  readonly bounded: number;
  /** Never begun: everything was stopped before. */
  readonly notBegun: number;
  /** Why there is no answer, where there is none. */
  readonly errors: readonly Failure[];
  /** Verdicts that are neither as expected nor cut short. */
  readonly surprises: readonly Verdict[];
  readonly states: number;
  readonly seconds: number;
}

export function tallyOf(verdicts: readonly Verdict[]): Tally {
  const count = (kind: string): number =>
    verdicts.filter((one) => one.result.verdict === kind).length;
  const sum = (of: (one: Verdict) => number): number => verdicts.reduce((n, v) => n + of(v), 0);
  const notBegun = verdicts.filter((one) => !wasBegun(one)).length;
  return {
    variants: verdicts.length,
    violated: count('violated'),
    holds: count('holds'),
    unreached: count('unreached'),
    bounded: count('bounded') - notBegun,
    notBegun,
    errors: verdicts.flatMap(({ result }) => (result.verdict === 'error' ? [result.error] : [])),
    surprises: verdicts.filter(
      ({ asExpected, result: { verdict } }) =>
        !asExpected && verdict !== 'bounded' && verdict !== 'error',
    ),
    states: sum((one) => one.result.states),
    seconds: sum((one) => one.result.seconds),
  };
}

/** `42 variants: 20 violated and 22 hold; every verdict as expected.`, and what it took. */
export function tallyLines(tally: Tally, { columns, paint }: Look): string[] {
  const parts = [
    ...(tally.violated > 0 ? [`${tally.violated} violated`] : []),
    ...(tally.holds > 0 ? [`${tally.holds} ${tally.holds === 1 ? 'holds' : 'hold'}`] : []),
    ...(tally.unreached > 0 ? [`${tally.unreached} never at the point`] : []),
    ...(tally.bounded > 0 ? [`${tally.bounded} stopped at a bound`] : []),
    ...(tally.notBegun > 0 ? [`${tally.notBegun} not reached`] : []),
    ...(tally.errors.length > 0 ? [`${tally.errors.length} without an answer`] : []),
  ];
  const open = tally.bounded + tally.notBegun + tally.errors.length > 0;
  const judged =
    tally.surprises.length > 0
      ? `${counted(tally.surprises.length, 'verdict')} NOT as expected`
      : open
        ? 'the rest as expected'
        : tally.variants === 1
          ? 'as expected'
          : 'every verdict as expected';
  const text = `${counted(tally.variants, 'variant')}: ${listed(parts)}; ${judged}.`;
  const wrong = tally.surprises.length + tally.errors.length > 0;
  const dye = wrong ? paint.bad : open ? paint.warn : paint.good;
  const cost = `${counted(tally.states, 'state')} in ${duration(tally.seconds)}`;
  return [...wrap(text, columns, '  ').map(dye), paint.dim(cost)];
}
