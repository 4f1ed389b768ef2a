// From what was judged to the verdict: which word, why it is not more than that word, and what is taken
// for granted.

import type { AnyRule } from '../../rules/rule.ts';
import type { TraceSummary } from '../formats/trace-record.ts';
import type { BlindSpots } from '../profiles/blind-spots.ts';
import { type Capabilities, toleratedMisses } from '../profiles/capabilities.ts';
import type { Survey } from '../profiles/survey.ts';
import { predictionOf } from './prediction.ts';
import type { Possible } from './predictor.ts';
import type { RuleTally } from './trace-judge.ts';
import type {
  TraceRule,
  TraceVerdict,
  TraceVerdictWord,
  TraceViolation,
  UnknownReason,
} from './verdict.ts';
import { type FormatTime, groupsOf, withStacks } from './violation.ts';

/** What can be known of a trace before it is judged. */
export interface Known {
  readonly survey: Survey;
  readonly able: Capabilities;
  readonly rules: readonly AnyRule[];
}

/** What came of judging a trace from start to end. */
export interface Judged {
  readonly violations: readonly TraceViolation[];
  readonly omitted: number;
  readonly tallies: readonly RuleTally[];
  readonly blind: BlindSpots;
  readonly summary: TraceSummary;
  readonly time: FormatTime;
  /** Where it was asked for. */
  readonly possible: readonly Possible[] | undefined;
}

export function verdictOf(
  file: string,
  known: Known,
  { violations, omitted, tallies, blind, summary, time, possible }: Judged,
): TraceVerdict {
  const reasons = reasonsFor(known, tallies, summary, time);
  if (blind.unheld > 0) {
    reasons.push({
      text: `rmap_del has no field cpus, and ${blind.unheld} pages were unmapped before switch_mm told what every CPU had loaded`,
    });
  }
  if (blind.huge > 0) {
    reasons.push({
      text: `blocks of 2 MB were handed out or freed (${blind.huge} times): what huge entries map is not followed (to record without: echo never > /sys/kernel/mm/transparent_hugepage/enabled)`,
    });
  }
  return {
    schema: 'lufcheck.trace/1',
    file,
    verdict: wordFor(violations.length, reasons),
    events: summary.records,
    lost: summary.lost,
    format: summary.format,
    ...(summary.clock === undefined ? {} : { clock: summary.clock }),
    ...(summary.release === undefined ? {} : { release: summary.release }),
    cpus: summary.cpus,
    rules: rulesOf(known, tallies),
    violations: violations.map(withStacks),
    omitted,
    groups: groupsOf(
      violations,
      known.rules.map(({ id }) => id),
    ),
    reasons,
    notes: notesFor(known, blind, summary),
    ...(possible && { prediction: predictionOf(possible, known, summary, time) }),
  };
}

function wordFor(violations: number, reasons: readonly UnknownReason[]): TraceVerdictWord {
  if (violations > 0) return 'violated';
  return reasons.length > 0 ? 'unknown' : 'clean';
}

function rulesOf({ rules, able }: Known, tallies: readonly RuleTally[]): TraceRule[] {
  return rules.map((rule): TraceRule => {
    const tally = tallies.find((one) => one.rule === rule);
    const lacks = able.blind.find((one) => one.rule === rule)?.lacks;
    return {
      id: rule.id,
      exercised: tally?.exercised ?? 0,
      ...(tally === undefined || tally.exercised === 0 ? {} : { on: tally.on }),
      violations: tally?.violations ?? 0,
      explained: tally?.explained ?? 0,
      undecided: tally?.undecided ?? 0,
      ...(lacks === undefined ? {} : { lacks }),
    };
  });
}

function reasonsFor(
  { able, survey }: Known,
  tallies: readonly RuleTally[],
  summary: TraceSummary,
  time: FormatTime,
): UnknownReason[] {
  const reasons: UnknownReason[] = [];
  const [first] = survey.gaps;
  if (first !== undefined) {
    const count = summary.lostUnknown ? 'records' : `${summary.lost} records`;
    const more = survey.gaps.length > 1 ? ` in ${survey.gaps.length} gaps, the first` : '';
    const from = Number.isFinite(first.from) ? `after ${time(first.from)} s` : 'at the start';
    reasons.push({
      text: `${count} lost${more} ${from}: what was open then, and what happened in a gap, cannot be judged`,
      time: time(first.until),
      cpu: first.cpu,
    });
  } else if (summary.lost > 0 || summary.lostUnknown) {
    reasons.push({ text: 'records were lost, and the trace does not say where' });
  }
  if (summary.truncated) {
    reasons.push({
      text: `part of the file is missing or unreadable: ${summary.warnings[0] ?? ''}`,
    });
  }
  for (const text of able.gaps) reasons.push({ text });
  if (able.judged.length === 0) {
    const lacks = new Set(able.blind.flatMap((one) => one.lacks));
    for (const text of lacks) reasons.push({ text: `no rule can be judged: ${text}` });
  } else if (tallies.every(({ exercised }) => exercised === 0)) {
    reasons.push({ text: 'no rule was exercised: nothing that could break one happened' });
  }
  return reasons;
}

function notesFor({ able, survey }: Known, blind: BlindSpots, summary: TraceSummary): string[] {
  const notes = [...able.inferred, ...toleratedMisses(summary), ...summary.warnings];
  if (survey.base.found !== undefined) {
    const { base, agreed } = survey.base.found;
    const how = agreed === 'recorded' ? 'the recorder read it' : `${agreed} pages agree on it`;
    notes.push(`vmemmap_base is 0x${base.toString(16)}: ${how}`);
  }
  if (summary.clock === 'local') {
    notes.push(
      'clock local is not synchronised between CPUs: events of two CPUs within 20 ms are taken as unordered (record with -C mono)',
    );
  }
  if (blind.unplaced > 0) {
    notes.push(
      `${blind.unplaced} unmapped pages were not followed: the probes do not tell their address`,
    );
  }
  if (blind.severed > 0) {
    notes.push(
      `${blind.severed} unmapped pages were not followed: their flush may have been where it was not recorded`,
    );
  }
  if (blind.unusable > 0) {
    notes.push(
      `${blind.unusable} unmapped pages were not followed: it is not recorded whether hardware could use their entries (one of NUMA balancing or PROT_NONE owes no flush)`,
    );
  }
  if (blind.wide > 0) {
    notes.push(
      `${blind.wide} unmapped ranges were too large to be looked through for entries that reclaim had emptied: of those only what the call emptied itself was judged at its return`,
    );
  }
  if (blind.foreign > 0) {
    notes.push(`${blind.foreign} records name a struct page outside of the array`);
  }
  return notes;
}
