// The verdict on a trace as text: what happened to the first of each kind of violation, and what each
// rule saw. A violation takes at most 25 lines.

import { counted, grouped, listed, padEnd, padStart, width, wrap } from '../base/text.ts';
import type { ExercisedOn } from '../trace/check/exercised-on.ts';
import type {
  TraceMoment,
  TraceRule,
  TraceVerdict,
  TraceViolation,
  ViolationGroup,
} from '../trace/check/verdict.ts';
import { type Look, NARROWEST } from './look.ts';
import { predictionText } from './prediction-text.ts';

/** Kinds of violations told in full; the others get a line each. */
const TOLD = 3;
const MOST_LINES = 25;
const HANG = '  ';

/** What each rule is about, where it is broken. */
export const ruleTitles: Readonly<Record<string, string>> = {
  'frame-reused-before-flush': 'frame reused before its translations were flushed',
  'pte-rewritten-before-flush': 'page-table entry rewritten before its old translation was flushed',
  'slot-refilled-before-flush': 'page-cache position refilled before its old page was flushed',
  'address-changed-before-flush': 'an unmapping call returned before what it took away was flushed',
};

/** `all`: tell every kind of violation in full. */
export function traceText(verdict: TraceVerdict, given: Look, all = false): string[] {
  const look = { ...given, columns: Math.max(given.columns, NARROWEST) };
  const told = all ? verdict.groups : verdict.groups.slice(0, TOLD);
  const untold = verdict.groups.slice(told.length);
  return [
    ...headLines(verdict, look),
    ...told.flatMap((group) => ['', ...violationText(verdict, group, look)]),
    ...(untold.length === 0 ? [] : ['']),
    ...untold.flatMap((group) => wrap(groupLine(group), look.columns, HANG)),
    ...(verdict.reasons.length === 0 ? [] : ['']),
    ...verdict.reasons.flatMap(({ text, time, cpu }) => {
      const place = time === undefined ? '' : ` (at ${time} s, CPU ${cpu ?? '?'})`;
      return wrap(`${HANG}${text}${place}`, look.columns, HANG);
    }),
    '',
    ...ruleLines(verdict.rules, look),
    ...(verdict.prediction === undefined ? [] : predictionText(verdict.prediction, look, all)),
    ...(verdict.notes.length === 0 ? [] : ['']),
    ...verdict.notes.flatMap((note) =>
      wrap(`${HANG}note: ${note}`, look.columns, `${HANG}      `).map(look.paint.dim),
    ),
  ];
}

function headLines(verdict: TraceVerdict, { columns, paint }: Look): string[] {
  const { file, events, lost, cpus, release, clock, format } = verdict;
  const word = { violated: paint.bad, clean: paint.good, unknown: paint.warn }[verdict.verdict];
  const facts = [
    counted(events, 'event'),
    lost === 0 ? undefined : `${grouped(lost)} lost`,
    counted(cpus, 'CPU'),
    release === undefined ? undefined : `Linux ${release}`,
    clock === undefined ? undefined : `clock ${clock}`,
    format,
  ].filter((one) => one !== undefined);
  return [
    `${word(verdict.verdict.toUpperCase())}  ${paint.bold(file)}`,
    ...wrap(HANG + facts.join(' · '), columns, HANG).map(paint.dim),
  ];
}

/** One kind of violation: its first, in full. */
export function violationText(verdict: TraceVerdict, group: ViolationGroup, given: Look): string[] {
  const look = { ...given, columns: Math.max(given.columns, NARROWEST) };
  const violation = verdict.violations[group.first];
  if (violation === undefined) return [];
  const title = ruleTitles[group.rule] ?? group.rule;
  const count = group.count === 1 ? 'once' : `${grouped(group.count)} like it`;
  const gap = Math.max(2, look.columns - width(`VIOLATED  ${title}${count}`));
  const lines = [
    `${look.paint.bad('VIOLATED')}  ${look.paint.bold(title)}${' '.repeat(gap)}${count}`,
    look.paint.dim(`${HANG}first at ${group.from} s, last at ${group.to} s`),
    '',
    ...partyLines(violation, look),
    '',
    ...whyLines(violation).flatMap((line) => wrap(line, look.columns)),
  ];
  return lines.slice(0, MOST_LINES);
}

