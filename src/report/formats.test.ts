import { beforeAll, describe, expect, test } from 'vitest';
import { errorsBy, junitErrors, sarifErrors, storiesErrors } from '../../test/schemas/published.ts';
import { Problem } from '../base/problem.ts';
import { scenarios } from '../catalogue/all.ts';
import { fullStoryOf, statesOf } from '../explain/full-story.ts';
import { judge, unanswered } from '../explain/judge.ts';
import { matrix } from '../explain/matrix.ts';
import { sampling, verdictOfSamples } from '../explain/sampling.ts';
import { designs } from '../kernel/designs/all.ts';
import { checkTrace } from '../trace/check/check-trace.ts';
import type { TraceVerdict } from '../trace/check/verdict.ts';
import { openFileSource } from '../trace/node-file.ts';
import { html } from './html.ts';
import { itf } from './itf.ts';
import { junit, traceJunit } from './junit.ts';
import { matrixHtml } from './matrix-html.ts';
import { mermaid } from './mermaid.ts';
import { perfetto } from './perfetto.ts';
import { sarif, traceSarif } from './sarif.ts';
import { storiesJson } from './stories-json.ts';
import { type BookEntry, type StoryBook, storiesIn, type ToldEntry } from './story-book.ts';
import { itfSchema } from './testing/itf-schema.ts';
import { type Element, parseXml } from './testing/xml.ts';
import { traceHtml } from './trace-html.ts';

function entry(id: string, of: string, file?: string, maxStates = Infinity): BookEntry {
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === of);
  if (scenario === undefined || variant === undefined) throw new Error(`no ${id}:${of}`);
  const verdict = judge(scenario, variant, { bounds: { maxStates } });
  const name = `${id}:${of}`;
  const plain = { verdict, name, ...(file === undefined ? {} : { file }) };
  const { violation } = verdict;
  return violation === undefined ? plain : { ...plain, story: fullStoryOf(verdict, violation) };
}

// One of each kind of ending, one that holds, one that a bound stops.
const book: StoryBook = {
  version: '0.0.0',
  entries: [
    entry('LUF-buddy', 'broken'),
    entry('LUF-write2', 'v11', 'my dir/mine.ts'),
    entry('LUF-munmap', 'broken-segv'),
    entry('dirty-writeout', 'broken'),
    entry('LUF-atomic', 'v11'),
    entry('LUF-buddy', 'repaired'),
    entry('LUF-buddy', 'v12', undefined, 100),
  ],
};
const told = storiesIn(book);
const first = told[0] as ToldEntry;
/** The first one, as a surprise. */
const surprise: StoryBook = {
  ...book,
  entries: [{ ...first, verdict: { ...first.verdict, asExpected: false } }],
};

const unansweredEntry: BookEntry = {
  name: first.name,
  verdict: unanswered(first.verdict.scenario, first.verdict.variant, {
    code: 'LUF-E005',
    message: 'its thread died',
    hint: 'ask for fewer jobs',
  }),
};
/** Random runs: what they found, and where they found nothing. */
const sampledBook: StoryBook = { ...book, entries: [sampledEntry('broken'), sampledEntry('v12')] };

function sampledEntry(of: string): BookEntry {
  const { scenario, variant } = entry('LUF-buddy', of, undefined, 100).verdict;
  const sampled = exhausted(sampling(scenario, variant, { runs: 2000, seed: 1, steps: 200 }));
  const verdict = verdictOfSamples(sampled);
  const { violation } = verdict;
  const plain = { verdict, name: `${scenario.id}:${of}` };
  return violation === undefined ? plain : { ...plain, story: fullStoryOf(verdict, violation) };
}

function exhausted<T>(run: Generator<unknown, T, boolean>): T {
  let next = run.next(true);
  while (next.done !== true) next = run.next(true);
  return next.value;
}

interface SarifLog {
  readonly runs: readonly {
    readonly results: readonly unknown[];
    readonly invocations: readonly {
      readonly executionSuccessful: boolean;
      readonly toolExecutionNotifications?: readonly unknown[];
    }[];
  }[];
}

