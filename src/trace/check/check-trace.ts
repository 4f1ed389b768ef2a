// The rules on a recorded trace. What the trace can tell (probes, gaps, what each CPU had loaded first) has
// to be known before anything is judged: it is guessed from the beginning, and learned along the way;
// where the end shows that the guess was wrong, the trace is judged again by what was learned. Constant memory apart from live state and the violations listed.

import { Problem } from '../../base/problem.ts';
import { rules as allRules } from '../../rules/all.ts';
import type { AnyRule } from '../../rules/rule.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import { isEventLines } from '../formats/event-lines.ts';
import type { KernelStack } from '../formats/kernel-stack.ts';
import { readTrace } from '../formats/read-trace.ts';
import type { TraceInfo, TraceRecord, TraceSummary } from '../formats/trace-record.ts';
import { capabilities } from '../profiles/capabilities.ts';
import { LufProfile } from '../profiles/luf-profile.ts';
import { namesFor } from '../profiles/names.ts';
import { isSameToProfile, type Survey, Surveyor } from '../profiles/survey.ts';
import { checkEvents } from './check-events.ts';
import { both, type Possible, Predictor } from './predictor.ts';
import { PreparedRule } from './prepared-rule.ts';
import { TraceJudge } from './trace-judge.ts';
import type { TraceVerdict, TraceViolation } from './verdict.ts';
import { type Judged, type Known, verdictOf } from './verdict-of.ts';
import { type FormatTime, timeFormat, violationOf } from './violation.ts';

export interface CheckTraceOptions {
  readonly rules?: readonly AnyRule[];
  /** Told now and then: records read, and which reading it is; a second one is not always needed. */
  readonly onProgress?: (reading: 1 | 2, records: number) => void;
  /** Records from which the whole is guessed, so that one reading may do; the verdict is the same. */
  readonly firstLook?: number;
  /** Also looks for what a later flush would have made wrong; see predictor.ts. */
  readonly predict?: boolean;
}

/** Anything that hands out the records of a trace, again from the start each time it is asked. */
export type ReadRecords = (
  onRecord: (record: TraceRecord) => void,
  onInfo: (info: TraceInfo) => void,
  onStack?: (stack: KernelStack) => void,
) => Promise<TraceSummary>;

const MOST_VIOLATIONS = 10_000;
const PROGRESS_STEP = 1 << 14;
/** Records from which the whole is guessed. */
const FIRST_LOOK = 1 << 16;
/**
 * The `local` trace clock is not synchronised between CPUs. kernel/sched/clock.c keeps an unstable
 * one within about two ticks of the others; a tick is at most 10 ms.
 */
const LOCAL_SKEW = 20_000_000;

/**
 * Checks one trace.
 *
 * @throws Problem LUF-E204 when nothing in it is usable by any rule; what `readTrace` throws.
 */
export async function checkTrace(
  source: ByteSource,
  options: CheckTraceOptions = {},
): Promise<TraceVerdict> {
  if (await isEventLines(source)) {
    const { rules, onProgress } = options;
    return await checkEvents(source, {
      ...(rules === undefined ? {} : { rules }),
      onProgress: (events) => onProgress?.(2, events),
      ...(options.predict === true ? { predict: true } : {}),
    });
  }
  const read: ReadRecords = (onRecord, onInfo, onStack) =>
    readTrace(source, onRecord, { onInfo, ...(onStack && { onStack }) });
  return await checkRecords(source.name, read, options);
}

/** The same over records from anywhere. */
export async function checkRecords(
  file: string,
  read: ReadRecords,
  { rules = allRules, onProgress, firstLook = FIRST_LOOK, predict = false }: CheckTraceOptions = {},
): Promise<TraceVerdict> {
  const look = await lookAt(read, rules, firstLook);
  if (look.summary !== undefined) {
    if (look.known.survey.usable === 0) throw nothingUsable(file, look.summary);
    return verdictOf(
      file,
      look.known,
      await judge(read, look.known, { record: steps(1, onProgress), predict }),
    );
  }
  let surveyor = new Surveyor();
  const step = steps(1, onProgress);
  const trial = await judge(read, look.known, {
    info: (info) => {
      surveyor = new Surveyor(info);
    },
    record: (record) => {
      surveyor.note(record);
      step();
    },
    stack: (stack) => surveyor.came(stack),
    predict,
  });
  const { summary } = trial;
  const known = knownFrom(surveyor.result(summary), summary, rules);
  if (known.survey.usable === 0) throw nothingUsable(file, summary);
  if (judgesAlike(look.known, known)) return verdictOf(file, known, trial);
  const again = await judge(read, known, { record: steps(2, onProgress), predict });
  return verdictOf(file, known, again);
}

