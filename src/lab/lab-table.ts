// From what the guest said, what the rules found and what the explorer knows, to the lab's table.

import {
  type Agreement,
  type Answer,
  agreementOf,
  lacksEvent,
  notLooked,
  outcomeOf,
  type PointAtWork,
} from './agreement.ts';
import type { Experiment, ExperimentKind } from './experiments.ts';
import type { ExperimentResult, LitmusResult } from './guest-output.ts';
import type { LabPoint } from './lab-points.ts';
import { modelPointOf, outOfReach } from './model-points.ts';

/** What the trace checker said of a recording. */
export interface RecordingVerdict {
  readonly verdict: 'violated' | 'clean' | 'unknown';
  readonly events: number;
  readonly rules: readonly {
    readonly id: string;
    readonly violations: number;
    readonly exercised: number;
  }[];
}

/** What the explorer says of a design without one of its flush points. */
export interface ModelAnswer {
  readonly point: string;
  /** Questions asked; how many of them hold without the point; how many stopped at a bound. */
  readonly questions: number;
  readonly hold: number;
  readonly bounded: number;
  readonly wrong?: { readonly command: readonly string[]; readonly what: string };
}

export interface LabRow extends Agreement {
  readonly id: string;
  readonly kind: ExperimentKind;
  /** Undefined for the experiments from which nothing was taken away. */
  readonly removed?: string;
  /** The repair that was put in. */
  readonly added?: string;
  /** The flush point by its name in the design, if it has one. */
  readonly point?: string;
  /** Why the model has no such point. */
  readonly unmodelled?: string;
  readonly complete: boolean;
  readonly rounds: number;
  /** Rounds in which a reader could have gone on by an old translation, and in which one did. */
  readonly tried: number;
  readonly reached: number;
  readonly wrongRounds: number;
  readonly staleReads: number;
  readonly reads: number;
  /** Programs that read what they must not. */
  readonly seenBy: readonly string[];
  readonly flushedWhenOn?: number;
  readonly programs: Answer;
  readonly rules: Answer;
  readonly firing: readonly string[];
  readonly model: Answer;
  readonly witness?: string;
  readonly deferred: number;
  readonly flushes: number;
  /** Flushes that a planted fault left out. */
  readonly leftOut?: number;
  readonly interrupts?: number;
  readonly failures: readonly string[];
}

export interface TableInput {
  readonly experiments: readonly Experiment[];
  readonly results: readonly ExperimentResult[];
  readonly recordings: ReadonlyMap<string, RecordingVerdict>;
  readonly points: readonly LabPoint[];
  readonly design: { readonly id: string; readonly points: readonly string[] };
  /** Empty: the explorer was not asked. */
  readonly model: readonly ModelAnswer[];
}

/** One row for each experiment, in their order; one that the guest did not come to is incomplete. */
export function labTable(input: TableInput): LabRow[] {
  const whole = input.results.find(({ id }) => id === 'all-on');
  const usual = new Set(firingRules(input.recordings.get('all-on')));
  return input.experiments.map((experiment): LabRow => {
    const result = input.results.find(({ id }) => id === experiment.id);
    const litmus = result?.litmus ?? [];
    const { removed } = experiment;
    const labPoint = input.points.find(({ param }) => param === removed);
    const modelPoint = labPoint === undefined ? undefined : modelPointOf(labPoint, input.design);
    const point = modelPoint?.point;
    const model = input.model.find((one) => one.point === point);
    const recording = input.recordings.get(experiment.id);
    const firing = firingRules(recording);
    // What fires with every point in place is no evidence about this one.
    const fresh = removed === undefined ? firing : firing.filter((rule) => !usual.has(rule));
    const seenBy = litmus.filter(({ wrong }) => wrong > 0).map(({ name }) => name);
    const programs: Answer =
      litmus.length === 0 ? 'unknown' : seenBy.length > 0 ? 'wrong' : 'nothing';
    const isPoint = labPoint !== undefined;
    const whenOn = isPoint ? pointAtWork(whole, labPoint) : undefined;
    const evidence = {
      programs,
      rules: rulesAnswer(experiment, recording, fresh),
      model: modelAnswer(input.model, isPoint, model),
      reached: sum(litmus, 'reached'),
      whenOn,
      paidInstead: paidInstead(whole, result, removed),
      paidToo: paidInstead(undefined, result, removed),
      modelled: point !== undefined,
      outOfReach: outOfReach[labPoint?.param ?? ''],
    } as const;
    return {
      id: experiment.id,
      kind: experiment.kind,
      ...(removed === undefined ? {} : { removed }),
      ...(experiment.added === undefined ? {} : { added: experiment.added }),
      ...(point === undefined ? {} : { point }),
      ...(modelPoint?.because === undefined ? {} : { unmodelled: modelPoint.because }),
      complete: result?.complete ?? false,
      rounds: sum(litmus, 'rounds'),
      tried: sum(litmus, 'tried'),
      reached: evidence.reached,
      wrongRounds: sum(litmus, 'wrong'),
      staleReads: sum(litmus, 'stale') + sum(litmus, 'foreign'),
      reads: sum(litmus, 'reads'),
      seenBy,
      ...(whenOn === undefined ? {} : { flushedWhenOn: whenOn.flushed }),
      programs,
      rules: evidence.rules,
      firing: fresh,
      model: evidence.model,
      ...(model?.wrong === undefined ? {} : { witness: model.wrong.command.join(' ') }),
      deferred: result?.counters.deferred ?? 0,
      flushes: result?.counters.flushes ?? 0,
      ...(experiment.kind === 'fault' && result?.counters.left_out !== undefined
        ? { leftOut: result.counters.left_out }
        : {}),
      ...(result?.interrupts === undefined ? {} : { interrupts: result.interrupts }),
      failures: result?.failures ?? [],
      ...(result === undefined
        ? outcomeOf('not tried', 'the guest did not come to it')
        : experiment.defers
          ? agreementOf(evidence)
          : agreementOfFault(evidence, result.counters.left_out, removed)),
    };
  });
}

