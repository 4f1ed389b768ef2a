import { describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { modelOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { isAll } from '../catalogue/testing/chosen.ts';
import { designs } from '../kernel/designs/all.ts';
import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { migrcV8 } from '../kernel/designs/migrc-v8.ts';
import { migrcV9 } from '../kernel/designs/migrc-v9.ts';
import { strict } from '../kernel/designs/strict.ts';
import type { Design } from '../kernel/kernel.ts';
import type { Code } from '../lang/nodes.ts';
import { judge } from './judge.ts';
import { type MatrixRow, matrix, type Outcome, type Situation, situationsOf } from './matrix.ts';
import { isA } from './moments.ts';
import { caseOf } from './story.ts';

function scenario(id: string): Scenario {
  const found = scenarios.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no scenario '${id}'`);
  return found;
}

describe('situations', () => {
  test('variants that differ in their design only share one', () => {
    const found = situationsOf(scenario('LUF-write2'));
    expect(found.length).toBe(1);
    expect(found[0]?.variants).toEqual(scenario('LUF-write2').variants.map((one) => one.id));
  });
  test('worlds are compared by value, threads by being the same', () => {
    const found = situationsOf(scenario('LUF-buddy'));
    expect(found.map((one) => one.id)).toEqual(['broken', 'broken-other-file', 'broken-zeroing']);
    expect(found[2]?.variants).toContain('v12-zeroing');
  });
  test('every variant is in exactly one', () => {
    for (const one of scenarios) {
      const listed = situationsOf(one).flatMap((situation) => situation.variants);
      expect(listed.toSorted()).toEqual(one.variants.map((variant) => variant.id).toSorted());
    }
  });
});

describe('cells', () => {
  test('agree with the variants that have the design as posted', () => {
    let compared = 0;
    for (const one of scenarios) {
      // The columns that its variants have, and the one that stands in: others have nothing to agree with.
      const posted = one.variants.map(({ design }) => design.design);
      const columns = designs.filter((own) => own === immediate || posted.includes(own));
      const { rows } = matrix([one], columns, { bounds: { maxStates: isAll ? 1_500 : 500 } });
      for (const { situation, cells } of rows) {
        for (const variant of situation.scenario.variants) {
          const { design, without, plus } = variant.design;
          if (!situation.variants.includes(variant.id) || without !== undefined) continue;
          if (plus !== undefined) continue;
          const cell = cells[columns.indexOf(design)];
          // A design of one scenario only has no column.
          if (cell === undefined) continue;
          // A design that has nothing to put off here is as good as one that never does.
          const as = cell.kind === 'does not apply' ? cells[columns.indexOf(immediate)] : cell;
          if (as === undefined || as.kind === 'bounded') continue;
          const outcome = as.kind === 'violated' ? as.what : as.kind;
          expect(outcome, `${situation.scenario.id}:${variant.id}`).toBe(variant.expect);
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(150);
  }, 180_000);
  test('a design that never defers there does not apply, and says where it would', () => {
    const [row] = matrix([scenario('upgrade-to-writable')], [lufV11, mainline]).rows;
    expect(row?.cells[0]).toMatchObject({ kind: 'does not apply' });
    expect(row?.cells[1]).toMatchObject({ kind: 'holds' });
  });
  test("what stops a search is the cell's bound", () => {
    const [row] = matrix([scenario('LUF-buddy')], [mainline], { bounds: { maxStates: 10 } }).rows;
    expect(row?.cells[0]).toMatchObject({ kind: 'bounded', bound: '10 states' });
  });
  test('so is a counter that the world makes too small', () => {
    const small = scenario('LUF-atomic');
    const world = { ...small.world, generations: 1 };
    const [row] = matrix([{ ...small, world }], [mainline]).rows;
    expect(row?.cells[0]).toMatchObject({ kind: 'bounded' });
  });
  test('the caller may stop it', () => {
    const [row] = matrix([scenario('LUF-buddy')], [mainline, immediate], {
      onCell: () => false,
    }).rows;
    expect(row?.cells[0]).toMatchObject({ kind: 'holds' });
    expect(row?.cells[1]).toEqual({ kind: 'not begun' });
  });
});

describe('the references', () => {
  // What is larger is judged by `check --matrix`.
  const bounds = { maxStates: isAll ? 40_000 : 20_000 };
  const { rows } = matrix(scenarios, [immediate, strict], { bounds });
  const cellsOf = (row: MatrixRow): [Outcome, Outcome] => row.cells as [Outcome, Outcome];
  const wrongAnyway = rows.filter((row) => cellsOf(row)[0].kind === 'violated');
  const rest = rows.filter((row) => !wrongAnyway.includes(row));

  test('the immediate one is violated only where the threads are wrong whatever the design', () => {
    for (const { situation } of wrongAnyway) {
      const name = `${situation.scenario.id}:${situation.id}`;
      for (const id of situation.variants) {
        const variant = situation.scenario.variants.find((one) => one.id === id);
        expect(variant?.expect, name).not.toBe('holds');
      }
      // A design that flushes more than it need may make up for a mistake of the kernel's.
      if (mistaken(situation)) continue;
      for (const design of designs) {
        const { result } = judge(situation.scenario, under(design, situation), {
          bounds: { maxStates: isAll ? 8_000 : 1_500 },
        });
        expect(['violated', 'bounded'], `${name} ${design.id}`).toContain(result.verdict);
      }
    }
  }, 180_000);
  test('everywhere else the immediate one holds', () => {
    const whole = rest.filter((row) => cellsOf(row)[0].kind !== 'bounded');
    expect(whole.length).toBeGreaterThan(0.9 * rest.length);
    for (const row of whole) {
      const [cell] = cellsOf(row);
      const name = `${row.situation.scenario.id}:${row.situation.id}`;
      expect(cell.kind, `${name} ${JSON.stringify(cell)}`).toBe('holds');
    }
  });
  // A finding: its two rules speak of the page cache and of frames, and a content can become another
  // one without either.
  test('the strict one is violated only by a content that changes elsewhere while its slot is empty', () => {
    let found = 0;
    for (const row of rest) {
      const { situation } = row;
      if (mistaken(situation)) continue;
      const name = `${situation.scenario.id}:${situation.id}`;
      const [, cell] = cellsOf(row);
      if (cell.kind === 'bounded') continue;
      if (cell.kind !== 'violated') {
        expect(['holds', 'does not apply'], `${name} ${JSON.stringify(cell)}`).toContain(cell.kind);
        continue;
      }
      found++;
      const verdict = judge(situation.scenario, under(strict, situation));
      const { violation } = verdict;
      expect(violation?.property, name).toBe('stale-read');
      if (violation === undefined) continue;
      const { parties, evidence } = caseOf(verdict, violation);
      const change = parties?.change;
      expect(change?.event, name).toBe('slot.change');
      if (change?.event !== 'slot.change') continue;
      const before = evidence.moments.findLast(
        (one) =>
          isA(one, 'slot.add', 'slot.remove', 'slot.replace') &&
          one.slot === change.slot &&
          one.at < change.at,
      );
      expect(before?.event, name).toBe('slot.remove');
    }
    expect(found).toBeGreaterThan(0);
  });
});

/** The world's kernel makes a mistake of its own, whatever the design. */
function mistaken({ scenario, of }: Situation): boolean {
  return ((of.world ?? scenario.world).mistakes ?? []).length > 0;
}

function under(design: Design, situation: Situation): Variant {
  return { ...situation.of, id: situation.id, says: '', design: { design }, expect: 'holds' };
}

test('where nothing migrates, migrc comes out as mainline', () => {
  const anywhere = [migrcV8, migrcV9].map(({ defersIn: _, ...design }) => design);
  const some = scenarios.filter((_, i) => isAll || i % 3 === 0);
  const { rows } = matrix(some, [mainline, ...anywhere], {
    bounds: { maxStates: isAll ? 20_000 : 1_500 },
  });
  let compared = 0;
  for (const { situation, cells } of rows) {
    if (migrates(situation)) continue;
    const [first, ...rest] = cells.map((cell) =>
      cell.kind === 'violated' ? cell.what : cell.kind,
    );
    for (const other of rest) {
      if (first !== 'bounded' && other !== 'bounded') {
        expect(other, `${situation.scenario.id}:${situation.id}`).toBe(first);
        compared++;
      }
    }
  }
  expect(compared).toBeGreaterThan(100);
});

function migrates(situation: Situation): boolean {
  const text = modelOf(situation.scenario, under(mainline, situation));
  const calls = (codes: readonly Code[]): boolean =>
    codes.some((code) => {
      switch (code.op) {
        case 'call':
          return code.path.name === 'migrate_pages' || calls(code.body);
        case 'branch':
          return calls(code.holds) || calls(code.otherwise);
        case 'while':
        case 'block':
          return calls(code.body);
        default:
          return false;
      }
    });
  return text.threads.some((thread) => calls(thread.code));
}
