// Several questions at a time: the same answers in the same order, whoever gives them; one that kills
// its thread costs itself; Ctrl-C is heard at once.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lufcheck } from './run-program.ts';

const example = resolve(import.meta.dirname, '../examples/hasty-munmap.ts');

/** The example's variants, of which some have a thread with other code. */
function fileWith(others: Readonly<Record<string, string>>): string {
  const file = join(mkdtempSync(join(tmpdir(), 'lufcheck-')), 'mine.ts');
  writeFileSync(
    file,
    `import { type Scenario, thread } from 'lufcheck';
import { hasty } from ${JSON.stringify(example)};
const others: Record<string, () => never> = {
  ${Object.entries(others)
    .map(([variant, code]) => `'${variant}': () => { ${code} },`)
    .join('\n  ')}
};
export const mine: Scenario = {
  ...hasty,
  variants: hasty.variants.map((one) =>
    others[one.id] === undefined ? one : { ...one, threads: [thread('odd', 0, others[one.id])] },
  ),
};
`,
  );
  return file;
}

test('one job, two and three say the same, and so does the program without threads', async () => {
  // With a user's file among them, all questions go to threads; without, the first ones do not.
  const some = ['LUF-buddy:broken', 'LUF-buddy:mainline', 'LUF-write2:broken'];
  const args = ['check', ...some, example, '--json', '--jobs'];
  const [one, ...others] = await Promise.all(['1', '2', '3'].map((n) => lufcheck([...args, n])));
  expect(one?.code).toBe(0);
  for (const other of others) expect(other).toEqual(one);
  const alone = await lufcheck(['check', ...some, '--json']);
  const all = (text: string): unknown[] => (JSON.parse(text) as { scenarios: unknown[] }).scenarios;
  expect(all(one?.out ?? '').slice(0, -3)).toEqual(all(alone.out));
});

describe('a question that kills its thread', () => {
  const file = fileWith({ 'luf-v11': 'process.exit(9);' });
  test('is an error with a reason and a hint; the others are judged; exit 70', async () => {
    const { code, out, err } = await lufcheck(['check', file]);
    expect({ code, err }).toEqual({ code: 70, err: '' });
    expect(out).toMatch(/ok mainline .*\n {2}!! luf-v11 +error\n(.*\n)* {2}ok luf-v12 /);
    expect(out).toContain(
      'LUF-E301 hasty-munmap:luf-v11: its thread ended by itself (exit code 9)',
    );
    expect(out).toContain('hint: the code of a scenario must not end the process');
    expect(out).toContain('3 variants: 2 violated and 1 without an answer; the rest as expected.');
  });
  test('is so in a table and in JSON too', async () => {
    const { code, out } = await lufcheck([
      'check',
      file,
      '--matrix',
      '--design',
      'luf-v11',
      '--json',
    ]);
    expect(code).toBe(70);
    const { rows } = JSON.parse(out) as { rows: { cells: { kind: string }[] }[] };
    // Its own threads make it a situation of its own: nothing is known of that one, all of the other.
    const kinds = rows.map(({ cells }) => new Set(cells.map((cell) => cell.kind)));
    expect(kinds[0]).not.toContain('error');
    expect([...(kinds[1] ?? [])]).toEqual(['error']);
  });
});

test('a wrong model among others is an error, exit 2; alone it is all there is to say', async () => {
  const file = fileWith({ 'luf-v11': "throw new TypeError('not a function');" });
  const { code, out } = await lufcheck(['check', file, '--json', '--jobs', '1']);
  expect(code).toBe(2);
  const verdicts = JSON.parse(out) as { scenarios: { verdict: string; error?: object }[] };
  expect(verdicts.scenarios.map((one) => one.verdict)).toEqual(['violated', 'error', 'violated']);
  expect(verdicts.scenarios[1]?.error).toMatchObject({
    code: 'LUF-E001',
    where: expect.stringMatching(/mine\.ts:4/),
  });
  const alone = await lufcheck(['check', `${file}:hasty-munmap:luf-v11`]);
  expect(alone).toMatchObject({ code: 2, out: '' });
  expect(alone.err).toMatch(/^LUF-E001 mine\.ts:4: not a function\n/);
});

test('a file that is no TypeScript is told with its line, also where another one imports it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lufcheck-'));
  writeFileSync(join(folder, 'bad.ts'), 'export const fine = 1;\nexport const x = {;\n');
  writeFileSync(join(folder, 'imports.ts'), "import { x } from './bad.ts';\nexport const y = x;\n");
  for (const file of ['bad.ts', 'imports.ts']) {
    const { code, out, err } = await lufcheck(['check', join(folder, file)]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^LUF-E001 bad\.ts:2: Unexpected token/);
  }
});

describe('Ctrl-C', () => {
  test.each([
    [['check'], /\d+\s+not\s+reached/],
    [['check', '--matrix'], /Stopped: [\d,]+ of [\d,]+ cells judged\./],
    [['check', '--pairs'], /Stopped: [\d,]+ of [\d,]+ cells judged\./],
  ])('%j: what was judged, and how far the others got; exit 3', async (args, says) => {
    const { code, out, err, seconds } = await lufcheck(args, { interrupt: 3000 });
    expect({ code, err }).toEqual({ code: 3, err: '' });
    expect(out).toMatch(says);
    expect(out).not.toContain('NOT as expected');
    // Under a second on a machine with nothing else to do.
    expect(seconds).toBeLessThan(5);
  });

  test('is heard though a thread does not listen', async () => {
    const file = fileWith({ mainline: 'for (;;);' });
    const { code, out, seconds } = await lufcheck(['check', file], { interrupt: 3000 });
    expect(code).toBe(3);
    expect(out).toMatch(/\?\? mainline +bounded .*\n {5}stopped: interrupted\n/);
    expect(seconds).toBeLessThan(5);
  });
});
