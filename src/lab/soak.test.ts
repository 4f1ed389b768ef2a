import { expect, test } from 'vitest';
import { soakText } from '../report/lab-soak-text.ts';
import { plainLook } from '../report/look.ts';
import type { Experiment } from './experiments.ts';
import { kernelWarnings, readResults } from './guest-output.ts';
import { type Soak, soakPlan } from './soak.ts';

const base = { settings: { on: 'N' }, records: false, programs: ['write'] };
const all: Experiment[] = [
  { ...base, id: 'stock', kind: 'stock', defers: false },
  { ...base, id: 'all-on', kind: 'all-on', defers: true },
];

test('a soak is LUF with its timer, and never the stock kernel', () => {
  const plan = soakPlan(all, { work: 60, rounds: 5, programs: ['write', 'alias'] });
  expect(plan).not.toContain('experiment stock');
  expect(plan).toContain('set timer_ms 100\nset on N\nset on Y\nsoak 60 5 write alias\nend\n');
});

test('counters of the module that ran are kept, not those of the one that was loaded anew', () => {
  const text = `experiment all-on
work pages=5 wrong=1
work pages=7 wrong=0
before-reload deferred 40
soaked passes=3 kills=2 reloads=3
counter deferred 1
end all-on
`;
  expect(readResults(text).experiments[0]).toMatchObject({
    work: { pages: 12, wrong: 1 },
    soak: { passes: 3, kills: 2, reloads: 3 },
    counters: { deferred: 40 },
  });
});

const killed = `hog invoked oom-killer: gfp_mask=0xcc0
Call Trace:
Memory cgroup out of memory: Killed process 99 (hog)
`;
test('a killing that was wanted is no warning; anything else in it and after it is', () => {
  expect(kernelWarnings(killed, true)).toEqual([]);
  expect(kernelWarnings(killed)).toHaveLength(2);
  expect(kernelWarnings(`${killed}BUG: bad\nCall Trace:\n`, true)).toHaveLength(2);
  expect(kernelWarnings(`Out of memory: Killed process 1 (sh)\n`, true)).toHaveLength(1);
});

test('a stall is an alarm, and how long RCU waits for one is none', () => {
  const said = [
    'Command line: quiet rcupdate.rcu_cpu_stall_timeout=120',
    'RCU CPU stall warnings timeout set to 120 (rcu_cpu_stall_timeout).',
    'rcu: INFO: rcu_preempt self-detected stall on CPU',
    'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
    'rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-.... }',
  ];
  expect(kernelWarnings(said.join('\n'))).toEqual(said.slice(2));
});

const soak: Soak = {
  schema: 'lufcheck.lab-soak/1',
  date: '2026-01-01T00:00:00.000Z',
  release: '6.1.0-56-cloud-amd64',
  design: 'luf-v12',
  cpus: 2,
  accel: 'tcg',
  seconds: 612.4,
  programs: ['alias', 'write'],
  passes: 4,
  rounds: 40,
  tried: 30,
  reached: 28,
  wrongRounds: 0,
  staleReads: 0,
  reads: 12_345,
  wrongIn: [],
  kills: 2,
  reloads: 3,
  counters: { deferred: 50, flushes: 20 },
  warnings: [],
  failures: [],
  unloaded: true,
  complete: true,
};

test('a soak that went well says so in a few lines; one that did not names the program', () => {
  expect(soakText(soak, { ...plainLook, columns: 100 })).toMatchInlineSnapshot(`
    [
      "LAB SOAK  6.1.0-56-cloud-amd64, luf-v12, 2 CPUs (tcg), 612 s",
      "",
      "No stale read in 12,345.",
      "40 rounds of 2 programs in 4 passes; in 28 of 30 a reader went on by a translation that reclaim had",
      "taken away. 50 flushes put off, 20 carried out for them.",
      "2 tasks killed for memory, as was wanted; the module was unloaded and loaded 3 times under load.",
      "The module was unloaded cleanly.",
    ]
  `);
  const wrong = { ...soak, staleReads: 9, wrongIn: ['write'], unloaded: false };
  const text = soakText(wrong, { ...plainLook, columns: 100 }).join('\n');
  expect(text).toContain('WRONG: 9 of 12,345 reads, in write');
  expect(text).toContain('NOT unloaded');
});
