import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import { lufcheck } from './run-program.ts';

describe('usage', () => {
  test('without arguments: the help, as a usage error', async () => {
    const { code, out, err } = await lufcheck([]);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^lufcheck {2}finds what goes wrong/);
  });

  test.each([
    ['--help'],
    ['check', '--help'],
    ['list', '-h'],
    ['tour', '--help'],
    ['help', 'check'],
  ])('help fits one screen: %s %s', async (...args) => {
    const { code, out, err } = await lufcheck(args.filter((one) => one !== undefined));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });

  test("the version is the package's", async () => {
    const { out } = await lufcheck(['--version']);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [['chek'], 'LUF-E101 lufcheck: unknown command chek\n  hint: did you mean check?\n'],
    [
      ['--verbose'],
      'LUF-E101 lufcheck: unknown option --verbose\n  hint: lufcheck --help lists the commands\n',
    ],
    [
      ['check', '--storis'],
      'LUF-E101 lufcheck check: unknown option --storis\n  hint: did you mean --stories?\n',
    ],
    [
      ['check', '--max-states', 'many'],
      'LUF-E103 lufcheck check: --max-states many is not a whole number above 0\n  hint: for example --max-states 1000\n',
    ],
    [
      ['check', '--max-states'],
      'LUF-E103 lufcheck check: --max-states needs a value\n  hint: for example --max-states 1000\n',
    ],
    [
      ['check', '--json=yes'],
      'LUF-E103 lufcheck check: --json takes no value\n  hint: write --json alone\n',
    ],
    [
      ['list', 'rules'],
      'LUF-E101 lufcheck list: takes no arguments: rules\n  hint: lufcheck list --help\n',
    ],
    [
      ['check', 'luf-writ2'],
      'LUF-E102 luf-writ2: no such scenario\n  hint: did you mean LUF-write2?\n',
    ],
    [
      ['check', 'LUF-write2:brokn'],
      "LUF-E102 LUF-write2:brokn: LUF-write2 has no variant 'brokn'\n  hint: did you mean LUF-write2:broken?\n",
    ],
    [
      ['check', 'xyzzy'],
      'LUF-E102 xyzzy: no such scenario\n  hint: lufcheck list shows them all\n',
    ],
    [['check', 'none.ts'], 'LUF-E201 none.ts: no such file\n  hint: check the path\n'],
  ])('%j is refused in a sentence, with a code and a hint', async (args, message) => {
    expect(await lufcheck(args)).toEqual({ code: 2, out: '', err: message });
  });
});

