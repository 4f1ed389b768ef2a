import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lufcheck } from './run-program.ts';

const root = resolve(import.meta.dirname, '..');
const BROKEN = 'LUF-buddy:broken';
const LINE = `${BROKEN} H1S0-15S2=1--S1`;

describe('replay', () => {
  test('tells the story that the line is from, as a check does', async () => {
    const checked = await lufcheck(['check', BROKEN]);
    expect(checked.out).toContain(`replay '${LINE}'`);
    const { code, out, err } = await lufcheck(['replay', LINE]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const told = checked.out.slice(checked.out.indexOf('VIOLATED'));
    expect(out).toBe(told.replace('shortest · 503 states', 'as replayed'));
  });

  test('a line that does not replay is refused with the place', async () => {
    const { code, out, err } = await lufcheck(['replay', LINE.replace('-15', '-16')]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe(
      'LUF-E111 step 18, -16: kswapd on CPU 0 cannot go on here\n  hint: those who can: S1, S2 and H1\n',
    );
  });

  test.each([
    [['replay'], 'names no variant'],
    [['replay', BROKEN], 'there is no schedule'],
    [['replay', 'LUF-buddy S0'], 'names 17 variants'],
    [['replay', `${BROKEN} --cut cpu S0`], 'this part is not there, or is in use'],
  ])('%s', async (args, sentence) => {
    const { code, err } = await lufcheck(args);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });
});

test('a story as a test: it passes, and fails where the kernel is another one', async () => {
  const { out } = await lufcheck([
    'check',
    'LUF-buddy:repaired',
    '--without',
    'prep_new_page',
    '--as-test',
  ]);
  // The package finds itself by its name from within.
  const folder = mkdtempSync(join(root, 'dist/pasted-'));
  const run = (text: string): string => {
    const file = join(folder, 'pasted.test.mjs');
    writeFileSync(file, text);
    return execFileSync(process.execPath, [file], { encoding: 'utf8' });
  };
  try {
    expect(run(out)).toMatch(/^# fail 0$/m);
    expect(() => run(out.replaceAll("without: ['prep_new_page']", 'without: []'))).toThrow();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('diff: two kernels along one counterexample', async () => {
  const { code, out, err } = await lufcheck(['diff', BROKEN, ':repaired']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = out.split('\n');
  expect(lines.filter((line) => line.startsWith('►'))).toHaveLength(1);
  expect(lines.find((line) => line.startsWith('≠'))).toContain('flush CPU 1');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  const other = await lufcheck(['diff', BROKEN, 'LUF-write2:broken']);
  expect(other.err).toContain('are two scenarios');
});

describe('check', () => {
  test.each(['json', 'itf', 'sarif', 'junit', 'perfetto', 'mermaid', 'html'])(
    '--format %s is nothing but the document',
    async (format) => {
      const { code, out, err } = await lufcheck(['check', BROKEN, '--format', format]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/^(\{|<\?xml|<!doctype html>|---\n)/);
    },
  );

  test('what cannot be one story, or is no format, is refused', async () => {
    const none = await lufcheck(['check', 'LUF-buddy:repaired', '--format', 'itf']);
    expect(none.err).toContain('itf shows stories, and here is none');
    const table = ['check', 'LUF-buddy', '--matrix', '--design', 'immediate', '--format'];
    expect((await lufcheck([...table, 'junit'])).err).toContain('nothing is expected of the cells');
    expect((await lufcheck([...table, 'itf'])).err).toContain('have no steps');
    const page = await lufcheck([...table, 'html']);
    expect(page.out).toContain('<th scope="row">LUF-buddy');
    const word = await lufcheck(['check', BROKEN, '--format', 'word']);
    expect(word.err).toContain('--format word is not a format');
    const both = await lufcheck(['check', BROKEN, '--format', 'json', '--json']);
    expect(both.err).toContain('--json and --format do not go together');
  });

  test('random runs have formats too', async () => {
    const random = ['check', BROKEN, '--random', '2000', '--format'];
    const log = JSON.parse((await lufcheck([...random, 'sarif'])).out) as {
      runs: { results: { properties: { replay: string } }[] }[];
    };
    const line = log.runs[0]?.results[0]?.properties.replay ?? '';
    expect((await lufcheck(['replay', line])).code).toBe(0);
    const full = await lufcheck(['check', BROKEN, '--random', '2000', '--full']);
    expect(full.out).toContain('pte.frame[0,0]: 0 -> none');
  });

  test('--full adds every step with what it changed', async () => {
    const { out } = await lufcheck(['check', BROKEN, '--full']);
    expect(out).toContain('pte.frame[0,0]: 0 -> none');
    expect(out).toMatch(/^ {2}21 ✗ CPU1 reader/m);
  });

  test('what is alike is told once', async () => {
    const { out } = await lufcheck(['check', 'LUF-write2', '--stories']);
    expect(out.match(/^VIOLATED/gm)).toHaveLength(5);
    expect(out).toContain('Alike: LUF-write2:v10\n');
  });

  test('--shrink says what can go, and the line replays without it', async () => {
    const { out, err } = await lufcheck(['check', BROKEN, '--shrink']);
    expect(err).toContain('goes wrong without frame');
    const [, line = ''] = /replay '(.*)'/.exec(out) ?? [];
    expect(line).toContain('--cut frame');
    expect((await lufcheck(['replay', line])).code).toBe(0);
  });
});

test('recordings as SARIF, and as JUnit beside a file that cannot be read', async () => {
  const file = 'fixtures/traces/noflush.dat';
  const sarif = await lufcheck(['trace', file, '--format', 'sarif']);
  expect(JSON.parse(sarif.out)).toMatchObject({ version: '2.1.0' });
  expect(sarif.code).toBe(1);
  const junit = await lufcheck(['trace', file, 'no-such-file', '--format', 'junit']);
  expect(junit.out).toContain('failures="1" errors="1"');
  expect(junit.code).toBe(2);
});
