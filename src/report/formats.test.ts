import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { fullStoryOf, statesOf } from '../explain/full-story.ts';
import { judge } from '../explain/judge.ts';
import { checkTrace } from '../trace/check/check-trace.ts';
import type { TraceVerdict } from '../trace/check/verdict.ts';
import { openFileSource } from '../trace/node-file.ts';
import { html } from './html.ts';
import { itf } from './itf.ts';
import { junit, traceJunit } from './junit.ts';
import { mermaid } from './mermaid.ts';
import { perfetto } from './perfetto.ts';
import { sarif, traceSarif } from './sarif.ts';
import { storiesJson } from './stories-json.ts';
import { type BookEntry, type StoryBook, storiesIn, type ToldEntry } from './story-book.ts';
import { itfSchema, sarifSchema } from './testing/closed-schemas.ts';
import { type Element, parseXml } from './testing/xml.ts';
import { traceHtml } from './trace-html.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
const published = JSON.parse(
  readFileSync(new URL('../../docs/schema/stories-1.json', import.meta.url), 'utf8'),
) as object;

/** Errors of a document against a schema; none if it is valid. */
function errors(schema: object, document: unknown): unknown[] {
  const validate = ajv.compile(schema);
  validate(document);
  return validate.errors ?? [];
}

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

describe('JSON', () => {
  test('is valid by the published schema, and a change is noticed', () => {
    const report = JSON.parse(storiesJson(book)) as { stories: Record<string, unknown>[] };
    expect(errors(published, report)).toEqual([]);
    delete report.stories[0]?.title;
    expect(errors(published, report)).toHaveLength(1);
    (report.stories[1] as Record<string, unknown>).property = 'bad luck';
    expect(errors(published, report)).toHaveLength(2);
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
    expect(errors(itfSchema, document)).toEqual([]);
    for (const state of document.states) {
      expect(Object.keys(state).sort()).toEqual(['#meta', ...document.vars].sort());
    }
    expect(document.states).toHaveLength(one.story.steps + 1);
  });

  test('a bare null would be caught', () => {
    expect(errors(itfSchema, { vars: ['x'], states: [{ x: null }] })).not.toEqual([]);
  });
});

describe('SARIF', () => {
  test('is valid, and what is not in the standard would be caught', () => {
    const log = JSON.parse(sarif(book)) as { runs: { results: Record<string, unknown>[] }[] };
    expect(errors(sarifSchema, log)).toEqual([]);
    const results = log.runs[0]?.results ?? [];
    expect(results.map((one) => one.level)).toEqual(told.map(() => 'note'));
    expect(JSON.stringify(results[1])).toContain('"uri":"my%20dir/mine.ts"');
    (results[0] as Record<string, unknown>).colour = 'red';
    expect(errors(sarifSchema, log)).toHaveLength(1);
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

  test('a violation of a real kernel names task, CPU, page and the missing flush', () => {
    const text = traceSarif('0.0.0', [trace]);
    expect(errors(sarifSchema, JSON.parse(text))).toEqual([]);
    const violation = trace.violations[0];
    expect(text).toContain(violation?.reused.task);
    expect(text).toContain(`CPU ${violation?.reused.cpu}`);
    expect(text).toContain(`0x${violation?.frame.toString(16)}`);
    expect(text).toContain(violation?.missing);
  });
});

/** Elements of a JUnit report as Jenkins' schema (junit-10) has them: attributes with `!` are required. */
const junitForm: Readonly<Record<string, { attributes: string; children: string }>> = {
  testsuites: { attributes: 'name time tests failures errors', children: 'testsuite' },
  testsuite: {
    attributes: 'name! tests! failures! errors! time skipped timestamp hostname id package',
    children: 'testsuite properties testcase system-out system-err',
  },
  testcase: {
    attributes: 'name! time classname group',
    children: 'skipped error failure system-out system-err',
  },
  failure: { attributes: 'type message', children: '' },
  error: { attributes: 'type message', children: '' },
  skipped: { attributes: 'type message', children: '' },
  'system-out': { attributes: '', children: '' },
};

function junitErrors(element: Element): string[] {
  const form = junitForm[element.name];
  if (form === undefined) return [`no element ${element.name}`];
  const known = form.attributes.split(' ').filter(Boolean);
  const given = Object.keys(element.attributes);
  return [
    ...given
      .filter((name) => !known.some((one) => one.replace('!', '') === name))
      .map((name) => `${element.name} has no ${name}`),
    ...known
      .filter((one) => one.endsWith('!') && !given.includes(one.slice(0, -1)))
      .map((one) => `${element.name} needs ${one}`),
    ...element.children
      .filter((child) => !form.children.split(' ').includes(child.name))
      .map((child) => `${child.name} in ${element.name}`),
    ...(form.children !== '' && element.text.trim() !== '' ? [`text in ${element.name}`] : []),
    ...element.children.flatMap(junitErrors),
  ];
}

describe('JUnit', () => {
  const kinds = (report: Element): (string | undefined)[] =>
    report.children.flatMap((suite) => suite.children.map((one) => one.children[0]?.name));

  test('follows the schema; a bound is skipped, a story that is expected is output', () => {
    const report = parseXml(junit(book));
    expect(junitErrors(report)).toEqual([]);
    expect(report.attributes).toMatchObject({ tests: '7', failures: '0', errors: '0' });
    expect(kinds(report).sort()).toEqual(
      [...told.map(() => 'system-out'), 'skipped', undefined].sort(),
    );
  });

  test('a surprise is a failure with the story, told as it is', () => {
    const report = parseXml(junit(surprise));
    const failure = report.children[0]?.children[0]?.children[0];
    expect(failure?.name).toBe('failure');
    expect(failure?.text).toContain('TLB: va -> frame 0 (v0)');
    expect(report.attributes.failures).toBe('1');
  });

  test('recordings', () => {
    const report = parseXml(traceJunit([trace]));
    expect(junitErrors(report)).toEqual([]);
    expect(kinds(report)).toEqual(['failure']);
  });

  test('the check finds what does not belong', () => {
    expect(junitErrors(parseXml('<testsuites skipped="1"><failure/></testsuites>'))).toHaveLength(
      2,
    );
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