describe('check', () => {
  test('one violated variant: the verdict and its story', async () => {
    const { code, out, err } = await lufcheck(['check', 'LUF-buddy:mainline-broken']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "LUF-buddy  the bytes of a lazily unmapped, free page change before the flush
        within 3 CPUs, 1 mm, 1 page of address space, 2 frames, 1 file page
        ok mainline-broken      violated: leak                     308 states depth  15   0.0 s
           mainline that forgets the flush of its batch

      VIOLATED  leak: frame handed out before the flush
      LUF-buddy:mainline-broken · mainline -try_to_unmap_flush
      3 CPUs, 1 mm, 1 va, 2 frames, 1 file page · 15 steps, shortest · 308 states

            CPU0 kswapd          CPU1 reader                         CPU2 slab
       1                         TLB: va -> frame 0 (v0)
       4    ptl ┌ clear pte(va)
       5        └ debt: CPU 1
       9    cache drops frame 0
      11    free frame 0
      13 !                                                           take frame 0
      14                                                             overwrite frame 0
      15                         load va -> frame 0 (foreign bytes)  ✗

      CPU 1 cached va at step 1; kswapd emptied its pte at 4; no flush followed.
      The debt of 5 (CPU 1) was unpaid when slab took frame 0 at 13.
      slab overwrote frame 0 at 14; reader's load of va at 15 returned that.

      Repair   try_to_unmap_flush: reclaim flushes its batch before it frees the
               folios; see LUF-buddy:mainline
      Rules    frame-reused-before-flush fired at 13; silent:
               pte-rewritten-before-flush, slot-refilled-before-flush
      Replay   node dist/cli/main.js check LUF-buddy:mainline-broken
      "
    `);
  });

  test('one variant that holds: within which world', async () => {
    const { code, out, err } = await lufcheck(['check', 'LUF-write2:immediate']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "LUF-write2  write(2) updates a file while an old read-only entry survives
        within 3 CPUs, 1 mm, 1 page of address space, 2 frames, 1 file page
        ok immediate            holds                              370 states depth  37   0.0 s
           every flush at once
      "
    `);
  });

  test('the whole catalogue is as expected; stories are offered, not told', async () => {
    const { code, out, err } = await lufcheck(['check']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const { id } of scenarios) expect(out).toContain(id);
    expect(out).not.toContain('VIOLATED');
    expect(out).toMatch(/every verdict as expected\.\n/);
    expect(out).toMatch(
      /Why: node dist\/cli\/main.js check \S+, or --stories for all of them\.\n$/,
    );
  });

  test('--stories tells them all', async () => {
    const { out } = await lufcheck(['check', 'LUF-buddy', '--stories']);
    const violated = out.match(/ok .* violated: /g)?.length;
    expect(out.match(/^VIOLATED/gm)?.length).toBe(violated);
    expect(violated).toBeGreaterThan(3);
  });

  test('--quiet says nothing when all is as expected', async () => {
    expect(await lufcheck(['check', 'LUF-buddy', '--quiet'])).toEqual({
      code: 0,
      out: '',
      err: '',
    });
  });

  test('a bound gives exit 3, and never "holds"', async () => {
    const { code, out } = await lufcheck(['check', 'LUF-write2:repaired', '--max-states', '100']);
    expect(code).toBe(3);
    expect(out).toContain('stopped: 100 states; nothing wrong up to there');
    expect(out).not.toContain('holds');
    const deep = await lufcheck(['check', 'LUF-write2:repaired', '--max-depth', '5']);
    expect(deep.code).toBe(3);
    expect(deep.out).toContain('stopped: depth 5');
  });

  test('Ctrl-C: says how far it got, exit 3', async () => {
    const { code, out } = await lufcheck(['check'], { interrupt: true });
    expect(code).toBe(3);
    expect(out).toContain('stopped: interrupted');
    expect(out).toMatch(/stopped at a bound/);
  });

  test('--json: one object, in the promised form', async () => {
    const { code, out, err } = await lufcheck(['check', 'LUF-write2', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const report = JSON.parse(out) as { schema: string; scenarios: Record<string, unknown>[] };
    expect(Object.keys(report)).toEqual(['schema', 'scenarios']);
    expect(report.schema).toBe('lufcheck.check/1');
    const one = report.scenarios.find((each) => each.variant === 'broken');
    expect(one).toMatchObject({
      id: 'LUF-write2',
      variant: 'broken',
      expected: 'stale-read',
      verdict: 'violated',
      violation: { property: 'stale-read', rules: [] },
    });
    for (const each of report.scenarios) {
      for (const key of ['states', 'transitions', 'depth', 'seconds']) {
        expect(typeof each[key]).toBe('number');
      }
      expect(['holds', 'violated', 'bounded']).toContain(each.verdict);
      expect('violation' in each).toBe(each.verdict === 'violated');
    }
  });

  test("scenarios of the user's own; an unexpected verdict gives exit 1", async () => {
    const example = resolve(import.meta.dirname, '../examples/hasty-munmap.ts');
    const fine = await lufcheck(['check', example, '--quiet']);
    expect(fine).toEqual({ code: 0, out: '', err: '' });
    const file = join(mkdtempSync(join(tmpdir(), 'lufcheck-')), 'wrong.ts');
    writeFileSync(
      file,
      `import type { Scenario } from 'lufcheck';
import * as theirs from ${JSON.stringify(example)};
const all: Scenario[] = Object.values(theirs).flat() as Scenario[];
export const mine: Scenario[] = all
  .filter((one) => Array.isArray(one.variants))
  .map((one) => ({ ...one, variants: one.variants.map((v) => ({ ...v, expect: 'holds' })) }));
`,
    );
    const wrong = await lufcheck(['check', file]);
    expect(wrong.err).toBe('');
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain('NO ');
    expect(wrong.out).toContain('expected: holds');
    expect(wrong.out).toContain('NOT as expected');
  });
});

describe('list', () => {
  test('names every scenario and variant, rule, design and flush point', async () => {
    const { code, out, err } = await lufcheck(['list']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const json = JSON.parse((await lufcheck(['list', '--json'])).out) as Record<
      'scenarios' | 'rules' | 'designs' | 'flushPoints',
      { id: string }[]
    >;
    for (const kind of ['scenarios', 'rules', 'designs', 'flushPoints'] as const) {
      expect(json[kind].length).toBeGreaterThan(0);
      for (const { id } of json[kind]) expect(out).toContain(`  ${id}`);
    }
    expect(json.scenarios.map((one) => one.id)).toEqual(scenarios.map((one) => one.id));
  });

  test('--events explains the vocabulary', async () => {
    const { out } = await lufcheck(['list', '--events']);
    expect(out).toContain('tlb.flush');
    expect(out).toContain('pte.clear');
  });
});

test('tour: the catalogue, a story and where to go on', async () => {
  const { code, out, err } = await lufcheck(['tour']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const { id } of scenarios) expect(out).toContain(id);
  expect(out.match(/^VIOLATED/gm)).toHaveLength(1);
  expect(out).toMatch(/\nNext\n {2}node dist\/cli\/main.js check /);
});

test('no colour where nobody asked for it', async () => {
  const { out } = await lufcheck(['check', 'LUF-buddy:broken'], { env: { FORCE_COLOR: '1' } });
  expect(out).not.toContain('\u001b');
});

describe('check --matrix and --pairs', () => {
  test('a row for each situation, a column for each design', async () => {
    const { out, code } = await lufcheck([
      'check',
      'LUF-write2',
      '--matrix',
      '--design',
      'immediate,luf-v11',
    ]);
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, 2)).toEqual([
      'situation   immediate  luf-v11',
      'LUF-write2  holds      stale-read',
    ]);
  });
  test('a bound is no answer', async () => {
    const { out, code } = await lufcheck([
      'check',
      '--pairs',
      '--design',
      'mainline',
      '--max-states',
      '20',
      '--json',
    ]);
    expect(code).toBe(3);
    const { schema, rows } = JSON.parse(out) as {
      schema: string;
      rows: { cells: { kind: string }[] }[];
    };
    expect(schema).toBe('lufcheck.matrix/1');
    expect(rows.length).toBe(470);
    expect(rows.every((row) => row.cells.every((cell) => cell.kind === 'bounded'))).toBe(true);
  });
});
