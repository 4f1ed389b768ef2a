import { expect, test } from 'vitest';
import { junitErrors } from '../../test/schemas/published.ts';
import type { Cell, ModelCell } from '../campaign/cell.ts';
import { Memory } from '../campaign/memory.ts';
import type { Outcome } from '../campaign/result.ts';
import type { CampaignRecord } from '../campaign/store.ts';
import { comparisonJson, comparisonOf, comparisonPaper, isWorse } from './campaign-compare.ts';
import { campaignJunit } from './campaign-junit.ts';
import { campaignReport } from './campaign-report.ts';
import { plainLook } from './look.ts';
import { paperHtml, paperMarkdown, paperText } from './paper.ts';
import { parseXml } from './testing/xml.ts';

const begun = '2026-11-23T09:00:00.000Z';

function model(name: string, more: Partial<ModelCell> = {}): ModelCell {
  return { kind: 'model', of: 'variant', name, ...more };
}
const holds: Outcome = { verdict: 'holds', states: 1000, depth: 30 };
const violated: Outcome = {
  verdict: 'violated',
  what: 'stale-read',
  steps: 20,
  states: 300,
  rules: [],
  schedule: '0 1',
  story: 'none',
};
function bounded(states: number): Outcome {
  return { verdict: 'bounded', bound: `${states} states`, states, depth: 12 };
}

type Known = readonly [cell: Cell, outcome?: Outcome | 'aside', seconds?: number];

/** A database with one campaign, or what it would be with these cells. */
function campaignOf(
  id: string,
  known: readonly Known[],
): { store: Memory; campaign: CampaignRecord } {
  const store = new Memory();
  const spec = {
    schema: 'lufcheck.campaign/1',
    name: id,
    cells: [{ kind: 'variants' }],
    bounds: { from: 4000, to: 32_000 },
  } as const;
  store.apply({ is: 'campaign', id, spec, folder: '/', program: 'abcdef0123456789', begun });
  store.apply({ is: 'cells', id, from: 0, cells: known.map(([cell]) => ({ cell, group: 0 })) });
  store.apply({ is: 'listed', id, cells: known.length });
  known.forEach(([, outcome, seconds = 1], n) => {
    if (outcome === undefined) return;
    if (outcome === 'aside') {
      store.apply({ is: 'aside', id, n, why: '3 workers died of it: it was <killed>' });
      return;
    }
    const states = outcome.verdict === 'bounded' ? outcome.states : 4000;
    const result = { key: `${id}${n}`, subject: `${n}`, bounds: { states }, outcome };
    store.apply({ is: 'result', id, n, result, cost: { seconds, memory: 1, worker: 'local' } });
  });
  store.apply({ is: 'state', id, state: 'spent', since: begun });
  const campaign = store.campaign(id);
  if (campaign === undefined) throw new Error('no campaign');
  return { store, campaign };
}

const before: readonly Known[] = [
  [model('a:broken', { expect: 'stale-read' }), violated],
  [model('a:fine', { expect: 'holds' }), holds, 2],
  [model('b:large', { expect: 'holds' }), bounded(4000)],
  [model('b:larger', { expect: 'holds' }), bounded(32_000), 9],
  [model('c:x', { of: 'situation', design: 'luf-v12' }), violated],
  [model('c:y', { of: 'situation', design: 'luf-v12' }), 'aside'],
  [model('c:z', { of: 'situation', design: 'luf-v12' })],
];
const after: readonly Known[] = [
  [model('a:broken', { expect: 'stale-read' }), violated],
  [model('a:fine', { expect: 'holds' }), violated],
  [model('b:large', { expect: 'holds' }), bounded(32_000)],
  [model('b:larger', { expect: 'holds' }), bounded(32_000), 30],
  [model('c:x', { of: 'situation', design: 'luf-v12' }), holds],
  [model('c:w', { of: 'situation', design: 'luf-v12' }), holds],
];

function paperOf(known: readonly Known[]): ReturnType<typeof campaignReport> {
  return campaignReport({ ...campaignOf('mine', known), isWritten: false, workers: 2 });
}

test('as text: to what bound everything holds, what goes wrong, what the next hour would buy', () => {
  expect(paperText(paperOf(before), plainLook).join('\n')).toMatchInlineSnapshot(`
    "Campaign mine: stopped: its budget is spent
    Begun 2026-11-23T09:00:00.000Z, last change 2026-11-23T09:00:00.000Z; lufcheck
    abcdef01; 14 s of work.
    4 of 7 cells looked at as far as was asked.

               cells  holds  violated  so far not  aside  open  nothing else wrong up to
    catalogue      4      1         1           2      0     0  4,000 states, depth 12
    luf-v12        3      0         1           0      1     1  of some nothing is known
    all            7      1         2           2      1     1  4,000 states, depth 12; of some nothing is known

    2 answers as the catalogue expects, none otherwise.

    The next hour with 2 workers: 2 looks; 1 cell looked at for the first time, 1
    explored to the end, the least that any open cell is looked at from 0 to 32,000
    states. All that is asked: 4.5 s. A forecast from 5 results.

    Violated (2)
      a:broken: stale-read after 20 steps, as expected
      c:x luf-v12: stale-read after 20 steps

    Set aside (1)
      c:y luf-v12: 3 workers died of it: it was <killed>

    Least known (2)
      b:large: nothing wrong in 4,000 states, depth 12 (4000 states)
      b:larger: nothing wrong in 32,000 states, depth 12 (32000 states)

    Longest at work (5)
      b:larger: 9.0 s
      a:fine: 2.0 s
      a:broken: 1.0 s
      b:large: 1.0 s
      c:x luf-v12: 1.0 s"
  `);
});

