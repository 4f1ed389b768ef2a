// What the bench says: rows of one figure of ours against one of a peer's.

import type { Case } from './cases.ts';
import type { Measured } from './measure.ts';

export interface Row {
  readonly what: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  /** How many times better ours is: more than 1 where it is faster, or smaller. */
  readonly ratio: number;
  readonly unit: string;
}

/** The runs of one side; times and peaks are compared by their medians. */
export interface Runs {
  readonly runs: readonly Measured[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Times come in hundredths: what took none took at most that. */
function cpu({ runs }: Runs): number {
  return Math.max(0.01, median(runs.map((run) => run.cpuSeconds)));
}
function peak({ runs }: Runs): number {
  return median(runs.map((run) => run.peakBytes));
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
function row(
  [what, unit]: readonly [string, string],
  ours: number,
  peer: number,
  peerName: string,
  better: 'more' | 'less',
): Row {
  const ratio = better === 'more' ? ours / peer : peer / ours;
  const [a, b, c] = [ours, peer, ratio].map(rounded) as [number, number, number];
  return { what, ours: a, peer: b, peerName, ratio: c, unit };
}

/** Against a Spin that ran in turns with ours. `bytes` is what our states and queue took. */
export function rowsAgainstSpin(
  one: Case,
  engine: string,
  ours: Runs & { readonly bytes: number },
  spin: Runs,
): Row[] {
  const name = `${one.title}, ${engine}`;
  const peer = 'Spin 6.5 -O3 SAFETY NOREDUCE';
  const perSecond = (count: number, runs: Runs): number => count / cpu(runs);
  return [
    row(
      [`${name}: states per CPU second`, '1/s'],
      perSecond(one.states, ours),
      perSecond(one.states, spin),
      peer,
      'more',
    ),
    row(
      [`${name}: transitions per CPU second`, '1/s'],
      perSecond(one.transitions, ours),
      perSecond(one.transitions, spin),
      peer,
      'more',
    ),
    row(
      [`${name}: bytes per state (ours: store and queue; Spin: peak memory)`, 'B'],
      ours.bytes / one.states,
      peak(spin) / one.states,
      peer,
      'less',
    ),
    row([`${name}: peak memory`, 'MiB'], peak(ours) / 2 ** 20, peak(spin) / 2 ** 20, peer, 'less'),
  ];
}

/** Against a figure that somebody measured elsewhere; none where there is none. */
export function rowsAgainstTlc(
  one: { readonly title: string; readonly tlc?: Case['tlc'] | undefined },
  engine: string,
  ours: Runs,
): Row[] {
  if (one.tlc === undefined) return [];
  const what = `${one.title}, ${engine}: CPU seconds (TLC: ${one.tlc.note})`;
  return [row([what, 's'], cpu(ours), one.tlc.seconds, 'TLC (published)', 'less')];
}

/** Two workers against one that ran in turns with them. Wall clock: worth something on a quiet machine only. */
export function rowAgainstOne({ title }: Case, workers: number, ours: Runs, one: Runs): Row {
  const wall = ({ runs }: Runs): number => Math.min(...runs.map((run) => run.wallSeconds));
  const what = `${title}, generated: wall seconds, ${workers} workers, best of ${ours.runs.length}`;
  return row([what, 's'], wall(ours), wall(one), '1 worker', 'less');
}

/** Seconds of a command against what it is allowed. */
export function rowAgainstGoal(what: string, ours: number, goal: number): Row {
  return row([what, 's'], ours, goal, 'goal', 'less');
}

/** The same search with all reductions and with none. */
export function reductionRows(
  id: string,
  [all, none]: readonly [{ readonly states: number }, { readonly states: number }],
  runs: { readonly all: readonly Measured[]; readonly none: readonly Measured[] },
): Row[] {
  const peer = 'ours without reductions';
  const [a, b] = [{ runs: runs.all }, { runs: runs.none }];
  return [
    row([`${id}: states`, ''], all.states, none.states, peer, 'less'),
    row([`${id}: CPU seconds`, 's'], cpu(a), cpu(b), peer, 'less'),
    row([`${id}: peak memory`, 'MiB'], peak(a) / 2 ** 20, peak(b) / 2 ** 20, peer, 'less'),
  ];
}

export function textOf(rows: readonly Row[]): string {
  return rows
    .map(
      ({ what, ours, peer, peerName, ratio, unit }) =>
        `${what}\n    ours ${ours} ${unit}, ${peerName} ${peer} ${unit}: ${ratio} times better\n`,
    )
    .join('');
}
