// What a recording can and cannot tell, measured by what the rules need: which probe or field is
// missing, and which rules cannot be judged without it.

import type { EventKind } from '../../events/vocabulary.ts';
import type { AnyRule } from '../../rules/rule.ts';
import type { FieldNames } from '../formats/field-names.ts';
import type { TraceSummary } from '../formats/trace-record.ts';
import { type ProbeName, probes } from './probes.ts';
import { CPUS_IN_MASK } from './record-parts.ts';
import type { Survey } from './survey.ts';

/** A rule that this recording cannot exercise, and what it would take. */
export interface BlindRule {
  readonly rule: AnyRule;
  readonly lacks: readonly string[];
}

export interface Capabilities {
  readonly judged: readonly AnyRule[];
  readonly blind: readonly BlindRule[];
  /** What was inferred because a probe does not tell it, in sentences. */
  readonly inferred: readonly string[];
  /** What makes a clean verdict impossible, in sentences. */
  readonly gaps: readonly string[];
}

/** arch/x86/mm/tlb.c, broadcast_tlb_flush(): Linux 6.15. */
const INVLPGB_SINCE_6 = 15;

/** How each event of the vocabulary comes about; the others do not occur on these traces. */
const sources: Partial<Record<EventKind, (survey: Survey) => string[]>> = {
  'pte.clear': (survey) => [
    ...lacking(survey, 'rmap_del', ['page', 'mm', 'start', 'pgoff', 'index']),
    ...pageBase(survey),
  ],
  'pte.set': (survey) => [
    ...(survey.seen.has('rmap_add_file') || survey.seen.has('rmap_add_new_anon')
      ? []
      : ['no rmap_add_file and no rmap_add_new_anon: who maps a page is not recorded']),
    ...pageBase(survey),
  ],
  'tlb.flush': flushes,
  'frame.alloc': (survey) => lacking(survey, 'mm_page_alloc', ['pfn']),
  'frame.free': (survey) => lacking(survey, 'mm_page_free', ['pfn']),
  'slot.add': (survey) =>
    lacking(survey, 'mm_filemap_add_to_page_cache', ['pfn', 'inode', 'index']),
  'slot.remove': (survey) =>
    lacking(survey, 'mm_filemap_delete_from_page_cache', ['pfn', 'inode', 'index']),
};

/** What is wrong with the recording as a whole, so that no rule can be judged on it. */
function unfitness(summary: TraceSummary): string[] {
  const reasons: string[] = [];
  if (
    summary.truncated &&
    summary.warnings.some((one) => one.includes('CPU numbers are guesses'))
  ) {
    reasons.push('the file is damaged and no longer tells which CPU made which records');
  }
  const [major = 0, minor = 0] = (summary.release ?? '').split('.').map(Number);
  const mayBroadcast = summary.recorder?.invlpgb !== false;
  if (mayBroadcast && (major > 6 || (major === 6 && minor >= INVLPGB_SINCE_6))) {
    reasons.push(
      `Linux ${summary.release} may flush other CPUs by INVLPGB, which no probe of this profile sees`,
    );
  }
  return reasons;
}

/** `judging`: kinds of events that can find a rule violated. */
export function capabilities(
  survey: Survey,
  rules: readonly { readonly rule: AnyRule; readonly judging: readonly EventKind[] }[],
  summary: TraceSummary,
): Capabilities {
  const unfit = unfitness(summary);
  const judged: AnyRule[] = [];
  const blind: BlindRule[] = [];
  for (const { rule, judging } of rules) {
    const lacks = new Set<string>(unfit);
    for (const kind of Object.keys(rule.hears) as EventKind[]) {
      // An entry that is set again only takes suspicion away; rules that judge it need it.
      if (kind === 'pte.set' && !judging.includes(kind)) continue;
      for (const one of sources[kind]?.(survey) ?? []) lacks.add(one);
    }
    if (lacks.size === 0) judged.push(rule);
    else blind.push({ rule, lacks: [...lacks] });
  }
  return { judged, blind, inferred: inferences(survey), gaps: gaps(survey, summary) };
}

function lacking(survey: Survey, probe: ProbeName, fields: readonly string[]): string[] {
  const seen = survey.seen.get(probe);
  if (seen === undefined) return [`no ${probe} (${probes[probe].stands})`];
  const names: Readonly<Record<string, FieldNames>> = probes[probe].fields;
  return fields
    .filter((field) => !seen.fields.has(field))
    .map((field) => `${probe} has no field ${names[field]?.names[0] ?? field}`);
}

function pageBase(survey: Survey): string[] {
  const { base } = survey;
  return base.found === undefined ? [`vmemmap_base cannot be learned: ${base.why}`] : [];
}

/**
 * Needed to accuse: the end of every flush (the probe of flush_tlb_func alone will not do, an
 * interrupt inside a probe's handler misses it), and every way out of lazy mode.
 */
function flushes(survey: Survey): string[] {
  const lacks: string[] = [];
  if (!survey.seen.has('tlb_flush')) {
    lacks.push('no tlb:tlb_flush: where and when a flush was carried out is not recorded');
  }
  if (!survey.seen.has('switch_mm')) {
    lacks.push('no switch_mm (switch_mm_irqs_off): a CPU that was lazy cannot be told from others');
  }
  return lacks;
}

function hasMasks(survey: Survey): boolean {
  return survey.seen.get('rmap_del')?.fields.has('cpus') === true;
}

function inferences(survey: Survey): string[] {
  if (!survey.seen.has('rmap_del') || hasMasks(survey) || !survey.seen.has('switch_mm')) return [];
  return [
    'rmap_del has no field cpus: the CPUs that may hold a translation are those on which switch_mm last loaded its mm (Linux 6.1 keeps mm_cpumask exact)',
  ];
}

/**
 * An interrupt inside another probe's handler loses its own probes. The tracepoint at the end of the
 * handler is seen all the same, and then counts as a flush of everything.
 */
const tolerated: ReadonlySet<string> = new Set(['flush_func']);

/** How much the kernel missed where that does not matter for a verdict. */
export function toleratedMisses({ recorder }: TraceSummary): string[] {
  return (recorder?.probes ?? [])
    .filter(({ event, missed }) => missed > 0 && tolerated.has(event))
    .map(
      ({ event, hits, missed }) =>
        `the kernel missed ${missed} of ${hits + missed} calls that ${event} should have seen: such flushes count as flushes of everything`,
    );
}

function gaps(survey: Survey, { cpus, recorder }: TraceSummary): string[] {
  const found: string[] = [];
  for (const { event, hits, missed } of recorder?.probes ?? []) {
    if (missed === 0 || !Object.hasOwn(probes, event) || tolerated.has(event)) continue;
    found.push(
      `the kernel missed ${missed} of ${hits + missed} calls that ${event} should have seen`,
    );
  }
  if (hasMasks(survey) && cpus > CPUS_IN_MASK) {
    found.push(
      `${cpus} CPUs, but rmap_del records the first ${CPUS_IN_MASK} bits of the mask: what the others were owed is not known`,
    );
  }
  return found;
}
