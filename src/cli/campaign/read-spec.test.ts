// Specifications: what fits, what does not and how that is told, and which cells come of them.

import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { cellName } from '../../campaign/cell.ts';
import type { CampaignSpec, CellGroup } from '../../campaign/spec.ts';
import { expand } from './expand.ts';
import { checkedSpec, readSpec } from './read-spec.ts';

const root = resolve(import.meta.dirname, '../../..');
const plain = { schema: 'lufcheck.campaign/1', name: 'x', cells: [{ kind: 'variants' }] };

test('the example fits, and has cells', async () => {
  const { spec, folder } = await readSpec(join(root, 'examples/campaign.json'));
  const cells = await expand(spec, folder);
  expect(new Set(cells.map(({ group }) => group))).toEqual(new Set([0, 1, 2]));
});

test.each([
  [{ ...plain, name: 'a b' }, 'x /name: must match pattern "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"'],
  [{ ...plain, schema: 'lufcheck.campaign/2' }, 'x /schema: must be "lufcheck.campaign/1"'],
  [{ ...plain, cells: [] }, 'x /cells: must NOT have fewer than 1 items'],
  [{ ...plain, sells: [] }, 'there is no "sells"'],
  [
    { ...plain, cells: [{ kind: 'table' }] },
    '/cells/0: "kind" is "table", and must be one of variants, matrix, pairs, mutants, random or traces',
  ],
  [
    { ...plain, cells: [{ kind: 'random', runs: 5 }] },
    "/cells/0: must have required property 'seeds'",
  ],
  [{ ...plain, cells: [{ kind: 'variants', worlds: [{ frame: 3 }] }] }, 'there is no "frame"'],
  [{ ...plain, bounds: { from: 0 } }, '/bounds/from: must be >= 1'],
  [
    { ...plain, bounds: { from: 9, to: 8 } },
    '/bounds: looks begin with more states than they end with',
  ],
  [[], 'must be object'],
])('%j is told: %s', (given, said) => {
  let problem: unknown;
  try {
    checkedSpec(given, 'x');
  } catch (error) {
    problem = error;
  }
  expect(problem).toBeInstanceOf(Problem);
  const { code, where, message } = problem as Problem;
  expect(code).toBe('LUF-E501');
  expect(`${where}: ${message}`.replace(/^x: \//, 'x /')).toContain(said);
});

function specOf(...cells: CellGroup[]): CampaignSpec {
  return { schema: 'lufcheck.campaign/1', name: 'x', cells };
}

async function namesOf(...cells: CellGroup[]): Promise<string[]> {
  return (await expand(specOf(...cells), root)).map(({ cell }) => cellName(cell));
}

test('each kind of group has its cells, each once', async () => {
  const scenarios = ['LUF-buddy:broken'];
  const one: CellGroup = { kind: 'variants', scenarios, worlds: [{ frames: 3 }] };
  expect(await namesOf(one, one)).toEqual(['LUF-buddy:broken', 'LUF-buddy:broken frames=3']);
  expect(
    await namesOf({
      kind: 'matrix',
      scenarios,
      designs: ['luf-v11'],
      without: ['prep_new_page', 'file_end_write'],
    }),
  ).toEqual([
    'LUF-buddy:broken luf-v11',
    expect.stringMatching(/^LUF-buddy:broken luf-v11 -/),
    expect.stringMatching(/^LUF-buddy:broken luf-v11 -/),
  ]);
  const pairs = await namesOf({
    kind: 'pairs',
    designs: ['luf-v12'],
    pairs: ['file:munmap/write'],
  });
  expect(pairs).toEqual(['file:munmap/write luf-v12']);
  const mutants = await namesOf({
    kind: 'mutants',
    scenarios: ['LUF-buddy:strict'],
    paths: ['munmap', 'shrink_folio_list'],
  });
  expect(mutants.length).toBeGreaterThan(3);
  expect(new Set(mutants).size).toBe(mutants.length);
});

test('what is not there is told', async () => {
  const codeOf = async (group: CellGroup): Promise<string> => {
    const error = await expand(specOf(group), root).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error instanceof Problem ? error.code : String(error);
  };
  expect(await codeOf({ kind: 'variants', scenarios: ['none'] })).toBe('LUF-E102');
  expect(await codeOf({ kind: 'matrix', designs: ['none'] })).toBe('LUF-E102');
  expect(await codeOf({ kind: 'traces', files: ['none.dat'] })).toBe('LUF-E201');
  expect(await codeOf({ kind: 'pairs', pairs: ['none'] })).toBe('LUF-E501');
});