test('beside what is violated, the rest holds up to every interleaving', () => {
  const known: Known[] = [
    [model('a:broken', { expect: 'stale-read' }), violated],
    [model('a:fine', { expect: 'holds' }), holds],
  ];
  expect(paperOf(known).table?.rows[0]).toEqual(['catalogue', '2', '1', '1', 'every interleaving']);
  expect(paperOf(known.slice(0, 1)).table?.rows[0]?.at(-1)).toBe('');
});

test('what contradicts the catalogue comes first', () => {
  const { bad, sections } = paperOf(after);
  expect(bad).toBe(true);
  expect(sections[0]).toEqual({
    title: 'Otherwise than the catalogue expects',
    rows: [{ name: 'a:fine', text: 'expected holds, found violated: stale-read after 20 steps' }],
  });
  expect(paperOf(before).bad).toBe(false);
});

test('as Markdown: a table that stays one', () => {
  const text = paperMarkdown({
    ...paperOf(before),
    table: { heads: ['', 'a|b'], rows: [['x|y', '<b>']] },
  });
  expect(text).toContain('|  | a\\|b |\n| --- | --- |\n| x\\|y | \\<b\\> |\n');
  expect(text).toContain(
    '## Set aside (1)\n\n- `c:y luf-v12`: 3 workers died of it: it was \\<killed\\>\n',
  );
});

test('as one page that asks nothing of anybody', () => {
  const page = paperHtml(paperOf(before), '0.1.0');
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(page).not.toMatch(/<script|src=|https?:/);
  expect(page).toContain('it was &lt;killed&gt;');
  expect(page).toContain('<h2>Violated (2)</h2>');
});

test('as JUnit: what is not known never passes', async () => {
  const { store, campaign } = campaignOf('mine', before);
  const text = campaignJunit(campaign, store);
  expect(await junitErrors(text)).toEqual([]);
  const cases = parseXml(text).children.flatMap(({ children }) =>
    children.map((one) => [one.attributes.name, one.children[0]?.name]),
  );
  expect(cases).toEqual([
    ['a:broken', 'system-out'],
    ['a:fine', 'system-out'],
    ['b:large', 'skipped'],
    ['b:larger', 'skipped'],
    ['c:x luf-v12', 'failure'],
    ['c:y luf-v12', 'error'],
    ['c:z luf-v12', 'skipped'],
  ]);
  const worse = campaignOf('mine', after);
  const failures = campaignJunit(worse.campaign, worse.store);
  expect(parseXml(failures).attributes).toMatchObject({ tests: '6', failures: '1' });
  expect(failures).toContain('expected holds, found stale-read after 20 steps');
});

test('two campaigns: newly violated, newly holding, deeper, slower', () => {
  const [first, second] = [campaignOf('v1', before).campaign, campaignOf('v2', after).campaign];
  const compared = comparisonOf(first, second);
  expect(compared.differences.map(({ name, change }) => `${name}: ${change}`)).toEqual([
    'a:fine: newly violated',
    'b:large: deeper',
    'b:larger: slower',
    'c:x luf-v12: newly holding',
    'c:w luf-v12: only in the second',
    'c:y luf-v12: only in the first',
    'c:z luf-v12: only in the first',
  ]);
  expect(isWorse(compared)).toBe(true);
  const back = comparisonOf(second, first);
  expect(isWorse(back)).toBe(true);
  expect(back.differences.map(({ change }) => change)).toContain('less deep');
  expect(comparisonOf(first, first).differences).toEqual([]);
  expect(comparisonJson(compared)).toMatchObject({ first: 'v1', second: 'v2' });
  expect(paperText(comparisonPaper(compared), plainLook).join('\n')).toMatchInlineSnapshot(`
    "v2 against v1: 7 differences
    First: v1, begun 2026-11-23T09:00:00.000Z, lufcheck abcdef01, 7 cells.
    Second: v2, begun 2026-11-23T09:00:00.000Z, lufcheck abcdef01, 6 cells.
    1 of 5 cells that both have are as they were.

    Newly violated (1)
      a:fine: holds (1,000 states, depth 30) before; violated (stale-read after 20
        steps) after

    Newly holding (1)
      c:x luf-v12: violated (stale-read after 20 steps) before; holds (1,000 states,
        depth 30) after

    Deeper (1)
      b:large: bounded (nothing wrong in 4,000 states, depth 12 (4000 states))
        before; bounded (nothing wrong in 32,000 states, depth 12 (32000 states))
        after

    Slower (1)
      b:larger: 9.0 s before, 30 s after

    Only in the first (2)
      c:y luf-v12: set aside
      c:z luf-v12: not looked at

    Only in the second (1)
      c:w luf-v12: holds (1,000 states, depth 30)"
  `);
});
