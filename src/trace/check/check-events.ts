// The rules on events of our own vocabulary, as a replayed model or a lab writes them. Nothing is
// inferred: the events say which CPUs run what, so that a report of a rule is a violation. Lines made of
// a kernel's recording do not say that: which CPUs were lazy, and how long a call may have lasted, is known
// only from the records themselves. A report on such lines accuses nobody, and none clears nobody.

import { Problem } from '../../base/problem.ts';
import type { ConcreteEvent } from '../../events/concrete.ts';
import { rules as defaultRules } from '../../rules/all.ts';
import type { AnyRule } from '../../rules/rule.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import { EVENT_LINES_SCHEMA, readEventLines } from '../formats/event-lines.ts';
import { type RuleReport, RuleRunner } from './rule-runner.ts';
import type { Moment } from './subject-store.ts';
import type { Value } from './values.ts';
import type {
  TraceMoment,
  TracePrediction,
  TraceRule,
  TraceVerdict,
  TraceViolation,
} from './verdict.ts';
import { groupsOf } from './violation.ts';

const MOST_VIOLATIONS = 10_000;

export interface CheckEventsOptions {
  readonly rules?: readonly AnyRule[];
  readonly onProgress?: (events: number) => void;
  readonly predict?: boolean;
}

/** Runs rules over events one by one. */
export class EventJudge {
  readonly #runners: { readonly runner: RuleRunner; reports: number }[];

  constructor(rules: readonly AnyRule[], onReport: (report: RuleReport) => void) {
    this.#runners = rules.map((rule) => {
      const counting = {
        reports: 0,
        runner: new RuleRunner(
          rule,
          (report) => {
            counting.reports++;
            onReport(report);
          },
          { exact: true },
        ),
      };
      return counting;
    });
  }

  hear(event: ConcreteEvent): void {
    for (const { runner } of this.#runners) runner.tell(event);
  }

  results(): TraceRule[] {
    return this.#runners.map(({ runner, reports }) => ({
      id: runner.rule.id,
      exercised: runner.exercised,
      ...(runner.exercised === 0 ? {} : { on: runner.on() }),
      violations: reports,
      explained: 0,
      undecided: 0,
    }));
  }
}

/**
 * Checks one recording in the form of `formats/event-lines.ts`.
 *
 * @throws Problem LUF-E204 when it has no event that a rule hears; what `readEventLines` throws.
 */
export async function checkEvents(
  source: ByteSource,
  { rules = defaultRules, onProgress, predict = false }: CheckEventsOptions = {},
): Promise<TraceVerdict> {
  const violations: TraceViolation[] = [];
  let omitted = 0;
  let heard = 0;
  let cpus = 0;
  let read = 0;
  const judge = new EventJudge(rules, (report) => {
    if (violations.length < MOST_VIOLATIONS) violations.push(violationOf(report));
    else omitted++;
  });
  const { events, isOfRecording } = await readEventLines(source, (event) => {
    if (rules.some((rule) => rule.hears[event.event] !== undefined)) heard++;
    cpus = Math.max(cpus, event.cpu + 1);
    judge.hear(event);
    if (++read % 16_384 === 0) onProgress?.(read);
  });
  if (heard === 0) {
    throw new Problem('LUF-E204', `none of its ${events} events is one that a rule can use`, {
      where: source.name,
      hint: 'lufcheck list --events says what each means',
    });
  }
  const results = judge.results();
  const prediction = predict ? { prediction: noPrediction() } : {};
  if (isOfRecording) {
    return { ...undecidable({ file: source.name, events, cpus, results }), ...prediction };
  }
  const idle = results.every(({ exercised }) => exercised === 0);
  return {
    schema: 'lufcheck.trace/1',
    file: source.name,
    verdict: violations.length > 0 ? 'violated' : idle ? 'unknown' : 'clean',
    events,
    lost: 0,
    format: EVENT_LINES_SCHEMA,
    cpus,
    rules: results,
    violations,
    omitted,
    groups: groupsOf(
      violations,
      rules.map(({ id }) => id),
    ),
    reasons:
      idle && violations.length === 0
        ? [{ text: 'no rule was exercised: nothing that could break one happened' }]
        : [],
    notes: [],
    ...prediction,
  };
}

/** They say which CPUs were flushed, and not on whose account. */
function noPrediction(): TracePrediction {
  const lacks = [
    'events of the vocabulary do not tell who asked for a flush: predict from the recording itself',
  ];
  return { possible: [], omitted: 0, lacks };
}

/** What can be said of lines made of a recording. */
function undecidable({
  file,
  events,
  cpus,
  results,
}: {
  readonly file: string;
  readonly events: number;
  readonly cpus: number;
  readonly results: readonly TraceRule[];
}): TraceVerdict {
  const reports = results.reduce((sum, { violations }) => sum + violations, 0);
  return {
    schema: 'lufcheck.trace/1',
    file,
    verdict: 'unknown',
    events,
    lost: 0,
    format: EVENT_LINES_SCHEMA,
    cpus,
    rules: results.map((one) => ({ ...one, violations: 0 })),
    violations: [],
    omitted: 0,
    groups: [],
    reasons: [
      {
        text: `these events were made of a recording, and do not say which CPUs were lazy: of ${reports} places where a flush seems late, none can be told from a legal one (judge the recording itself)`,
      },
    ],
    notes: [],
  };
}

function violationOf({ rule, subject, parties, born, now }: RuleReport): TraceViolation {
  const { mm, va } = subject;
  const frame = subject.frame ?? parties.frame;
  const slot = parties.slot;
  return {
    rule: rule.id,
    frame: typeof frame === 'number' ? frame : 0,
    ...(mm === undefined ? {} : { location: { mm: String(mm), va: String(va ?? '?') } }),
    ...(slot === undefined || slot === null || slot instanceof Set ? {} : { slot: String(slot) }),
    cpus: cpusIn(parties.cpus),
    alsoOwed: [],
    unmapped: momentOf(born),
    between: [],
    reused: momentOf(now),
    proofs: [],
    missing: rule.says,
    text: `${rule.says} Here CPU ${cpusIn(parties.cpus).join(', ')} had not been flushed since ${born.what} at ${born.at}, at ${now.what} at ${now.at}.`,
  };
}

function momentOf({ at, cpu, by, what }: Moment): TraceMoment {
  return { time: String(at), cpu, task: by ?? '?', what };
}

function cpusIn(value: Value | undefined): number[] {
  if (!(value instanceof Set)) return [];
  return [...value].filter((cpu) => typeof cpu === 'number').sort((a, b) => a - b);
}
