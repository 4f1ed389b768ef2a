// Verdicts as a JUnit report, which CI systems show: a test suite for each scenario, a test case for
// each variant. A verdict that is not as expected is a failure, one that a bound cut short is skipped,
// and what a variant is there to show is told in its output.

import type { TraceVerdict } from '../trace/check/verdict.ts';
import { failureLines } from './failure-text.ts';
import { plainLook } from './look.ts';
import { type BookEntry, type StoryBook, verdictsIn } from './story-book.ts';
import { storyText } from './story-text.ts';
import type { TraceFailure } from './trace-json.ts';
import { traceText } from './trace-text.ts';

export interface Case {
  readonly suite: string;
  readonly name: string;
  readonly seconds: number;
  readonly body: readonly string[];
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped';
}

const LOOK = { ...plainLook, columns: 100 };

export function junit(book: StoryBook): string {
  return reportOf(verdictsIn(book).map(caseOf));
}

export function traceJunit(results: readonly (TraceVerdict | TraceFailure)[]): string {
  return reportOf(results.map(traceCase));
}

export function reportOf(cases: readonly Case[]): string {
  const suites = [...new Set(cases.map((one) => one.suite))].map((name) => {
    const own = cases.filter((one) => one.suite === name);
    return [
      `  <testsuite ${attributes({ name, ...countsOf(own) })}>`,
      ...own.flatMap(caseLines),
      '  </testsuite>',
    ];
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name: 'lufcheck', ...totalsOf(cases) })}>`,
    ...suites.flat(),
    '</testsuites>',
  ].join('\n');
}

function countsOf(cases: readonly Case[]): Record<string, string> {
  const count = (kind: Case['kind']): string =>
    `${cases.filter((one) => one.kind === kind).length}`;
  return {
    tests: `${cases.length}`,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: cases.reduce((sum, one) => sum + one.seconds, 0).toFixed(3),
  };
}

/** Around all suites there is no place for what was skipped. */
function totalsOf(cases: readonly Case[]): Record<string, string> {
  const { skipped: _, ...totals } = countsOf(cases);
  return totals;
}

function caseLines({ suite, name, seconds, body }: Case): string[] {
  const head = attributes({ name, classname: suite, time: seconds.toFixed(3) });
  if (body.length === 0) return [`    <testcase ${head}/>`];
  return [`    <testcase ${head}>`, ...body, '    </testcase>'];
}

function caseOf({ verdict, story }: BookEntry): Case {
  const { scenario, variant, result, asExpected } = verdict;
  const told = story === undefined ? [] : storyText(story, LOOK);
  const one = { suite: scenario.id, name: variant.id, seconds: result.seconds };
  const found = story === undefined ? result.verdict : `${story.property}: ${story.title}`;
  if (result.verdict === 'bounded') {
    return skipped(one, `stopped at a bound: ${result.bound ?? 'unknown'}`);
  }
  if (result.verdict === 'error') {
    const { code: type, message } = result.error;
    const why = failureLines(result.error, `${scenario.id}:${variant.id}`, LOOK.columns);
    return { ...one, kind: 'error', body: [element('error', { message, type }, why)] };
  }
  if (!asExpected) {
    const message = `expected ${variant.expect}, found ${found}`;
    const type = story?.property ?? result.verdict;
    return { ...one, kind: 'failure', body: [element('failure', { message, type }, told)] };
  }
  return {
    ...one,
    kind: 'passed',
    body: told.length === 0 ? [] : [element('system-out', {}, told)],
  };
}

function traceCase(result: TraceVerdict | TraceFailure): Case {
  const one = { suite: 'trace', name: result.file, seconds: 0 };
  if ('error' in result) {
    const { code, message } = result.error;
    const body = [element('error', { message, type: code }, [result.error.render()])];
    return { ...one, kind: 'error', body };
  }
  const told = traceText(result, LOOK, true);
  if (result.verdict === 'violated') {
    const message = result.violations[0]?.text ?? 'violated';
    const type = result.violations[0]?.rule ?? 'violated';
    return { ...one, kind: 'failure', body: [element('failure', { message, type }, told)] };
  }
  if (result.verdict === 'unknown') {
    return skipped(one, result.reasons[0]?.text ?? 'unknown');
  }
  return { ...one, kind: 'passed', body: [] };
}

/** Not every schema has attributes for it, so that the reason is its text. */
export function skipped(one: Pick<Case, 'suite' | 'name' | 'seconds'>, why: string): Case {
  return { ...one, kind: 'skipped', body: [element('skipped', {}, [why])] };
}

export function element(
  name: string,
  given: Readonly<Record<string, string>>,
  lines: readonly string[],
): string {
  const head = [name, attributes(given)].join(' ').trim();
  return lines.length === 0
    ? `      <${head}/>`
    : `      <${head}>${escaped(lines.join('\n'))}</${name}>`;
}

function attributes(given: Readonly<Record<string, string>>): string {
  return Object.entries(given)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(' ');
}

/** XML 1.0 has no way to write control characters; they become blanks. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, ' ');
}
