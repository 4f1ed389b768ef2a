import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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
    ['check', '--help-search'],
    ['check', '--help-stories'],
    ['replay', '--help'],
    ['diff', '--help'],
    ['verify', '--help'],
    ['list', '-h'],
    ['rules', '--help'],
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
      ['rules', '--export', 'rv'],
      'LUF-E104 lufcheck rules --export: 6 rules are as many files\n  hint: name one, as in lufcheck rules --export rv frame-reused-before-flush, or give --output FOLDER\n',
    ],
    [
      ['rules', '--export', 'rv', 'frame-reusd-before-flush'],
      'LUF-E102 frame-reusd-before-flush: no such rule\n  hint: did you mean frame-reused-before-flush?\n',
    ],
    [
      ['rules', '--output', 'x'],
      'LUF-E104 lufcheck rules: --output is for --export\n  hint: add --export, or leave --output out\n',
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
    [
      ['check', 'LUF-buddy', '--random', '9', '--certificate', 'x'],
      'LUF-E104 lufcheck check: --random and --certificate do not go together\n  hint: ask for one of them\n',
    ],
    [
      ['check', 'LUF-buddy', '--random', '9', '--jobs', '2'],
      'LUF-E104 lufcheck check: --random and --jobs do not go together\n  hint: ask for one of them\n',
    ],
    [
      ['check', '--jobs', '65'],
      'LUF-E103 lufcheck check: --jobs 65 is more than 64\n  hint: as many as there are cores is best\n',
    ],
    [
      ['check', '--store', 'heap'],
      'LUF-E103 lufcheck check: --store heap is not a way to keep states\n  hint: one of auto, plain, folded, tree\n',
    ],
    [
      ['check', '--tlb', 'none'],
      'LUF-E103 lufcheck check: --tlb none is not a form that TLBs can have\n  hint: one of explicit, may\n',
    ],
    [
      ['check', 'LUF-buddy', '--tlb=may', '--random', '9'],
      'LUF-E104 lufcheck check: --random and --tlb=may do not go together\n  hint: ask for one of them\n',
    ],
    [
      ['check', 'LUF-buddy', '--certificate', 'x'],
      'LUF-E105 --certificate: a certificate is of one variant, not of 17\n  hint: name it: SCENARIO:VARIANT\n',
    ],
    [
      ['check', '--no-symetry'],
      'LUF-E101 lufcheck check: unknown option --no-symetry\n  hint: did you mean --no-symmetry?\n',
    ],
    [
      ['verify', 'none.cert'],
      'LUF-E201 none.cert: cannot open the file (ENOENT)\n  hint: check the path and the permissions\n',
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

  test('the whole catalogue is as expected; stories are offered, not told', async () => {
    const { code, out, err } = await lufcheck(['check']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const { id } of scenarios) expect(out).toContain(id);
    expect(out).not.toContain('VIOLATED');
    expect(out).toMatch(/every verdict as expected\.\n/);
    expect(out).toMatch(
      /Why: node dist\/cli\/main.js check \S+, or --stories for all of them\.\n$/,
    );
  }, 600_000);

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

describe('the search can be told how', () => {
  // 104,534 states: large enough for generated code, and for threads to have something to do.
  const large = 'LUF-migrate-numa:luf-v12-repaired';
  test('one worker, two and three print the same', async () => {
    const args = ['check', large, '--json'];
    const [one, ...others] = await Promise.all(
      ['1', '2', '3'].map((workers) => lufcheck([...args, '--workers', workers])),
    );
    expect(one?.code).toBe(0);
    expect(one?.out).toMatch(/"states": \d{6},/);
    for (const other of others) expect(other).toEqual(one);
  });

  test('every store has the same states', async () => {
    const args = ['check', large, '--no-symmetry', '--store'];
    const all = await Promise.all(['folded', 'tree'].map((kind) => lufcheck([...args, kind])));
    expect(all[0]?.out).toContain(' holds ');
    expect(all[1]).toEqual(all[0]);
  });

  test('reductions say that they were used', async () => {
    const { out, code } = await lufcheck(['check', large, '--fusion', '--local-first']);
    expect(code).toBe(0);
    expect(out).toContain('holds');
    expect(out).toContain('reduced by: fusion, local first');
  });

  test('TLBs as what they may hold: for any number of workers the same, with concrete fills', async () => {
    const args = ['check', large, '--tlb=may', '--json', '--workers'];
    const all = await Promise.all(['1', '2'].map((workers) => lufcheck([...args, workers])));
    expect(all[1]).toEqual(all[0]);
    expect(all[0]?.out).toContain('"reduced": "may-hold TLBs"');
    expect(all[0]?.out).toContain('"verdict": "holds"');
    const [may, explicit] = await Promise.all(
      ['may', 'explicit'].map((form) => lufcheck(['check', 'LUF-write2:broken', `--tlb=${form}`])),
    );
    expect(may?.code).toBe(0);
    expect(may?.out).toContain('steps, shortest');
    const story = (out = ''): string => out.slice(out.indexOf('CPU0'));
    expect(story(may?.out)).toBe(story(explicit?.out));
  });

  test('where TLBs cannot be had so it says why', async () => {
    const { code, out } = await lufcheck(['check', 'LUF-collapse', '--tlb=may']);
    expect(code).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toContain(
      'explicit TLBs: TLB fills cannot be hidden in this model: what becomes of huge entries',
    );
  });

  test('a bound on memory, with what may be left', async () => {
    const { code, out } = await lufcheck(['check', large, '--max-bytes', '2000000']);
    expect(code).toBe(3);
    expect(out).toMatch(/stopped: .*bytes; nothing wrong up to there/i);
    expect(out).toContain('left: ');
    expect(out).not.toContain('holds');
  });
});

describe('check --random', () => {
  test('what is found is told, and that it came by chance', async () => {
    const args = ['check', 'LUF-buddy:broken', '--random', '2000'];
    const { code, out, err } = await lufcheck(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('violated: leak');
    expect(out).toContain('found at random, perhaps');
    expect(out).not.toContain('shortest ·');
    expect(out).toMatch(/run [\d,]+, seed 1\n/);
    expect(out).toContain("replay 'LUF-buddy:broken ");
    expect((await lufcheck(args)).out).toBe(out);
    expect((await lufcheck([...args, '--seed', '2'])).out).not.toBe(out);
  });
  test('what is not found is not there for all we know: exit 3, and never "holds"', async () => {
    const { code, out } = await lufcheck(['check', 'LUF-munmap:repaired', '--random', '120']);
    expect(code).toBe(3);
    expect(out).toContain('nothing found');
    expect(out).toContain('this does not show that it holds');
    expect(out).not.toMatch(/ holds {2}/);
    const json = await lufcheck(['check', 'LUF-munmap:repaired', '--random', '9', '--json']);
    expect(json.code).toBe(3);
    const { schema, scenarios: all } = JSON.parse(json.out) as {
      schema: string;
      scenarios: Record<string, unknown>[];
    };
    expect(schema).toBe('lufcheck.sample/1');
    const threads = 3;
    expect(all[0]).toMatchObject({
      verdict: 'nothing found',
      runs: 9,
      guarantee: { actors: threads, orderings: 3, perRun: 1 / (threads * 200 ** 2) },
    });
  });
});

describe('certificates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lufcheck-'));
  const file = join(folder, 'a.cert');
  test('of what holds, verified; whatever found it', async () => {
    const args = ['check', 'LUF-munmap:repaired', '--certificate'];
    const { code, err } = await lufcheck([...args, file]);
    expect({ code, err }).toEqual({ code: 0, err: `certificate: ${file}, 2,133 states\n` });
    const other = join(folder, 'b.cert');
    await lufcheck([...args, other, '--fusion', '--local-first']);
    expect(readFileSync(other).equals(readFileSync(file))).toBe(true);
    await lufcheck([...args, other, '--tlb=may']);
    expect(readFileSync(other).equals(readFileSync(file))).toBe(true);
    const { code: verified, out } = await lufcheck(['verify', file]);
    expect(verified).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toContain('LUF-munmap:repaired (luf-v11) holds within 3 CPUs');
  });
  test('of another design', async () => {
    const mine = join(folder, 'c.cert');
    const args = ['check', 'LUF-munmap:repaired', '--design', 'mainline', '--certificate', mine];
    expect((await lufcheck(args)).code).toBe(0);
    expect((await lufcheck(['verify', mine])).out).toContain('LUF-munmap:repaired (mainline)');
    const { code, err } = await lufcheck(['verify', mine, 'LUF-munmap:repaired']);
    expect(code).toBe(2);
    expect(err).toMatch(/^LUF-E106 /);
  });
  test('of nothing else', async () => {
    const args = ['check', 'LUF-buddy:broken', '--certificate', join(folder, 'd.cert')];
    const { code, err } = await lufcheck(args);
    expect(code).toBe(2);
    expect(err).toMatch(/^LUF-E105 LUF-buddy:broken: it is violated/);
    expect(existsSync(join(folder, 'd.cert'))).toBe(false);
  });
  test('damaged, or of another variant', async () => {
    const bytes = readFileSync(file);
    const bad = join(folder, 'bad.cert');
    writeFileSync(bad, bytes.subarray(0, bytes.length - 44));
    expect(await lufcheck(['verify', bad])).toMatchObject({ code: 2, out: '' });
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 40_001] = (flipped[bytes.length - 40_001] as number) ^ 4;
    writeFileSync(bad, flipped);
    expect((await lufcheck(['verify', bad])).err).toMatch(/^LUF-E\d+ /);
    expect((await lufcheck(['verify', file, 'LUF-buddy:repaired'])).err).toMatch(/^LUF-E106 /);
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
}, 600_000);

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
    expect(rows.length).toBe(543);
    expect(rows.every((row) => row.cells.every((cell) => cell.kind === 'bounded'))).toBe(true);
  });
});