let trace: TraceVerdict;
beforeAll(async () => {
  const path = new URL('../../fixtures/traces/noflush.dat', import.meta.url).pathname;
  const source = await openFileSource(path);
  trace = await checkTrace(source, {});
  await source.close();
});

test('the endings are of every kind', () => {
  expect(told.map(({ story }) => story.property)).toEqual([
    'leak',
    'stale-read',
    'stale-permission',
    'lost-write',
    'deadlock',
  ]);
});

test('random runs in every form: nothing found is a bound', async () => {
  expect(sampledBook.entries.map(({ verdict }) => verdict.result.verdict)).toEqual([
    'violated',
    'bounded',
  ]);
  expect(storiesErrors(JSON.parse(storiesJson(sampledBook)))).toEqual([]);
  expect(sarifErrors(JSON.parse(sarif(sampledBook)))).toEqual([]);
  expect(await junitErrors(junit(sampledBook))).toEqual([]);
  for (const text of [storiesJson(sampledBook), sarif(sampledBook), junit(sampledBook)]) {
    expect(text).toContain('2,000 random runs from seed 1, which can find a violation');
  }
  expect(html(sampledBook)).toContain('not show that there is none');
});

describe('JSON', () => {
  test('is valid by the published schema, and a change is noticed', () => {
    const report = JSON.parse(storiesJson(book)) as { stories: Record<string, unknown>[] };
    expect(storiesErrors(report)).toEqual([]);
    delete report.stories[0]?.title;
    expect(storiesErrors(report)).toHaveLength(1);
    (report.stories[1] as Record<string, unknown>).property = 'bad luck';
    expect(storiesErrors(report)).toHaveLength(2);
  });

  test('what has no answer says why', () => {
    const report = JSON.parse(storiesJson({ ...book, entries: [unansweredEntry] })) as {
      verdicts: { error: { code: string } }[];
    };
    expect(storiesErrors(report)).toEqual([]);
    expect(report.verdicts[0]?.error.code).toBe('LUF-E005');
  });

  test('a state after each step: what the differences add up to', () => {
    const { story } = first;
    const states = statesOf(story);
    expect(states).toHaveLength(story.steps + 1);
    expect(states[0]?.['pte.frame[0,0]']).toBe(0);
    expect(states.at(-1)?.['pte.frame[0,0]']).toBeNull();
  });
});

describe('ITF', () => {
  test.each(told.map((one) => [one.name, one] as const))('%s is a trace by ADR 015', (_, one) => {
    const document = JSON.parse(itf(one, '0.0.0')) as {
      vars: string[];
      states: Record<string, unknown>[];
    };
    expect(errorsBy(itfSchema, document)).toEqual([]);
    for (const state of document.states) {
      expect(Object.keys(state).sort()).toEqual(['#meta', ...document.vars].sort());
    }
    expect(document.states).toHaveLength(one.story.steps + 1);
  });

  test('a bare null would be caught', () => {
    expect(errorsBy(itfSchema, { vars: ['x'], states: [{ x: null }] })).not.toEqual([]);
  });
});