function partyLines(violation: TraceViolation, look: Look): string[] {
  const moments = momentsOf(violation);
  const times = Math.max(...moments.map(({ time }) => time.length));
  const tasks = Math.max(...moments.map(({ task }) => width(task)));
  const row = ({ time, cpu, task }: TraceMoment, text: string, isSame: boolean): string[] => {
    const who = padEnd(isSame ? '' : task, tasks);
    const head = `${HANG}${padStart(time, times)}  ${padEnd(`CPU${cpu}`, 5)} ${who}  `;
    const lines = wrap(text, look.columns - width(head));
    return lines.map((line, i) => (i === 0 ? head + line : ' '.repeat(width(head)) + line));
  };
  const gap = ' '.repeat(times + 4);
  return moments.flatMap((one, i) => {
    const before = moments[i - 1];
    const isSame = i < moments.length - 1 && one.task === before?.task && one.cpu === before.cpu;
    const flushless = one.isWrong ? wrap(gap + unflushed(violation), look.columns, gap) : [];
    const from = i === 0 || one.isWrong ? stackLine(one, look.columns - width(gap)) : undefined;
    return [
      ...flushless,
      ...row(one, one.isWrong ? `${one.says}  ✗` : one.says, isSame),
      ...(from === undefined ? [] : [look.paint.dim(gap + from)]),
    ];
  });
}

/** How every way into the kernel begins. */
const ENTRY = /^(?:entry_|do_syscall_|x64_sys_call$|ret_from_fork|asm_|el0)/;

/** `from try_to_unmap_one, ..., do_madvise, __x64_sys_madvise`: both ends, as much as a line takes. */
function stackLine({ stack = [], what }: TraceMoment, columns: number): string | undefined {
  const callers = stack.filter((name, i) => !(ENTRY.test(name) || (i === 0 && name === what)));
  for (let count = callers.length; count > 0; count--) {
    const shown =
      count === callers.length
        ? callers
        : [
            ...callers.slice(0, Math.ceil(count / 2)),
            '...',
            ...callers.slice(callers.length - Math.floor(count / 2)),
          ];
    const line = `from ${shown.join(', ')}`;
    if (width(line) <= columns) return line;
  }
  return undefined;
}

/** A moment in words. */
export interface ToldMoment extends TraceMoment {
  readonly says: string;
  /** The last one, by which the rule is broken. */
  readonly isWrong: boolean;
}

/** What happened, from the unmap to what broke the rule. */
export function momentsOf(violation: TraceViolation): ToldMoment[] {
  const { frame, location, slot, unmapped, between, reused, cpus, alsoOwed, rule } = violation;
  const name = `frame 0x${frame.toString(16)}`;
  const at = location === undefined ? '' : ` at ${location.va} (mm ${shortMm(location.mm)})`;
  const holders = [...cpus, ...alsoOwed].sort((a, b) => a - b);
  const isFreed = reused.what === 'mm_page_free';
  const last = {
    'frame-reused-before-flush': `${name} handed out again`,
    'pte-rewritten-before-flush': isFreed
      ? `${name} freed; the entry had been set again`
      : `the entry${at} set again`,
    'slot-refilled-before-flush': isFreed
      ? `${name} freed; page ${slot ?? ''} had been filled again`
      : `page ${slot ?? ''} filled with another frame`,
  }[rule];
  return [
    {
      ...unmapped,
      says: `${unmapped.what} emptied the entry${at} of ${name}; may be cached on CPU ${listed(holders.map(String))}`,
      isWrong: false,
    },
    ...between.map((one) => ({
      ...one,
      says: one.what === 'mm_page_free' ? 'it was freed' : `it ${one.what}`,
      isWrong: false,
    })),
    { ...reused, says: last ?? reused.what, isWrong: true },
  ];
}

