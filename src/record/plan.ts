// What to record on one kernel: its probes as lines of tracefs' dynamic_events, what cannot be
// probed, and which rules lose by that. Pure: from BTF to data; script.ts writes it as shell.

import { rules as allRules } from '../rules/all.ts';
import type { Btf } from '../trace/btf/btf.ts';
import { PreparedRule } from '../trace/check/prepared-rule.ts';
import type { FieldNames } from '../trace/formats/field-names.ts';
import type { TraceSummary } from '../trace/formats/trace-record.ts';
import { capabilities } from '../trace/profiles/capabilities.ts';
import { type ProbeName, probeOf, probes } from '../trace/profiles/probes.ts';
import type { Survey } from '../trace/profiles/survey.ts';
import { isBracket } from './bracket-probes.ts';
import { type FetchStyle, fetchArg, takesNames } from './fetch-arg.ts';
import type { ProbeText, RecordProfile } from './probe-texts.ts';

/** Event group of the probes in tracefs. */
export const GROUP = 'luf';
/** Calls of one function that may be on their way at once and are still seen to return. */
const ACTIVE = 128;

export interface PlannedProbe {
  readonly event: string;
  readonly function: string;
  /** A line for dynamic_events. */
  readonly line: string;
  readonly fields: readonly string[];
  /** Rules that cannot be judged without it. */
  readonly rules: readonly string[];
}

export interface Missing {
  readonly event: string;
  readonly why: string;
  readonly rules: readonly string[];
}

export interface RecordPlan {
  readonly style: FetchStyle;
  readonly probes: readonly PlannedProbe[];
  readonly tracepoints: readonly { readonly name: string; readonly rules: readonly string[] }[];
  /** Probes, or fields of probes, that this kernel cannot give. */
  readonly missing: readonly Missing[];
  /** Rules that a recording by this plan can judge. */
  readonly judged: readonly string[];
}

/** Plans a recording by what the kernel's BTF says. */
export function planRecording(btf: Btf, profile: RecordProfile): RecordPlan {
  const style: FetchStyle = takesNames(btf) ? 'names' : 'offsets';
  const drafts: Draft[] = [];
  const missing: { event: string; why: string }[] = [];
  for (const text of profile.probes) {
    const draft = draftOf(btf, text, style);
    if (draft === undefined) {
      const names = text.functions.map(({ name }) => name).join(', ');
      if (!hasNoNeed(btf, text))
        missing.push({ event: text.event, why: `the kernel has no ${names}` });
      continue;
    }
    drafts.push(draft);
    for (const why of draft.lacks) missing.push({ event: text.event, why });
  }
  const judged = judgedWith(drafts, profile.tracepoints);
  const losers = (left: readonly Draft[], points: readonly string[]): string[] => {
    const still = judgedWith(left, points);
    return judged.filter((rule) => !still.includes(rule));
  };
  const never = allRules.map(({ id }) => id).filter((id) => !judged.includes(id));
  return {
    style,
    tracepoints: profile.tracepoints.map((name) => ({
      name,
      rules: losers(
        drafts,
        profile.tracepoints.filter((one) => one !== name),
      ),
    })),
    judged,
    probes: drafts.map((draft) => ({
      event: draft.event,
      function: draft.function,
      line: draft.line,
      fields: draft.fields,
      rules: losers(
        drafts.filter((one) => one !== draft),
        profile.tracepoints,
      ),
    })),
    missing: missing.map((one) => ({ ...one, rules: never })),
  };
}

interface Draft {
  readonly event: string;
  readonly function: string;
  readonly line: string;
  readonly fields: readonly string[];
  readonly lacks: readonly string[];
}

/** What only newer kernels have, or only some configurations: its absence means nothing. */
function hasNoNeed(btf: Btf, text: ProbeText): boolean {
  const { event } = text;
  // mmu_gather postpones rmap since Linux 6.2; where it does not, there is nothing to see.
  if (event.startsWith('flush_rmaps')) {
    return !btf.hasMember(btf.structure('mmu_gather'), 'delayed_rmap');
  }
  return event === 'iomap_write' || isBracket(text);
}

function draftOf(btf: Btf, text: ProbeText, style: FetchStyle): Draft | undefined {
  const found = text.functions.find(({ name }) => btf.has(name));
  if (found === undefined) return undefined;
  const fields: string[] = [];
  const args: string[] = [];
  const lacks: string[] = [];
  for (const [name, field] of Object.entries(found.fields)) {
    const arg = fetchArg(btf, found.name, field, style);
    if (arg.lacks !== undefined) {
      lacks.push(`no ${name}: ${arg.lacks}`);
      continue;
    }
    fields.push(name);
    args.push(`${name}=${arg.text}`);
  }
  const letter = text.at === 'entry' ? 'p' : `r${ACTIVE}`;
  const line = [`${letter}:${GROUP}/${text.event}`, found.name, ...args].join(' ');
  return { event: text.event, function: found.name, line, fields, lacks };
}

/** The rules that a recording with just these probes could judge, asked of who will judge. */
function judgedWith(drafts: readonly Draft[], tracepoints: readonly string[]): string[] {
  const seen = new Map<ProbeName, { fields: ReadonlySet<string> }>();
  const note = (event: string, recorded: readonly string[] | undefined): void => {
    const probe = probeOf(event);
    if (probe === undefined) return;
    const names: Readonly<Record<string, FieldNames>> = probes[probe].fields;
    const fields = Object.entries(names)
      .filter(
        ([, any]) => recorded === undefined || any.names.some((one) => recorded.includes(one)),
      )
      .map(([field]) => field);
    seen.set(probe, { fields: new Set(fields) });
  };
  for (const { event, fields } of drafts) note(event, fields);
  for (const one of tracepoints) note(one.split('/')[1] ?? '', undefined);
  const survey: Survey = {
    buffer: '',
    seen,
    usable: 1,
    base: { found: { base: 0n, agreed: 0 } },
    tellsSwitchFlushes: true,
    hidesPostponedRmap: false,
    sparesUnusable: false,
    hasStacks: false,
    firstLoaded: new Map(),
    complete: { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY },
    asked: { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY },
    gaps: [],
    allStarted: Number.NEGATIVE_INFINITY,
    cpus: new Set([0]),
  };
  const prepared = allRules.map((rule) => ({ rule, judging: new PreparedRule(rule).judging() }));
  return capabilities(survey, prepared, NO_SUMMARY).judged.map(({ id }) => id);
}

const NO_SUMMARY: TraceSummary = {
  format: 'trace.dat v6',
  clock: 'mono',
  cpus: 1,
  timeBase: 0n,
  timeResolution: 1,
  release: undefined,
  buffers: [''],
  overwritten: 0,
  warnings: [],
  records: 0,
  lost: 0,
  lostUnknown: false,
  truncated: false,
};