describe('SARIF', () => {
  test('is valid, and what is not in the standard would be caught', () => {
    const log = JSON.parse(sarif(book)) as { runs: { results: Record<string, unknown>[] }[] };
    expect(sarifErrors(log)).toEqual([]);
    const results = log.runs[0]?.results ?? [];
    expect(results.map((one) => one.level)).toEqual(told.map(() => 'note'));
    expect(JSON.stringify(results[1])).toContain('"uri":"my%20dir/mine.ts"');
    (results[0] as Record<string, unknown>).colour = 'red';
    expect(sarifErrors(log)).toHaveLength(1);
  });

  test('what is not as expected is an error; each step is there once, in its order', () => {
    const log = JSON.parse(sarif(surprise)) as {
      runs: {
        results: {
          level: string;
          codeFlows: { threadFlows: { locations: { executionOrder: number }[] }[] }[];
        }[];
      }[];
    };
    const [result] = log.runs[0]?.results ?? [];
    expect(result?.level).toBe('error');
    const flows = result?.codeFlows[0]?.threadFlows ?? [];
    const orders = flows.flatMap(({ locations }) => locations.map((one) => one.executionOrder));
    expect(orders.sort((a, b) => a - b)).toEqual(
      Array.from({ length: first.story.steps }, (_, i) => i + 1),
    );
  });

  test('no results are not read as no violations where something was not answered', () => {
    const bound = book.entries.filter(({ story }) => story === undefined);
    const log = JSON.parse(sarif({ ...book, entries: bound })) as SarifLog;
    expect(sarifErrors(log)).toEqual([]);
    const [run] = log.runs;
    expect(run?.results).toEqual([]);
    expect(run?.invocations[0]?.executionSuccessful).toBe(true);
    expect(run?.invocations[0]?.toolExecutionNotifications).toMatchObject([
      { level: 'warning', message: { text: expect.stringMatching(/v12: bounded, not shown/) } },
    ]);
    const died = JSON.parse(sarif({ ...book, entries: [unansweredEntry] })) as SarifLog;
    expect(sarifErrors(died)).toEqual([]);
    expect(died.runs[0]?.invocations[0]?.executionSuccessful).toBe(false);
    const unread = { file: 'x.dat', error: new Problem('LUF-E201', 'is no trace') };
    const text = traceSarif('0.0.0', [unread]);
    expect(sarifErrors(JSON.parse(text))).toEqual([]);
    expect(text).toContain('LUF-E201');
  });

  test('a violation of a real kernel names task, CPU, page and the missing flush', () => {
    const text = traceSarif('0.0.0', [trace]);
    expect(sarifErrors(JSON.parse(text))).toEqual([]);
    const violation = trace.violations[0];
    expect(text).toContain(violation?.reused.task);
    expect(text).toContain(`CPU ${violation?.reused.cpu}`);
    expect(text).toContain(`0x${violation?.frame.toString(16)}`);
    expect(text).toContain(violation?.missing);
  });
});

describe('JUnit', () => {
  const kinds = (report: Element): (string | undefined)[] =>
    report.children.flatMap((suite) => suite.children.map((one) => one.children[0]?.name));

  test('is valid; a bound is skipped, a story that is expected is output', async () => {
    expect(await junitErrors(junit(book))).toEqual([]);
    const report = parseXml(junit(book));
    expect(report.attributes).toMatchObject({ tests: '7', failures: '0', errors: '0' });
    expect(kinds(report).sort()).toEqual(
      [...told.map(() => 'system-out'), 'skipped', undefined].sort(),
    );
  });

  test('a surprise is a failure with the story, told as it is', async () => {
    expect(await junitErrors(junit(surprise))).toEqual([]);
    const report = parseXml(junit(surprise));
    const failure = report.children[0]?.children[0]?.children[0];
    expect(failure?.name).toBe('failure');
    expect(failure?.text).toContain('TLB: va -> frame 0 (v0)');
    expect(report.attributes.failures).toBe('1');
  });

  test('recordings: violated, unknown, not to be read', async () => {
    const reasons = [{ text: 'no mask of <CPUs>' }];
    const unknown: TraceVerdict = { ...trace, verdict: 'unknown', reasons };
    const error = new Problem('LUF-E001', 'is no trace');
    const text = traceJunit([trace, unknown, { file: 'x.dat', error }]);
    expect(await junitErrors(text)).toEqual([]);
    expect(kinds(parseXml(text))).toEqual(['failure', 'skipped', 'error']);
  });

  test('the check finds what does not belong', async () => {
    const errors = await junitErrors('<testsuites skipped="1"><failure/></testsuites>');
    expect(errors.join()).toMatch(/'skipped' is not allowed.*failure.*not expected/);
    expect(() => parseXml('<a><b></a></b>')).toThrow();
    expect(() => parseXml('<a>&nbsp;</a>')).toThrow();
  });
});