function knownFrom(survey: Survey, summary: TraceSummary, rules: readonly AnyRule[]): Known {
  const judging = rules.map((rule) => ({ rule, judging: new PreparedRule(rule).judging() }));
  return { survey, able: capabilities(survey, judging, summary), rules };
}

/** Whether what was taken for known and what turned out lead to the same judgement. */
function judgesAlike(a: Known, b: Known): boolean {
  return (
    isSameToProfile(a.survey, b.survey) &&
    a.able.judged.length === b.able.judged.length &&
    a.able.judged.every((rule, i) => rule === b.able.judged[i])
  );
}

/** Ends the first look. */
class Enough extends Error {}

/**
 * What the beginning of a trace says of the whole. A trace without gaps whose probes were all on from the
 * start says the same to its end: then one reading is enough. `summary`, if that was all of it.
 */
async function lookAt(
  read: ReadRecords,
  rules: readonly AnyRule[],
  enough: number,
): Promise<{ known: Known; summary?: TraceSummary }> {
  let surveyor = new Surveyor();
  let records = 0;
  let info: TraceInfo | undefined;
  try {
    const summary = await read(
      (record) => {
        surveyor.note(record);
        if (++records === enough) throw new Enough();
      },
      (one) => {
        info = one;
        surveyor = new Surveyor(one);
      },
      (stack) => surveyor.came(stack),
    );
    return { known: knownFrom(surveyor.result(summary), summary, rules), summary };
  } catch (error) {
    if (!(error instanceof Enough) || info === undefined) throw error;
    const soFar = { ...info, records, lost: 0, lostUnknown: false, truncated: false };
    return { known: knownFrom(surveyor.guess(soFar), soFar, rules) };
  }
}

function steps(reading: 1 | 2, onProgress: CheckTraceOptions['onProgress']): () => void {
  let records = 0;
  return () => {
    if (++records % PROGRESS_STEP === 0) onProgress?.(reading, records);
  };
}

interface Court {
  readonly judge: TraceJudge;
  readonly profile: LufProfile;
  readonly predictor: Predictor | undefined;
}

/** Whoever is told of a trace beside the judge. */
interface Told {
  readonly record: (record: TraceRecord) => void;
  readonly info?: (info: TraceInfo) => void;
  readonly stack?: (stack: KernelStack) => void;
  /** Whether to predict as well. */
  readonly predict: boolean;
}

async function judge(read: ReadRecords, known: Known, also: Told): Promise<Judged> {
  const possible: Possible[] = [];
  const violations: TraceViolation[] = [];
  let omitted = 0;
  let time: FormatTime = timeFormat(0n, 1);
  let court: Court | undefined;
  const open = (info: TraceInfo): Court => {
    time = timeFormat(info.timeBase, info.timeResolution);
    const skew = info.clock === 'local' ? LOCAL_SKEW : 0;
    const names = namesFor(known.survey.cpus);
    const traceJudge = new TraceJudge({
      rules: known.able.judged,
      skew,
      names,
      onViolation: (suspicion) => {
        if (violations.length < MOST_VIOLATIONS) violations.push(violationOf(suspicion, time));
        else omitted++;
      },
    });
    const start = { skew, overwritten: info.overwritten > 0 };
    const predictor = also.predict ? new Predictor(names, (one) => possible.push(one)) : undefined;
    const observer = predictor === undefined ? traceJudge : both(traceJudge, predictor);
    const profile = new LufProfile(known.survey, names, start, observer);
    return { judge: traceJudge, profile, predictor };
  };
  const summary = await read(
    (record) => {
      also.record(record);
      court?.profile.take(record);
    },
    (info) => {
      court ??= open(info);
      also.info?.(info);
    },
    (stack) => {
      also.stack?.(stack);
      court?.profile.came(stack);
    },
  );
  court ??= open(summary);
  const tallies = court.judge.finish();
  court.predictor?.finish();
  violations.sort(byReuse);
  return {
    violations,
    omitted,
    tallies,
    blind: court.profile.blind,
    summary,
    time,
    possible: also.predict ? possible : undefined,
  };
}

function byReuse(a: TraceViolation, b: TraceViolation): number {
  const [x, y] = [a.reused.time, b.reused.time];
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0);
}

function nothingUsable(file: string, summary: TraceSummary): Problem {
  const sentence =
    summary.records === 0
      ? 'the trace holds no events'
      : `none of its ${summary.records} events is one that a rule can use`;
  return new Problem('LUF-E204', sentence, {
    where: file,
    hint: 'record page_remove_rmap, flush_tlb_func, switch_mm_irqs_off and the events of kmem, filemap and tlb',
  });
}
