import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
      ['rules', '--export', 'toString', 'frame-reused-before-flush'],
      'LUF-E102 --export toString: no such form\n  hint: one of rv, bpftrace, bpftrace-6.1\n',
    ],
    [
      ['campaign', 'constructor'],
      'LUF-E101 lufcheck campaign: there is no constructor\n  hint: one of run, resume, worker, status, show, report, compare, cancel, export or salvage\n',
    ],
    [
      ['lab', 'constructor', '--json'],
      'LUF-E101 lufcheck lab: no lab constructor\n  hint: lufcheck lab setup, then lufcheck lab run\n',
    ],
    [
      ['lab', 'soak', '--no-record'],
      'LUF-E104 lufcheck lab soak: --record is not for this\n  hint: it is for run and workload\n',
    ],
    [
      ['lab', 'workload', '--extra-points'],
      'LUF-E104 lufcheck lab workload: --extra-points is not for this\n  hint: it is for run\n',
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
  expect(out).toMatch(/every verdict as expected\.\n/);
  expect(out.match(/^VIOLATED/gm)).toHaveLength(1);
  expect(out).toMatch(/\nNext\n {2}node dist\/cli\/main.js check /);
}, 600_000);

test('no colour where nobody asked for it', async () => {
  const { out } = await lufcheck(['check', 'LUF-buddy:broken'], { env: { FORCE_COLOR: '1' } });
  expect(out).not.toContain('\u001b');
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
    const before = await lufcheck([
      'rules',
      '--export',
      'bpftrace-6.1',
      'address-changed-before-flush',
    ]);
    expect(before.out).toContain('for x86 kernels of Linux 6.1 to 6.7');
    expect(before.out).toContain('kprobe:page_remove_rmap');
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
