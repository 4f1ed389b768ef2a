import { expect, test } from 'vitest';
import type { LabRun } from '../lab/lab-run.ts';
import type { LabRow } from '../lab/lab-table.ts';
import { labText } from './lab-text.ts';
import { plainLook } from './look.ts';

const row: LabRow = {
  id: 'all-on',
  complete: true,
  rounds: 10,
  reached: 10,
  wrongRounds: 0,
  staleReads: 0,
  reads: 1234,
  seenBy: [],
  programs: 'nothing',
  rules: 'nothing',
  firing: [],
  model: 'nothing',
  deferred: 20,
  flushes: 7,
  interrupts: 12,
  failures: [],
  agree: true,
  because: '',
};
const run: LabRun = {
  schema: 'lufcheck.lab-run/1',
  version: '0',
  date: '2026-01-01T00:00:00.000Z',
  release: '6.1.0-56-cloud-amd64',
  design: 'luf-v12',
  cpus: 2,
  accel: 'tcg',
  rounds: 5,
  programs: ['alias', 'write'],
  rows: [
    { ...row, id: 'stock', reached: 0, deferred: 0, flushes: 0, interrupts: 90 },
    row,
    {
      ...row,
      id: 'less-handle_mm_fault',
      removed: 'handle_mm_fault',
      wrongRounds: 4,
      staleReads: 2_089_910,
      seenBy: ['alias'],
      programs: 'wrong',
      model: 'wrong',
      witness: 'check LUF-rwalias',
      agree: false,
      because: 'a program read what it must not, and no rule fired: the rules lack an event',
    },
    { ...row, id: 'less-tlb_end_vma', removed: 'tlb_end_vma', complete: false, agree: false },
  ],
  experiments: [],
  recordings: {},
  warnings: ['[ 9.0] WARNING: CPU: 1'],
  failures: [],
  unloaded: false,
  complete: false,
};

test('a run is a table, and every difference has its reason below', () => {
  expect(labText(run, { ...plainLook, columns: 100 })).toMatchInlineSnapshot(`
    [
      "LAB  6.1.0-56-cloud-amd64, luf-v12, 2 CPUs (tcg), 5 rounds of 2 programs",
      "",
      "without             kept  wrong  stale reads  programs  rules  model",
      "(stock kernel)      0/10      0            0  -         -             agree",
      "(nothing: all on)  10/10      0            0  -         -             agree",
      "handle_mm_fault    10/10      4    2,089,910  WRONG     -      WRONG  DIFFER",
      "tlb_end_vma        10/10      0            0  -         -      -      MISSING",
      "",
      "handle_mm_fault: read by alias; model: lufcheck check LUF-rwalias; a program read what it must not,",
      "  and no rule fired: the rules lack an event",
      "TLB shootdown interrupts of these programs, one run: 90 on the stock kernel, 12 with LUF (20 flushes",
      "  put off, 7 carried out for them).",
      "kept: rounds in which a reader went on by a translation that reclaim had taken away. wrong: rounds",
      "with a read that nothing allows. WRONG, -: something goes wrong without the point, or nothing does;",
      "?: cannot say.",
      "kernel: [ 9.0] WARNING: CPU: 1",
      "the guest did not come to its end: see its console (--keep DIR)",
      "The module was NOT unloaded.",
    ]
  `);
});
