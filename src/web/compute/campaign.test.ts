import { expect, test } from 'vitest';
import type { CampaignCell } from '../../campaign/store.ts';
import { scenarios } from '../../catalogue/all.ts';
import { judge } from '../../explain/judge.ts';
import { readStoryAddress, storyAddress } from '../../explain/story-address.ts';
import { readCampaignFile } from './campaign-file.ts';
import {
  type CampaignHead,
  type CampaignNews,
  cellLine,
  countsByShelf,
  followed,
  linesThatPass,
} from './campaign-model.ts';
import { storyView } from './story-view.ts';
import { subjectNamed } from './subject.ts';
import { replayLine, subjectNameOf } from './subject-name.ts';

const known = { key: 'k', subject: 's', bounds: { states: 2000 } };
const violated = {
  ...{ verdict: 'violated', what: 'leak', steps: 15, states: 308, rules: [] },
  ...{ schedule: 'H1S0-9S2=1--S1', story: 'b1' },
};
const lines = [
  { schema: 'lufcheck.campaign-results/1', campaign: 'mini' },
  {
    cell: { kind: 'model', of: 'variant', name: 'LUF-buddy:v12', expect: 'holds' },
    ...{ ...known, outcome: { verdict: 'holds', states: 10, depth: 3 }, seconds: 2, deaths: [] },
  },
  {
    cell: {
      ...{ kind: 'model', of: 'situation', name: 'LUF-buddy:broken', design: 'mainline' },
      without: ['try_to_unmap_flush'],
    },
    ...{ ...known, outcome: violated },
  },
  { blob: 'b1', text: '{"title":"a leak"}' },
  {
    cell: { kind: 'model', of: 'variant', name: 'a.ts:mine:broken', expect: 'holds' },
    ...{ ...known, outcome: violated },
  },
  { cell: { kind: 'trace', file: 'a.dat' }, aside: 'it took too much memory' },
  { cell: { kind: 'model', of: 'variant', name: 'LUF-buddy:strict' } },
];
const exported = (values: readonly unknown[]): string =>
  values.map((one) => `${JSON.stringify(one)}\n`).join('');
const opened = readCampaignFile('a.jsonl', exported(lines));

test('an export has its cells, and its stories where it was asked for them', () => {
  expect(opened.id).toBe('mini');
  expect(opened.cells).toHaveLength(5);
  expect(opened.blobs.get('b1')).toContain('a leak');
});

test('what `campaign show --json` prints is read, too', () => {
  const text = JSON.stringify(
    { schema: 'lufcheck.campaign-cells/1', campaign: 'mini', cells: lines.slice(1, 3) },
    null,
    2,
  );
  expect(readCampaignFile('a.json', text).cells).toEqual(opened.cells.slice(0, 2));
});

test.each([
  ['no JSON at all', 'hello', 'LUF-E202', 'is not an export'],
  ['another file of ours', '{"schema":"lufcheck.matrix/1"}', 'LUF-E202', 'is lufcheck.matrix/1'],
  ['a database', '0a1b2c3d 1 {"schema":"lufcheck.campaigns/1"}\n', 'LUF-E202', 'is a database'],
  ['no cell', exported([lines[0], {}]), 'LUF-E203', 'line 2: cell'],
  ['a cut line', `${exported(lines.slice(0, 2))}{"cell":`, 'LUF-E203', 'line 3: cell'],
  [
    'an unheard-of verdict',
    exported([lines[0], { ...lines[1], outcome: { verdict: 'constructor' } }]),
    ...['LUF-E203', 'line 2: outcome.verdict'],
  ],
  [
    'a verdict without its bound',
    exported([lines[0], { ...lines[1], outcome: { verdict: 'bounded', states: 3 } }]),
    ...['LUF-E203', 'line 2: outcome.bound'],
  ],
])('%s is refused', (_, text, code, message) => {
  expect(() => readCampaignFile('a', text as string)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message as string) }),
  );
});

