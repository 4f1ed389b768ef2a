import { expect, expectTypeOf, test } from 'vitest';
import { parseOptions } from './options.ts';

const table = {
  json: { type: 'flag', says: '' },
  quiet: { type: 'flag', short: 'q', says: '' },
  'max-states': { type: 'count', value: 'N', says: '' },
  out: { type: 'text', value: 'FILE', says: '' },
} as const;

test('values come with the types of the table', () => {
  const { values, positionals } = parseOptions(table, ['a', '-q', '--max-states=5', 'b'], 'x');
  expect(values).toEqual({ json: false, quiet: true, 'max-states': 5, out: undefined });
  expect(positionals).toEqual(['a', 'b']);
  expectTypeOf(values.json).toEqualTypeOf<boolean>();
  expectTypeOf(values['max-states']).toEqualTypeOf<number | undefined>();
  expectTypeOf(values.out).toEqualTypeOf<string | undefined>();
});

test('what follows -- is no option', () => {
  expect(parseOptions(table, ['--', '--json'], 'x').positionals).toEqual(['--json']);
});

test.each([
  [['--max-states', '1.5']],
  [['--max-states', '-1']],
  [['--max-states', '0']],
  [['--max-states', '']],
  [['--out']],
  [['--json=1']],
  [['--nope']],
  [['-x']],
])('%j is refused', (args) => {
  expect(() => parseOptions(table, args, 'x')).toThrow(/LUF|unknown|not a|needs|takes/);
});
