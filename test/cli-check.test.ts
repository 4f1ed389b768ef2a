import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import { lufcheck } from './run-program.ts';

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
      Rules    6 recommended: frame-reused-before-flush fired at 13 (5 never tested);
               7 others: lufd-page-check fired at 13 (3 never tested)
      Replay   node dist/cli/main.js replay 'LUF-buddy:mainline-broken H1S0-9S2=1--S1'
      Page     node dist/cli/main.js serve 'LUF-buddy:mainline-broken H1S0-9S2=1--S1'
      "
    `);
  });

  test('one variant that holds: within which world', async () => {
    const { code, out, err } = await lufcheck(['check', 'LUF-write2:immediate']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "LUF-write2  write(2) updates a file while an old read-only entry survives
        within 3 CPUs, 1 mm, 1 page of address space, 2 frames, 1 file page
        ok immediate            holds                              362 states depth  37   0.0 s
           every flush at once
      "
    `);
  });

  // All of it: the tour, in cli.test.ts.
  test('many scenarios are as expected; stories are offered, not told', async () => {
    const many = scenarios.filter((_, i) => i % 16 === 0).map(({ id }) => id);
    const { code, out, err } = await lufcheck(['check', ...many]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const id of many) expect(out).toContain(id);
    expect(out).not.toContain('VIOLATED');
    expect(out).toMatch(/every verdict as expected\.\n/);
    expect(out).toMatch(
      /Why: node dist\/cli\/main.js check \S+, or --stories for all of them\.\n$/,
    );
  });

  test('--stories tells them all, those that are alike once', async () => {
    const { out } = await lufcheck(['check', 'LUF-buddy', '--stories']);
    const violated = [...out.matchAll(/ok (\S+) +violated: /g)].map(([, id]) => `LUF-buddy:${id}`);
    const told = [...out.matchAll(/^VIOLATED.*\n(\S+) /gm)].map(([, name]) => name);
    const alike = [...out.matchAll(/^Alike: ([^\n]*(?:\n {2}.*)*)/gm)].flatMap(([, names]) =>
      (names?.match(/LUF-buddy:[\w-]+/g) ?? []).map(String),
    );
    expect([...told, ...alike].sort()).toEqual(violated.sort());
    expect(told.length).toBeGreaterThan(3);
    expect(alike.length).toBeGreaterThan(0);
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
    expect(out).toMatch(/\d+\s+not\s+reached;/);
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
      violation: {
        property: 'stale-read',
        rules: [
          { id: 'content-changed-before-flush', step: 21 },
          { id: 'content-promised-before-flush', step: 24 },
        ],
      },
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
    expect(rows.length).toBe(543);
    expect(rows.every((row) => row.cells.every((cell) => cell.kind === 'bounded'))).toBe(true);
  });
});
