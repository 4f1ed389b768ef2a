import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scenarios } from '../../catalogue/all.ts';
import { boardIndex } from './board-index.ts';
import { addressOfCommand, designRows, type MatrixData, passes, pointRows } from './board-model.ts';
import { packText, unpackText } from './packed-text.ts';
import { scenariosIn } from './user-source.ts';

const index = boardIndex(scenarios);
const data = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../public/data/${name}`, import.meta.url), 'utf8'));

test('what came with the pages is of this catalogue: `npm run site-data` makes it anew', () => {
  const rows = designRows(index, data('matrix.json') as MatrixData);
  const missing = rows.filter(({ cells }) => cells.includes(undefined));
  // A scenario that is newer than the data shows as not computed; most must not.
  expect(missing.length).toBeLessThan(rows.length / 5);
  const without = designRows(index, undefined);
  expect(without.every(({ cells }) => cells.every((cell) => cell === undefined))).toBe(true);
});

test('bounded is not holds, and unknown is neither', () => {
  const matrix = {
    schema: 'lufcheck.matrix/1',
    bounds: { maxStates: 9 },
    designs: ['mainline', 'luf-v11'],
    rows: [
      {
        situation: 'LUF-buddy:broken',
        variants: ['broken'],
        cells: [{ kind: 'bounded', bound: '9 states', states: 9 }, { kind: 'error' }],
      },
    ],
  };
  const row = designRows(index, matrix).find(({ name }) => name === 'LUF-buddy:broken');
  expect(row?.cells.filter((cell) => cell !== undefined).map(({ kind }) => kind)).toEqual([
    'bounded',
    'none',
  ]);
});

test('a flush point protects what goes wrong without it; the worst question of a scenario counts', () => {
  const answer = {
    ...({
      design: 'luf-v11',
      kind: 'removed',
      removed: 'prep_new_page',
      states: 5,
      wrong: [],
    } as const),
    command: ['check', 'LUF-buddy:broken', '--without', 'prep_new_page'],
  };
  const rows = pointRows(index, 'luf-v11', [
    { ...answer, name: 'LUF-buddy:a', truth: 'holds' },
    { ...answer, name: 'LUF-buddy:b', truth: 'breaks', wrong: [{ what: 'leak', steps: 9 }] },
    { ...answer, name: 'LUF-write2:a', truth: 'bounded' },
  ]);
  const row = rows.find(({ point }) => point === 'prep_new_page');
  expect(row).toMatchObject({ broken: 1, asked: 2 });
  expect(row?.cells.get('LUF-buddy')?.about).toBe('without it: leak after 9 steps');
  expect(row?.cells.get('LUF-write2')?.kind).toBe('bounded');
  expect(addressOfCommand(answer.command)).toEqual({
    ...{ variant: 'LUF-buddy:broken', schedule: '', without: 'prep_new_page' },
  });
});

test('filters go by words and by verdict', () => {
  const cells = [{ kind: 'holds', text: '', about: '' } as const];
  expect(passes({ words: 'Swap v12', kind: '' }, 'v12 of swap', [])).toBe(true);
  expect(passes({ words: 'swap', kind: 'violated' }, 'swap', cells)).toBe(false);
});

test('a text in an address comes back, and what is none is refused', async () => {
  const text = readFileSync(
    new URL('../../../examples/uprobes-ten-ways.ts', import.meta.url),
    'utf8',
  );
  expect(await unpackText(await packText(text))).toBe(text);
  expect(await unpackText('%%%')).toBeUndefined();
  expect(await unpackText('AAAA')).toBeUndefined();
});

test('scenarios of a text; what is wrong with one is said with its line', () => {
  const text = readFileSync(new URL('../../../examples/hasty-munmap.ts', import.meta.url), 'utf8');
  expect(scenariosIn(text).map(({ id }) => id)).toEqual(['hasty-munmap']);
  const lines = text.split('\n');
  expect(() => scenariosIn('const a: = 3;')).toThrow(
    expect.objectContaining({
      code: 'LUF-E001',
      where: expect.stringMatching(/^workbench\.ts:1:/),
    }),
  );
  const thrower = [...lines, "throw new Error('here');"].join('\n');
  expect(() => scenariosIn(thrower)).toThrow(
    expect.objectContaining({ where: `workbench.ts:${lines.length + 1}` }),
  );
  expect(() => scenariosIn("import { x } from 'node:fs'; export const y = x;")).toThrow(
    'cannot be imported',
  );
  expect(() => scenariosIn('export const a = 1;')).toThrow('exports no scenario');
});
