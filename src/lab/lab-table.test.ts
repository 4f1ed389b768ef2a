import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Problem } from '../base/problem.ts';
import { designs } from '../kernel/designs/all.ts';
import { flushPoints } from '../kernel/kernel.ts';
import { agreementOf, type Evidence } from './agreement.ts';
import { experimentsOf, faults, planText } from './experiments.ts';
import type { ExperimentResult } from './guest-output.ts';
import { labPoints, pointIn } from './lab-points.ts';
import { modulePoints, namedPoints } from './lab-run.ts';
import { labTable, type RecordingVerdict } from './lab-table.ts';
import { readModelAnswers } from './model-answers.ts';

const header = readFileSync(new URL('./guest/luf/luf.h', import.meta.url), 'utf8');
const points = await modulePoints();
const [v11, v12] = ['luf-v11', 'luf-v12'].map((id) => {
  const design = designs.find((one) => one.id === id);
  if (design === undefined) throw new Error(id);
  return design;
}) as [(typeof designs)[number], (typeof designs)[number]];

function hintOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error.hint;
  }
  return undefined;
}

describe("the module's flush points", () => {
  test('are read from its header, those with two names and those on two lines too', () => {
    expect(points.find(({ param }) => param === 'prep_new_page')?.names).toEqual([
      'prep_new_page',
      'luf_takeoff',
    ]);
    expect(
      points.find(({ param }) => param === 'madvise_cold_or_pageout_pte_range')?.names,
    ).toEqual(['flush_tlb_batched_pending@madvise_cold_or_pageout_pte_range']);
    expect(new Set(points.map(({ param }) => param)).size).toBe(points.length);
  });
  test('a header without the table is refused', () => {
    expect(() => labPoints('#define LUF_POINTS(Y)\n')).toThrow(Problem);
  });
  test('are those of the designs: every name but a few is one that the model knows', () => {
    const unknown = points.filter(({ names }) => !names.some((name) => name in flushPoints));
    expect(unknown.map(({ param }) => param)).toEqual([
      'iomap_dio_rw',
      'uprobe_replace_page',
      'try_to_free_pages',
      'out_of_memory',
    ]);
  });
  test('each design has its own', () => {
    const of = (param: string) => points.find((one) => one.param === param) ?? expect.fail(param);
    expect(pointIn(of('prep_new_page'), v11.points)).toBe('prep_new_page');
    expect(pointIn(of('prep_new_page'), v12.points)).toBe('luf_takeoff');
    expect(pointIn(of('file_end_write'), v12.points)).toBeUndefined();
  });
  test('are asked for by either name; a name that is none is refused', () => {
    expect(namedPoints(['flush_tlb_batched_pending@move_ptes', 'luf_takeoff'], points)).toEqual([
      'move_ptes',
      'prep_new_page',
    ]);
    expect(() => namedPoints(['move_pte'], points)).toThrow(Problem);
    expect(hintOf(() => namedPoints(['handle_mm_falt'], points))).toMatch(/^handle_mm_fault\? /);
  });
});

const wish = { only: [], records: false, extra: false, programs: ['write'], unseen: [] };
const design = { ...v12, accounting: 12 } as const;