test('a cell in a line: its verdict, to what bound, and what was expected instead', () => {
  const [holds, broken, own, aside, open] = opened.cells.map(cellLine);
  expect(holds).toMatchObject({ word: 'holds', about: '10 states, depth 3', shelf: 'holds' });
  expect(broken).toMatchObject({ word: 'leak', about: 'leak after 15 steps', shelf: 'violated' });
  expect(broken?.expected).toBeUndefined();
  expect(own).toMatchObject({ expected: 'holds', story: 'b1' });
  expect(own?.address).toBeUndefined();
  expect(aside).toMatchObject({ word: 'set aside', shelf: 'no answer' });
  expect(open).toMatchObject({ word: 'open', shelf: 'open' });
});

test('cells are counted and filtered', () => {
  const all = opened.cells.map(cellLine);
  expect(Object.fromEntries(countsByShelf(all))).toEqual({
    ...{ holds: 1, violated: 2, 'no answer': 1, open: 1 },
  });
  const pass = (words: string, shelf: string): number =>
    linesThatPass(all, { words, shelf, group: '' }).length;
  expect([pass('', ''), pass('luf-buddy', ''), pass('', 'unexpected')]).toEqual([5, 3, 1]);
  expect(pass('leak mainline', 'violated')).toBe(1);
  expect(linesThatPass(all, { words: '', shelf: '', group: 'recordings' })).toHaveLength(1);
});

test('news: everything, then what has changed; changes of nothing are none', () => {
  const head = { id: 'mini', stateText: 'running' } as CampaignHead;
  const [one, two] = opened.cells as [CampaignCell, CampaignCell];
  const change: CampaignNews = { is: 'changes', head, cells: [[0, two]] };
  expect(followed(undefined, change)).toBeUndefined();
  const first = followed(undefined, { is: 'all', head, cells: [one, one] });
  expect(followed(first, change)?.cells).toEqual([two, one]);
  expect(first?.cells).toEqual([one, one]);
});

/** Each kind of cell, as its story is opened in a page. */
const asked = [
  { of: 'situation', variant: 'LUF-buddy:broken', design: 'luf-v11', without: 'prep_new_page' },
  { of: 'variant', variant: 'LUF-buddy:broken', world: 'frames:4' },
  {
    ...{ of: 'variant', variant: 'LUF-buddy:v12-zeroing' },
    ...{ unit: 'free_unref_folios@LUF-v12-patches-11', slip: 'try_to_unmap_flush/no-flush' },
  },
  {
    of: 'situation',
    variant: 'LUF-buddy:broken',
    design: 'mainline',
    without: 'try_to_unmap_flush',
  },
] as const;

test.each(asked)('a story of $of $variant opens by its address', (name) => {
  const { scenario, variant } = subjectNamed(scenarios, name);
  const { violation } = judge(scenario, variant, { bounds: { maxStates: 20_000 } });
  const schedule = violation?.schedule ?? '';
  const read = readStoryAddress(storyAddress({ ...name, schedule }));
  expect(read).toEqual({ ...name, schedule });
  if (read === undefined) return;
  const view = storyView(subjectNamed(scenarios, subjectNameOf(read)), read.schedule);
  expect(view.ending).toBe('violated');
  expect(replayLine(subjectNameOf(read), schedule)).toBeUndefined();
});

test('one flush point is taken away, not all that begin with its name', () => {
  const less = (of?: string): readonly string[] =>
    subjectNamed(scenarios, {
      ...{ variant: 'LUF-buddy:broken', design: 'mainline', without: 'try_to_unmap_flush' },
      ...(of === undefined ? {} : { of }),
    }).variant.design.without ?? [];
  expect(less('situation')).toEqual(['try_to_unmap_flush']);
  expect(less()).toEqual(['try_to_unmap_flush']);
});

test.each([
  [{ of: 'nonsense' }, 'LUF-E103'],
  [{ of: 'variant', world: 'frames' }, 'LUF-E103'],
  [{ of: 'variant', without: 'constructor' }, 'LUF-E102'],
  [{ of: 'pair', design: 'luf-v12' }, 'LUF-E102'],
])('an address that asks for nothing is refused: %j', (name, code) => {
  expect(() => subjectNamed(scenarios, { variant: 'LUF-buddy:broken', ...name })).toThrow(
    expect.objectContaining({ code }),
  );
});

test('a line for the terminal has the options that made the question', () => {
  expect(replayLine({ variant: 'a:b', design: 'luf-v12', without: 'p' }, 'H1')).toBe(
    'a:b --design luf-v12 --without p H1',
  );
});