test('Perfetto: every step is a slice on its own track, calls enclose them, one arrow', () => {
  const { traceEvents: events } = JSON.parse(perfetto({ ...book, entries: [first] })) as {
    traceEvents: { ph: string; tid: number; ts: number; dur: number; cat: string; name: string }[];
  };
  const slices = events.filter((one) => one.ph === 'X');
  expect(slices.filter((one) => one.cat !== 'call')).toHaveLength(first.story.steps);
  for (const a of slices) {
    for (const b of slices) {
      // On one track, slices are nested or apart.
      const cross =
        a.tid === b.tid && a.ts < b.ts && b.ts < a.ts + a.dur && a.ts + a.dur < b.ts + b.dur;
      expect(cross, `${a.name} and ${b.name}`).toBe(false);
    }
  }
  expect(events.filter(({ ph }) => ph === 's' || ph === 'f')).toHaveLength(2);
});

test('Mermaid: every lane, every row, locks opened and closed', () => {
  for (const { story, name } of told) {
    const lines = mermaid(story).split('\n');
    const count = (what: RegExp): number => lines.filter((line) => what.test(line)).length;
    expect(count(/^ {2}participant /), name).toBe(story.lanes.length);
    expect(count(/^ {2}activate /), name).toBe(count(/^ {2}deactivate /));
    expect(count(/^ {2}(Note over C\d+: \d|C\d+-xC\d+: )/), name).toBe(story.rows.length);
    expect(lines.slice(4).join('\n')).not.toMatch(/(?<!#\w+);|->/);
  }
});

test('HTML of recordings: task, CPU, page and the missing flush, and nothing asked for', () => {
  const page = traceHtml('0.0.0', [trace]);
  expect(page).not.toMatch(/(?:src|href)=|url\(|<script|<link/);
  const violation = trace.violations[0];
  for (const part of [
    violation?.reused.task,
    violation?.location?.va,
    violation?.missing.slice(1),
  ]) {
    expect(page).toContain(part);
  }
  expect(page).toContain(`CPU ${violation?.reused.cpu}`);
});

test('HTML of what holds, was bounded or died says so, and how far it looked', () => {
  const of = (entries: readonly BookEntry[]): string => html({ ...book, entries });
  const none = book.entries.filter(({ story }) => story === undefined);
  expect(of(none.slice(0, 1))).toMatch(/<td>holds<\/td><td>1,235 states within 3 CPUs/);
  expect(of(none.slice(1))).toMatch(/<td>bounded<\/td>.*stopped: 100 states/);
  expect(of([unansweredEntry])).toContain('no answer: LUF-E005 its thread died');
});

test('HTML of a table: a word and what it rests on in each cell', () => {
  const scenario = first.verdict.scenario;
  const { rows } = matrix([scenario], designs.slice(0, 2), { bounds: { maxStates: 300 } });
  const page = matrixHtml('0.0.0', rows, designs.slice(0, 2));
  expect(page.match(/<th scope="row">/g)).toHaveLength(rows.length);
  expect(page.match(/<td>/g)).toHaveLength(2 * rows.length);
  expect(page).toContain('stopped: 300 states');
});

test('HTML: one file that asks for nothing, small, with every row, light and dark', () => {
  const page = html(book);
  expect(page.length).toBeLessThan(2 * 2 ** 20);
  expect(page).not.toMatch(/(?:src|href)="(?!#)|url\(|@import|<script|<link/);
  expect(page).toContain("default-src 'none'");
  expect(page).toContain('light-dark(');
  const small = html(book, page.length);
  expect(small.length).toBeLessThan(page.length / 2);
  expect(small).toContain('if fewer variants are asked for');
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(id);
  told.forEach(({ story }, i) => {
    for (const row of story.rows) expect(ids).toContain(`s${i + 1}-${row.from}`);
  });
});