describe('experiments', () => {
  test('a point that the design lacks is off in all, and never taken away', () => {
    const all = experimentsOf(design, points, wish);
    expect(all.every(({ settings }) => settings.file_end_write === 'N')).toBe(true);
    expect(all.some(({ removed }) => removed === 'file_end_write')).toBe(false);
    expect(
      experimentsOf(design, points, { ...wish, extra: true }).some(
        ({ removed }) => removed === 'file_end_write',
      ),
    ).toBe(true);
  });
  test('each takes away one thing, and only from LUF or only from the stock kernel', () => {
    for (const { removed, defers, settings } of experimentsOf(design, points, wish)) {
      expect(settings.fault_caller).toBeUndefined();
      const isFault = removed !== undefined && faults.includes(removed);
      expect(faults.filter((one) => settings[one] === 'Y')).toEqual(isFault ? [removed] : []);
      if (removed !== undefined) expect(defers).toBe(!isFault);
    }
  });
  test('what was asked for, and always the two that nothing is taken from', () => {
    const some = experimentsOf(design, points, { ...wish, only: ['move_ptes'] });
    expect(some.map(({ id }) => id)).toEqual(['stock', 'all-on', 'less-move_ptes']);
  });
  test('points that stand behind each other can be taken away together', () => {
    expect(namedPoints(['move_ptes+luf_takeoff'], points)).toEqual(['move_ptes+prep_new_page']);
    const all = experimentsOf(design, points, { ...wish, only: ['move_ptes+prep_new_page'] });
    const [, whole, less] = all;
    expect(all.length).toBe(3);
    expect(less).toMatchObject({
      id: 'less-move_ptes+prep_new_page',
      settings: { ...whole?.settings, move_ptes: 'N', prep_new_page: 'N' },
    });
    expect(() => namedPoints(['move_ptes+nothing'], points)).toThrow(Problem);
  });
  test('a fault may be limited to the flushes of one function', () => {
    const name = 'fault_ptep_clear_flush@wp_page_copy';
    expect(namedPoints([name], points)).toEqual([name]);
    const all = experimentsOf(design, points, { ...wish, only: [name] });
    expect(all.map(({ id }) => id)).toEqual(['stock', 'all-on', name]);
    expect(all[2]).toMatchObject({
      kind: 'fault',
      settings: { fault_ptep_clear_flush: 'Y', fault_caller: 'wp_page_copy' },
    });
    for (const bad of ['fault_x@y', 'fault_ptep_clear_flush@', 'fault_ptep_clear_flush@a b']) {
      expect(() => namedPoints([bad], points)).toThrow(Problem);
    }
  });
  test('a fault that is not of reclaim is tried on pages that are mapped', () => {
    const all = experimentsOf(design, points, wish);
    const staying = all.filter((one) => planText([one], 2).includes('litmus write 2 stays\n'));
    expect(staying.map(({ id }) => id)).toEqual([
      'fault_flush_tlb_mm_range',
      'fault_ptep_clear_flush',
      'fault_flush_tlb_func',
    ]);
  });
  test('reclaim is late on the stock kernel and with faults of its own, and nowhere else', () => {
    const late = experimentsOf(design, points, wish).filter(
      ({ settings }) => settings.flush_delay_us !== undefined,
    );
    expect(late.map(({ id }) => id)).toEqual([
      'stock',
      'fault_arch_tlbbatch_flush',
      'fault_flush_tlb_batched_pending',
      'fault_arch_tlbbatch_add_mm',
    ]);
  });
  test('the faults are those that the module declares', () => {
    const table = /#define LUF_FAULTS\(X\)((?:[^\n]*\\\n)+[^\n]*)/.exec(header)?.[1] ?? '';
    const declared = [...table.matchAll(/X\((\w+)\)/g)].map(([, name]) => `fault_${name}`);
    expect(faults).toEqual(declared);
  });
  test('the plan puts flushes off last of all settings', () => {
    const [, second] = experimentsOf(design, points, { ...wish, only: ['move_ptes'] });
    const lines = planText(second === undefined ? [] : [second], 3).split('\n');
    expect(lines.slice(-4)).toEqual(['set on Y', 'litmus write 3', 'end', '']);
  });
});

const known: Evidence = {
  programs: 'wrong',
  rules: 'wrong',
  model: 'wrong',
  reached: 5,
  whenOn: { passed: 5, flushed: 3, absent: false },
  paidInstead: [],
  paidToo: [],
  modelled: true,
};
const silent = { programs: 'nothing', rules: 'nothing' } as const;
const whenOn = { passed: 5, flushed: 0, absent: false };

describe('agreement', () => {
  const answers = ['wrong', 'nothing'] as const;
  const triples = answers.flatMap((programs) =>
    answers.flatMap((rules) => answers.map((model) => ({ programs, rules, model }))),
  );
  test.each(triples)('%o: where columns differ, one of three words says why', (three) => {
    const { outcome, because } = agreementOf({ ...known, ...three });
    if (outcome === 'agree') expect(because).toBe('');
    else expect(because).toMatch(/not reached in the lab|rules lack an event|the model is wrong/);
  });
  test.each([
    [{}, 'agree', ''],
    [{ ...silent, model: 'nothing' }, 'agree', ''],
    [{ rules: 'nothing' }, 'differ', 'the rules lack an event'],
    [{ model: 'nothing' }, 'differ', 'the model is wrong, or the module'],
    [{ ...silent, paidToo: ['x'] }, 'differ', 'other points paid as well: x'],
    [{ programs: 'nothing' }, 'differ', 'not reached in the lab, none looked there in time'],
    [{ ...silent, rules: 'wrong', model: 'nothing' }, 'differ', 'the model is wrong, or the rule'],
    [
      { ...silent, paidInstead: ['x', 'y'] },
      'differ',
      'other points paid, more often than with it: x, y',
    ],
    [silent, 'differ', 'no program looked in time'],
    [{ ...silent, whenOn }, 'differ', 'it was passed 5 times, and never in debt'],
    [{ ...silent, whenOn: { ...whenOn, passed: 0 } }, 'differ', 'no program passes this point'],
    [
      { ...silent, whenOn: { ...whenOn, passed: 0 }, outOfReach: 'nobody can' },
      'differ',
      'lab: nobody can',
    ],
    [
      { ...silent, whenOn, outOfReach: 'nobody can' },
      'differ',
      'passed 5 times, and never in debt',
    ],
    [{ ...silent, whenOn: { ...whenOn, absent: true } }, 'differ', 'no function'],
    [{ programs: 'nothing', model: 'nothing' }, 'differ', 'a rule fired'],
    [{ model: 'unknown', modelled: false }, 'agree', 'the design has no such point'],
    [{ model: 'unknown' }, 'agree', 'stopped at its bound'],
    [{ model: 'not asked' }, 'agree', ''],
    [{ rules: 'unknown', model: 'unknown' }, 'alone', 'judged to its end'],
    [{ rules: 'not asked', model: 'not asked' }, 'alone', ''],
    [{ ...silent, model: 'nothing', reached: 0 }, 'not tried', 'was tried'],
    [{ reached: 0 }, 'agree', ''],
  ] as const)('%j', (change, outcome, because) => {
    const answer = agreementOf({ ...known, ...change });
    expect(answer).toMatchObject({ outcome, agree: outcome === 'agree' });
    if (because === '') expect(answer.because).toBe('');
    else expect(answer.because).toContain(because);
  });
});