describe('rules for other tools, and why one fires', () => {
  test('an automaton, and a program', async () => {
    const rv = await lufcheck(['rules', '--export', 'rv', 'frame-reused-before-flush']);
    expect({ code: rv.code, err: rv.err }).toEqual({ code: 0, err: '' });
    expect(rv.out).toMatch(/^digraph state_automaton \{\n/);
    const folder = mkdtempSync(join(tmpdir(), 'lufcheck-'));
    const { code, out } = await lufcheck(['rules', '--export', 'bpftrace', '--output', folder]);
    expect(code).toBe(0);
    expect(out).toContain(`frame-reused-before-flush: ${join(folder, 'luf_frame_reused.bt')}`);
    expect(existsSync(join(folder, 'luf_frame_reused.bt'))).toBe(true);
    expect(out).toMatch(/table-freed-before-flush: no file: it speaks only on hearing table\.walk/);
  });
  test('the interleaving of a false alarm, and that there is none', async () => {
    const slot = 'slot-refilled-before-flush';
    const fires = await lufcheck(['rules', 'LUF-write2:repaired', '--witness', slot]);
    expect(fires.code).toBe(0);
    expect(fires.out.trimEnd()).toMatch(/! slot-refilled-before-flush$/);
    const silent = await lufcheck(['rules', 'LUF-write2:immediate', '--witness', slot]);
    expect(silent.out).toMatch(/fires in no interleaving of LUF-write2:immediate/);
  });
});
