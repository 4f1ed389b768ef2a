// From a proved suspicion to the parties that a story names, and from violations to groups.

import type { Moment } from './subject-store.ts';
import type { Suspicion } from './suspicion.ts';
import type { TraceMoment, TraceProof, TraceViolation, ViolationGroup } from './verdict.ts';

export type FormatTime = (at: number) => string;

/** Which call owes the flush, by who emptied the entry. */
const owedBy: Readonly<Record<string, string>> = {
  try_to_unmap_one:
    'try_to_unmap_flush() owes it, by arch_tlbbatch_flush(), before the page is freed',
  ptep_clear_flush: 'ptep_clear_flush() owes it itself, by flush_tlb_page()',
};
const ELSE = 'tlb_finish_mmu() owes it, by flush_tlb_mm_range(), before the page is freed';

/** What the decisive event did, by rule. */
const decisive: Readonly<Record<string, string>> = {
  'frame-reused-before-flush': 'was handed out again',
  'pte-rewritten-before-flush': 'was let go, and its page-table entry set again',
  'slot-refilled-before-flush': 'was let go, and its page-cache position filled again',
  'address-changed-before-flush':
    'was not flushed when the call that took its address away returned',
};

export function violationOf(suspicion: Suspicion, time: FormatTime): TraceViolation {
  const { report, around, proofs } = suspicion;
  const { rule, subject, parties, born, now } = report;
  const cpus = proofs.map(({ cpu }) => cpu).sort((a, b) => a - b);
  const alsoOwed = around.owed.map(({ cpu }) => cpu).filter((cpu) => !cpus.includes(cpu));
  const moment = (one: Moment): TraceMoment => ({
    time: time(one.at),
    cpu: one.cpu,
    task: one.by ?? '?',
    what: one.what,
    ...(one.stack === undefined ? {} : { stack: one.stack }),
  });
  const frame = Number(subject.frame ?? parties.frame ?? 0);
  const { mm, va } = subject;
  const where = typeof va === 'number' ? `0x${va.toString(16)}` : String(va ?? '?');
  const slot = typeof parties.slot === 'string' ? parties.slot : undefined;
  return {
    rule: rule.id,
    frame,
    ...(mm === undefined ? {} : { location: { mm: String(mm), va: where } }),
    ...(slot === undefined ? {} : { slot }),
    cpus,
    alsoOwed,
    unmapped: moment(born),
    between: around.frameNotes.map(moment),
    reused: moment(now),
    proofs: proofs.map((proof): TraceProof => {
      const owed = around.owed.find(({ cpu }) => cpu === proof.cpu);
      return {
        cpu: proof.cpu,
        time: time(proof.at),
        ...(proof.by === undefined ? {} : { task: proof.by }),
        how: proof.how,
        ...(owed?.lastFlush === undefined ? {} : { lastFlush: time(owed.lastFlush) }),
        ...(owed?.loadedSince === undefined ? {} : { loadedSince: time(owed.loadedSince) }),
      };
    }),
    ...(around.asked === undefined ? {} : { asked: moment(around.asked) }),
    missing: owedBy[born.what] ?? ELSE,
    text: `frame 0x${frame.toString(16)}, unmapped from ${where} at ${time(born.at)} by ${born.by ?? '?'} on CPU ${born.cpu}, ${decisive[rule.id] ?? `met ${now.what}`} at ${time(now.at)} by ${now.by ?? '?'} on CPU ${now.cpu}; CPU ${cpus.join(', ')} had not flushed and could still use the old translation`,
  };
}

/** A stack comes after its event, perhaps after the violation; now all have come. */
export function withStacks(violation: TraceViolation): TraceViolation {
  const settled = ({ stack, ...one }: TraceMoment): TraceMoment => {
    const frames = called(stack ?? []);
    return frames.length === 0 ? one : { ...one, stack: frames };
  };
  return {
    ...violation,
    unmapped: settled(violation.unmapped),
    between: violation.between.map(settled),
    reused: settled(violation.reused),
  };
}

/** Without the recorder's own functions on top. */
function called(stack: readonly string[]): readonly string[] {
  const first = stack.findIndex(
    (name) => !/^(?:_*(?:ftrace|kprobe|kretprobe|trace_event|perf|opt)_|0x)/.test(name),
  );
  return first < 0 ? [] : stack.slice(first);
}

/** Groups by rule, in the order of the rules, then by when each kind first occurred. */
export function groupsOf(
  violations: readonly TraceViolation[],
  rules: readonly string[],
): ViolationGroup[] {
  const groups = new Map<string, ViolationGroup>();
  violations.forEach((violation, i) => {
    const { rule, unmapped, cpus, reused } = violation;
    const key = [rule, unmapped.what, ...cpus].join(' ');
    const known = groups.get(key);
    groups.set(
      key,
      known === undefined
        ? { rule, by: unmapped.what, cpus, count: 1, first: i, from: reused.time, to: reused.time }
        : { ...known, count: known.count + 1, to: reused.time },
    );
  });
  return [...groups.values()].sort(
    (a, b) => rules.indexOf(a.rule) - rules.indexOf(b.rule) || a.first - b.first,
  );
}

/** Seconds with as many digits as the trace's clock has. */
export function timeFormat(timeBase: bigint, resolution: 1 | 1000): FormatTime {
  return (at) => {
    const ns = timeBase + BigInt(at);
    const text = `${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;
    return resolution === 1 ? text : text.slice(0, -3);
  };
}
