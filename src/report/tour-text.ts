// The catalogue for somebody who sees it for the first time: per scenario, what it is about and
// which kernels it breaks.

import { listed, padEnd, width, wrap } from '../base/text.ts';
import type { Verdict } from '../explain/judge.ts';
import type { TraceVerdict } from '../trace/check/verdict.ts';
import { failureLines } from './failure-text.ts';
import type { Look } from './look.ts';

export function introduction({ columns }: Look): string[] {
  return wrap(
    'lufcheck runs small programs on a model of Linux mm in which TLB flushes may be put off (LUF), through every interleaving of CPUs and hardware. A scenario is such a program; its variants are kernels, broken and repaired. A kernel is broken if a program can see memory that it must not see.',
    columns,
  );
}

/** One scenario's verdicts, all of them, in a few lines. */
export function scenarioSummary(verdicts: readonly Verdict[], { columns, paint }: Look): string[] {
  const [first] = verdicts;
  if (first === undefined) return [];
  const { scenario } = first;
  const names = (some: readonly Verdict[]): string => listed(some.map((one) => one.variant.id));
  const violated = verdicts.filter((one) => one.result.verdict === 'violated');
  const holding = verdicts.filter((one) => one.result.verdict === 'holds');
  const bounded = verdicts.filter((one) => one.result.verdict === 'bounded');
  const steps = violated.map((one) => one.result.depth);
  const lines = [
    ...wrap(`${scenario.id}  ${scenario.title}`, columns, '  ').map((line, i) =>
      i === 0 ? line.replace(scenario.id, paint.bold(scenario.id)) : line,
    ),
  ];
  if (violated.length > 0) {
    const wrongs = [...new Set(violated.map((one) => one.violation?.property ?? 'violated'))];
    const label = `${listed(wrongs)}, in ${range(steps)} steps`;
    lines.push(...hung('violated', `${names(violated)}: ${label}`, columns));
  }
  if (holding.length > 0) lines.push(...hung('holds', names(holding), columns));
  if (bounded.length > 0) lines.push(...hung('unknown', names(bounded), columns));
  for (const one of verdicts) {
    if (one.asExpected || one.result.verdict === 'bounded') continue;
    if (one.result.verdict === 'error') {
      const about = `${scenario.id}:${one.variant.id}`;
      lines.push(...failureLines(one.result.error, about, columns).map(paint.bad));
      continue;
    }
    lines.push(paint.bad(`  NOT as expected: ${one.variant.id} should be ${one.variant.expect}`));
  }
  return lines;
}

function range(numbers: readonly number[]): string {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return low === high ? `${low}` : `${low} to ${high}`;
}

function hung(label: string, text: string, columns: number): string[] {
  const start = `  ${padEnd(label, 8)} `;
  return wrap(text, columns - width(start)).map(
    (line, i) => (i === 0 ? start : ' '.repeat(width(start))) + line,
  );
}

/** A recording's verdict in a few lines: what it is of, what each rule saw, what was found. */
export function recordingSummary(
  says: string,
  verdict: TraceVerdict,
  { columns, paint }: Look,
): string[] {
  const { file, rules, groups, violations } = verdict;
  const lines = wrap(`${file}  ${says}`, columns, '  ').map((line, i) =>
    i === 0 ? line.replace(file, paint.bold(file)) : line,
  );
  const seen = rules
    .filter((rule) => rule.exercised > 0)
    .map((rule) => `${rule.id} (${rule.exercised} times)`);
  for (const rule of rules) {
    if (rule.violations === 0) continue;
    const times = rule.violations === 1 ? 'once' : `${rule.violations} times`;
    lines.push(...hung('violated', `${rule.id}, ${times}`, columns));
  }
  const [first] = groups;
  const example = first === undefined ? undefined : violations[first.first];
  if (example !== undefined) lines.push(...hung('for one', example.text, columns));
  const label = verdict.verdict === 'unknown' ? 'unknown' : 'clean';
  if (violations.length === 0) {
    lines.push(...hung(label, `exercised: ${seen.length > 0 ? listed(seen) : 'no rule'}`, columns));
  }
  const idle = rules.filter((rule) => rule.exercised === 0).map(({ id }) => id);
  if (idle.length > 0) {
    lines.push(
      ...hung('idle', `never exercised, so that it proves nothing: ${listed(idle)}`, columns),
    );
  }
  return lines;
}

/** Commands to go on with, and what each shows. */
export function nextLines(
  next: readonly (readonly [string, string])[],
  { paint, program }: Look,
): string[] {
  const wide = Math.max(...next.map(([args]) => width(`${program} ${args}`)));
  return [
    paint.bold('Next'),
    ...next.map(([args, says]) => `  ${padEnd(`${program} ${args}`, wide)}  ${says}`),
  ];
}