function unflushed({ proofs }: TraceViolation): string {
  const each = proofs.map(({ cpu, lastFlush }) =>
    lastFlush === undefined ? `CPU ${cpu} (none seen before)` : `CPU ${cpu} (last: ${lastFlush})`,
  );
  return `no flush of it ran on ${listed(each, 'nor')} in between`;
}

function whyLines(violation: TraceViolation): string[] {
  const { proofs, alsoOwed, asked, missing } = violation;
  const lines = proofs.map(({ cpu, time, task, how, loadedSince }) => {
    const who = task === undefined ? '' : `${task}: `;
    const since = loadedSince === undefined ? '' : ` It had this mm loaded since ${loadedSince}.`;
    return `CPU ${cpu} could still use the old translation: ${who}${how} (${time}).${since}`;
  });
  if (alsoOwed.length > 0) {
    lines.push(
      `CPU ${listed(alsoOwed.map(String))} owed the flush too; whether it was lazy then, the trace does not tell.`,
    );
  }
  const claim =
    asked === undefined
      ? 'it was not seen after the unmap'
      : `${asked.what} was called at ${asked.time} on CPU ${asked.cpu}, but did not reach it`;
  lines.push(`${capital(missing)}: ${claim}.`);
  return lines;
}

function groupLine({ rule, by, cpus, count, from }: ViolationGroup): string {
  return `${HANG}${counted(count, 'more time', 'more times')}: ${ruleTitles[rule] ?? rule}, unmapped by ${by}, CPU ${cpus.join(', ')} (first at ${from} s)`;
}

function ruleLines(rules: readonly TraceRule[], { columns, paint }: Look): string[] {
  const wide = Math.max(...rules.map(({ id }) => id.length));
  // Where no rule could be judged, the reasons of the verdict have said why.
  const isBlind = rules.every(({ lacks }) => lacks !== undefined);
  return rules.flatMap((rule) => {
    const head = `${HANG}${padEnd(rule.id, wide)}  `;
    const lines = wrap(isBlind ? 'not judged' : whatItSaw(rule), columns - head.length);
    const isQuiet = rule.lacks !== undefined || rule.exercised === 0;
    return lines
      .map((line, i) => (i === 0 ? head + line : ' '.repeat(head.length) + line))
      .map((line) => (isQuiet ? paint.warn(line) : line));
  });
}

/** What a rule saw of a recording, and that it saw nothing. */
export function whatItSaw({
  exercised,
  on,
  violations,
  explained,
  undecided,
  lacks,
}: TraceRule): string {
  if (lacks !== undefined) return `not judged: ${lacks.join('; ')}`;
  if (exercised === 0) return 'never exercised: it has proved nothing here';
  return [
    `exercised ${counted(exercised, 'time')}${on === undefined ? '' : onWhat(on)}`,
    violations === 0 ? 'never violated' : `violated ${counted(violations, 'time')}`,
    explained === 0 ? undefined : `${grouped(explained)} owed by CPUs that were lazy or left`,
    undecided === 0 ? undefined : `${grouped(undecided)} undecided at the end of the trace`,
  ]
    .filter((one) => one !== undefined)
    .join(', ');
}

/** ` on 12 frames, at 14 locations, in 2 mms`; what the rule is not kept for is left out. */
export function onWhat({ frames, locations, mms, slots, atLeast }: ExercisedOn): string {
  const least = atLeast === true ? 'at least ' : '';
  const parts = [
    frames === undefined ? undefined : `on ${least}${counted(frames, 'frame')}`,
    locations === undefined ? undefined : `at ${least}${counted(locations, 'location')}`,
    mms === undefined ? undefined : `in ${least}${counted(mms, 'mm')}`,
    slots === undefined ? undefined : `for ${least}${counted(slots, 'page-cache slot')}`,
  ].filter((one) => one !== undefined);
  return parts.length === 0 ? '' : ` ${parts.join(', ')}`;
}

/** `ff11000004dad200` is easier to compare without the direct map's base. */
function shortMm(mm: string): string {
  return mm.replace(/^ff[0-9a-f]{2}0*/, '');
}

export function capital(text: string): string {
  return /^[a-z]+ /.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
}