function resultOf(id: string, wrong: number, reached = 5): ExperimentResult {
  const litmus = {
    name: 'write',
    rounds: 5,
    tried: 5,
    reached,
    wrong,
    stale: wrong * 10,
    foreign: 0,
  };
  return {
    id,
    complete: true,
    litmus: [{ ...litmus, faults: 0, reads: 100 }],
    failures: [],
    counters: { deferred: 5, flushes: 4 },
    points: { mapping_write_begin: { state: 'on', reached: 5, flushed: 4 } },
  };
}
function verdictOf(...firing: string[]): RecordingVerdict {
  return {
    verdict: firing.length === 0 ? 'clean' : 'violated',
    events: 100,
    rules: firing.map((id) => ({ id, violations: 1, exercised: 9 })),
  };
}
const [stock, whole, less] = ['stock', 'all-on', 'less-mapping_write_begin'] as const;
const experiments = experimentsOf(design, points, {
  ...wish,
  only: ['mapping_write_begin'],
  records: true,
});
const model = [
  {
    point: 'mapping_write_begin',
    questions: 2,
    hold: 1,
    bounded: 0,
    wrong: { command: ['check', 'x'], what: 'stale read' },
  },
];

describe('the table', () => {
  const table = (results: ExperimentResult[], recordings: [string, RecordingVerdict][]) =>
    labTable({ experiments, results, recordings: new Map(recordings), points, design, model });

  test('three columns that agree', () => {
    const rows = table(
      [resultOf(stock, 0, 0), resultOf(whole, 0), resultOf(less, 4)],
      [
        [stock, verdictOf()],
        [whole, verdictOf()],
        [less, verdictOf('a-rule')],
      ],
    );
    expect(rows.map(({ id, agree }) => [id, agree])).toEqual([
      [stock, true],
      [whole, true],
      [less, true],
    ]);
    expect(rows[2]).toMatchObject({
      point: 'mapping_write_begin',
      seenBy: ['write'],
      firing: ['a-rule'],
      witness: 'check x',
      flushedWhenOn: 4,
      staleReads: 40,
    });
  });
  test('a rule that fires with every point on is no evidence about one of them', () => {
    const rows = table(
      [resultOf(whole, 0), resultOf(less, 4)],
      [
        [whole, verdictOf('a-rule')],
        [less, verdictOf('a-rule')],
      ],
    );
    expect(rows[2]).toMatchObject({ rules: 'nothing', firing: [], agree: false });
  });
  test('a fault that had no flush to leave out was not tried', () => {
    const [, , fault] = experimentsOf(design, points, {
      ...wish,
      only: [faults[0] as string],
      records: true,
    });
    if (fault === undefined) throw new Error('no fault');
    const counters = (n: number) => ({ ...resultOf(fault.id, 0), counters: { left_out: n } });
    const row = (n: number) =>
      labTable({
        experiments: [fault],
        results: [counters(n)],
        recordings: new Map([[fault.id, verdictOf()]]),
        points,
        design,
        model: [],
      })[0];
    expect(row(0)).toMatchObject({ outcome: 'not tried', leftOut: 0 });
    expect(row(0)?.because).toMatch(/^not reached in the lab/);
    expect(row(7)).toMatchObject({ leftOut: 7, because: expect.stringMatching(/did not show/) });
  });
  test('stale reads with every point on are no agreement', () => {
    expect(table([resultOf(whole, 1)], [[whole, verdictOf()]])[1]).toMatchObject({
      programs: 'wrong',
      agree: false,
    });
  });
  test('an experiment that the guest did not come to is missing, and nothing is known of it', () => {
    expect(table([resultOf(whole, 0)], [])[2]).toMatchObject({
      complete: false,
      programs: 'unknown',
      outcome: 'not tried',
      because: 'the guest did not come to it',
    });
  });
});

describe('answers of the explorer', () => {
  const answer = { design: 'luf-v12', point: 'x', questions: 1, hold: 1, bounded: 0 };
  const text = (rows: unknown[]) =>
    JSON.stringify({ schema: 'lufcheck.flush-points/1', flushPoints: rows });
  test('are read', () => {
    expect(readModelAnswers(text([answer]), 'f', 'luf-v12')).toEqual([answer]);
  });
  test.each([
    ['not JSON', '{'],
    ['another schema', '{"schema":"lufcheck.rules/1","flushPoints":[]}'],
    ['a count that is none', text([{ ...answer, hold: 'x' }])],
    ['a witness without its command', text([{ ...answer, wrong: {} }])],
    ['another design', text([{ ...answer, design: 'luf-v11' }])],
  ])('%s is refused', (_, input) => {
    expect(() => readModelAnswers(input, 'f', 'luf-v12')).toThrow(Problem);
  });
});
