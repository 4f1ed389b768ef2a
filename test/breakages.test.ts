// The catalogue can fail: each of these breaks the model, truth or a design on purpose, and at least
// one variant then comes out differently from what its scenario says.

import { describe, expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import { modelOf } from '../src/catalogue/build.ts';
import type { Scenario, Variant } from '../src/catalogue/scenario.ts';
import { checked } from '../src/explain/judge.ts';
import { search } from '../src/explore/search.ts';
import { mainline } from '../src/kernel/designs/mainline.ts';
import type { Design } from '../src/kernel/kernel.ts';
import { Machine, type ModelText } from '../src/lang/machine.ts';
import type { Code, Stmt } from '../src/lang/nodes.ts';

function outcome(text: ModelText): string {
  const { verdict, violation } = search(new Machine(text), { targets: checked });
  return violation?.properties[0] ?? verdict;
}

/** Variants that no longer come out as they should when their model is changed like this. */
function caughtBy(
  change: (text: ModelText, variant: Variant) => ModelText,
  { id, first = false }: { id?: string; first?: boolean },
): string[] {
  const caught: string[] = [];
  const some = scenarios.filter((one: Scenario) => id === undefined || one.id === id);
  for (const scenario of some) {
    for (const variant of scenario.variants) {
      const text = change(modelOf(scenario, variant), variant);
      if (outcome(text) !== variant.expect) caught.push(`${scenario.id}:${variant.id}`);
      if (first && caught.length > 0) return caught;
    }
  }
  return caught;
}

/** Rewrites every step of a model's threads. */
function everyStep(
  text: ModelText,
  edit: (label: string, body: readonly Stmt[]) => readonly Stmt[],
) {
  const rewrite = (code: Code): Code => {
    switch (code.op) {
      case 'step':
        return { ...code, body: edit(code.label, code.body) };
      case 'branch':
        return {
          ...code,
          holds: code.holds.map(rewrite),
          otherwise: code.otherwise.map(rewrite),
        };
      case 'while':
      case 'block':
      case 'call':
        return { ...code, body: code.body.map(rewrite) };
      default:
        return code;
    }
  };
  return {
    ...text,
    threads: text.threads.map((one) => ({ ...one, code: one.code.map(rewrite) })),
  };
}

test('unbroken, nothing is caught', () => {
  expect(caughtBy((text) => text, { id: 'LUF-buddy' })).toEqual([]);
});

describe('hardware', () => {
  test('a TLB that never fills by itself misses hazards', () => {
    expect(caughtBy((text) => ({ ...text, ambient: [] }), { id: 'LUF-write2' })).not.toEqual([]);
  });
  test('a flush that drops nothing breaks every design', () => {
    const keep = (label: string, body: readonly Stmt[]): readonly Stmt[] =>
      label === 'flush_tlb_func' ? body.filter((stmt) => stmt.op !== 'each' && !isTlb(stmt)) : body;
    expect(caughtBy((text) => everyStep(text, keep), { id: 'LUF-munmap' })).toContain(
      'LUF-munmap:immediate',
    );
  });
});

describe('locks', () => {
  test('a page-table lock that is not taken is reported where state is written', () => {
    const forget = (label: string, body: readonly Stmt[]): readonly Stmt[] =>
      label === 'pte_offset_map_lock' ? body.filter((stmt) => !writes(stmt, 'ptl')) : body;
    expect(() => caughtBy((text) => everyStep(text, forget), { id: 'LUF-munmap' })).toThrowError(
      expect.objectContaining({ code: 'LUF-E003' }),
    );
  });
});

describe('truth', () => {
  test.each([
    ['message.receive', undefined],
    ['vma.change', undefined],
    ['frame.write', undefined],
    ['tlb.use', undefined],
    ['mm.fork', 'fork-flush'],
    ['frame.adopt', 'fork-flush'],
    ['frame.copy', 'migrate-writable'],
    ['frame.merge', 'ksm-merge'],
    ['swap.read', 'swap-writeout'],
    ['swap.write', 'swap-writeout'],
  ] as const)('deaf to %s', (event, id) => {
    const deafen = (text: ModelText): ModelText => ({
      ...text,
      observers: text.observers.map((one) => {
        const { [event]: _, ...hears } = one.hears;
        return { ...one, hears };
      }),
    });
    const where = id === undefined ? {} : { id };
    expect(caughtBy(deafen, { ...where, first: true })).not.toEqual([]);
  });
  test.each([
    ['slot.change', 'LUF-hole-punch'],
    ['slot.promise', 'LUF-nfs-lock'],
    ['file.read', 'LUF-block-device'],
    ['device.write', 'device-store'],
    ['slot.writeout', 'folio_mkclean'],
  ])('deaf to %s, %s comes out otherwise', (event, id) => {
    const deafen = (text: ModelText): ModelText => ({
      ...text,
      observers: text.observers.map((one) => {
        const { [event]: _, ...hears } = one.hears;
        return { ...one, hears };
      }),
    });
    expect(caughtBy(deafen, { id, first: true })).not.toEqual([]);
  });
});

describe('what the kernel does for shared private memory', () => {
  /** Leaves out what a step assigns to one cell. */
  const forgetting =
    (label: string, cell: string) =>
    (text: ModelText): ModelText => {
      const without = (body: readonly Stmt[]): Stmt[] =>
        body
          .filter((stmt) => !writes(stmt, cell))
          .map((stmt) =>
            stmt.op === 'if'
              ? { ...stmt, holds: without(stmt.holds), otherwise: without(stmt.otherwise) }
              : stmt,
          );
      return everyStep(text, (at, body) => (at === label ? without(body) : body));
    };
  test('a fork that leaves pages exclusive lets stores show on the other side', () => {
    const change = forgetting('copy_present_ptes', 'folio.shared');
    expect(caughtBy(change, { id: 'fork-flush' })).toContain('fork-flush:repaired');
  });
});

describe('huge entries in the TLB', () => {
  /** Leaves out what a step does to huge entries. */
  const sparing =
    (label: string) =>
    (text: ModelText): ModelText => {
      const without = (body: readonly Stmt[]): Stmt[] =>
        body
          .filter((stmt) => !writes(stmt, 'huge_tlb.present'))
          .map((stmt) => (stmt.op === 'each' ? { ...stmt, body: without(stmt.body) } : stmt));
      return everyStep(text, (at, body) => (at === label ? without(body) : body));
    };
  test('a flush that leaves them is caught where a huge page is discarded', () => {
    const caught = caughtBy(sparing('flush_tlb_func'), { id: 'thp-zap' });
    expect(caught).toContain('thp-zap:repaired');
  });
});

test('a batch that forgets its CPUs', () => {
  const forgetful: Design = {
    ...mainline,
    build: (k, has) => ({
      ...mainline.build(k, has),
      set_tlb_ubc_flush_pending: () => [],
    }),
  };
  const wrong = scenarios.some((scenario) =>
    scenario.variants
      .filter(({ design, expect }) => design.design === mainline && expect === 'holds')
      .some((variant) => {
        const design = { ...variant.design, design: forgetful };
        return outcome(modelOf(scenario, { ...variant, design })) !== 'holds';
      }),
  );
  expect(wrong).toBe(true);
});

function writes(stmt: Stmt, table: string): boolean {
  return stmt.op === 'assign' && stmt.target.op === 'cell' && stmt.target.cell.name === table;
}
function isTlb(stmt: Stmt): boolean {
  return (
    stmt.op === 'assign' && stmt.target.op === 'cell' && stmt.target.cell.name.startsWith('tlb.')
  );
}
