// What the predictor found, in the words of a verdict; and on which recordings it may say anything.

import type { TraceSummary } from '../formats/trace-record.ts';
import type { Capabilities } from '../profiles/capabilities.ts';
import type { ProbeName } from '../profiles/probes.ts';
import { probes } from '../profiles/probes.ts';
import type { Survey } from '../profiles/survey.ts';
import type { Possible } from './predictor.ts';
import type { Moment } from './subject-store.ts';
import type { TracePossible, TracePrediction } from './verdict.ts';
import { type FormatTime, violationOf, withStacks } from './violation.ts';

const MOST_POSSIBLE = 1000;

/** `known`: what the whole recording tells. */
export function predictionOf(
  found: readonly Possible[],
  { survey, able }: { readonly survey: Survey; readonly able: Capabilities },
  summary: TraceSummary,
  time: FormatTime,
): TracePrediction {
  const lacks = lacksOf(survey, able, summary);
  if (lacks.length > 0) return { possible: [], omitted: 0, lacks };
  const { from, until } = survey.asked;
  const sure = found
    .filter(({ since, suspicion }) => since > from && suspicion.report.now.at <= until)
    .sort((a, b) => a.suspicion.report.now.at - b.suspicion.report.now.at);
  return {
    possible: sure.slice(0, MOST_POSSIBLE).map((one) => possibleOf(one, time)),
    omitted: Math.max(0, sure.length - MOST_POSSIBLE),
  };
}

/** What must be known to say that nobody concerned asked for a flush. */
function lacksOf(survey: Survey, able: Capabilities, summary: TraceSummary): string[] {
  const lacks: string[] = [];
  const needed: readonly ProbeName[] = ['flush_range', 'batch_flush', 'flush_func', 'mm_page_free'];
  for (const probe of needed) {
    if (!survey.seen.has(probe)) lacks.push(`no ${probe} (${probes[probe].stands})`);
  }
  const flush = survey.seen.get('flush_func');
  if (flush !== undefined && !flush.fields.has('from')) {
    lacks.push('flush_func has no field from: who asked for a flush is not recorded');
  }
  if (summary.clock === 'local') lacks.push('the clock local is not the same on all CPUs');
  if (summary.timeResolution !== 1) {
    lacks.push('stamps in microseconds leave the order of events on different CPUs open');
  }
  const blind = able.blind.find(({ rule }) => rule.id === 'frame-reused-before-flush');
  if (blind !== undefined) lacks.push(...blind.lacks);
  return [...lacks, ...able.gaps];
}

function possibleOf({ suspicion, flushes }: Possible, time: FormatTime): TracePossible {
  const told = withStacks(violationOf(suspicion, time));
  const { rule, frame, location, unmapped, between, reused, proofs } = told;
  const { born, now } = suspicion.report;
  const freed = between[0] ?? reused;
  const cpus = proofs.map(({ cpu }) => cpu);
  const moment = (one: Moment): TracePossible['unmapped'] => ({
    time: time(one.at),
    cpu: one.cpu,
    task: one.by ?? '?',
    what: one.what,
  });
  const lucky = flushes.filter(({ cpu }) => cpus.includes(cpu));
  const askers = [...new Set(lucky.map(({ asked }) => `${asked.what} by ${asked.by ?? '?'}`))];
  const others = [...new Set([born.by, freed.task, now.by])].join(', ');
  return {
    rule,
    frame,
    location: location ?? { mm: '?', va: '?' },
    unmapped,
    freed,
    reused,
    flushes: lucky.map(({ cpu, at, asked }) => ({ cpu, time: time(at), asked: moment(asked) })),
    proofs,
    reordering: `the same events, but ${askers.join(' and ')} only after ${reused.time}: nothing that ${others} did waits for that flush, and CPU ${cpus.join(', ')} would still have had the old translation when frame 0x${frame.toString(16)} was handed out again`,
  };
}