function pointAtWork(whole: ExperimentResult | undefined, { param }: LabPoint): PointAtWork {
  const count = whole?.points[param];
  return {
    passed: count?.reached ?? 0,
    flushed: count?.flushed ?? 0,
    absent: count?.state === 'absent',
  };
}

/** Who did the work of a point that was taken away: those that flushed more than in `whole`, most first. */
function paidInstead(
  whole: ExperimentResult | undefined,
  less: ExperimentResult | undefined,
  removed: string | undefined,
): string[] {
  return Object.entries(less?.points ?? {})
    .map(([param, { flushed }]) => ({
      param,
      more: flushed - (whole?.points[param]?.flushed ?? 0),
    }))
    .filter(({ param, more }) => param !== removed && more > 0)
    .sort((a, b) => b.more - a.more)
    .map(({ param }) => param);
}

/**
 * The stock kernel puts nothing off, so that no reader keeps an old translation unless a flush is left
 * out; and the model is not asked about it.
 */
function agreementOfFault(
  { programs, rules }: { readonly programs: Answer; readonly rules: Answer },
  leftOut: number | undefined,
  removed: string | undefined,
): Agreement {
  const isStock = removed === undefined;
  if (isStock && (programs === 'wrong' || rules === 'wrong')) {
    return outcomeOf('differ', 'the stock kernel looks wrong');
  }
  if (leftOut === 0 && !isStock) {
    const caller = removed.split('@')[1];
    const inlined =
      caller === undefined
        ? ''
        : `, or ${caller} is part of its caller in this kernel: name that one`;
    return outcomeOf(
      'not tried',
      `not reached in the lab: there was no such flush to leave out${inlined}`,
    );
  }
  if (rules === 'not asked') return outcomeOf('alone', '');
  if (rules === 'unknown') return outcomeOf('alone', 'no verdict on a recording');
  if (programs === rules) {
    const silent = !isStock && programs === 'nothing';
    return outcomeOf(
      'agree',
      silent ? 'no program depends on this flush: the fault did not show' : '',
    );
  }
  return outcomeOf('differ', programs === 'wrong' ? lacksEvent : notLooked);
}

function firingRules(recording: RecordingVerdict | undefined): string[] {
  return (recording?.rules ?? []).filter(({ violations }) => violations > 0).map(({ id }) => id);
}

function rulesAnswer(
  { records }: Experiment,
  recording: RecordingVerdict | undefined,
  fresh: readonly string[],
): Answer {
  if (fresh.length > 0) return 'wrong';
  if (!records) return 'not asked';
  return recording === undefined || recording.verdict === 'unknown' ? 'unknown' : 'nothing';
}

/** The explorer is asked about flush points that are taken away, and about nothing else. */
function modelAnswer(
  asked: readonly ModelAnswer[],
  isPoint: boolean,
  model: ModelAnswer | undefined,
): Answer {
  if (asked.length === 0 || !isPoint) return 'not asked';
  if (model === undefined) return 'unknown';
  if (model.wrong !== undefined) return 'wrong';
  return model.bounded > 0 ? 'unknown' : 'nothing';
}

function sum(results: readonly LitmusResult[], field: Exclude<keyof LitmusResult, 'name'>): number {
  return results.reduce((total, one) => total + one[field], 0);
}
