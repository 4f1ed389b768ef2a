import { beforeAll, describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import type { Scenario } from '../catalogue/scenario.ts';
import { immediate } from '../kernel/designs/immediate.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { flush_tlb_mm_range } from '../kernel/paths/tlb-flush.ts';
import { ptep_get_and_clear } from '../kernel/pte.ts';
import { theId } from '../lang/expr.ts';
import { branch, path, step, when } from '../lang/program.ts';
import { bool } from '../lang/sorts.ts';
import { type Alphabet, tellingEvents } from './alphabet.ts';
import { type ModelPaths, modelPaths } from './model-paths.ts';
import { PathAutomaton } from './path-automaton.ts';

const alphabet: Alphabet = {
  events: new Set(tellingEvents),
  functions: new Map(
    ['flush_tlb_mm_range', 'arch_tlbbatch_flush'].map((name) => [name, { name, returns: true }]),
  ),
};

const flush = ['>flush_tlb_mm_range', '<flush_tlb_mm_range'];
const batch = ['>arch_tlbbatch_flush', '<arch_tlbbatch_flush'];

/** Whether letters are a run of any form of a path; `!` behind one: it tells of CPUs. */
function isRun(paths: ModelPaths, name: string, letters: readonly string[]): boolean {
  const forms = paths.byFunction.get(name) ?? [];
  return forms
    .map((form) => new PathAutomaton(form, alphabet, paths.own))
    .some((form) => {
      let states = form.start();
      for (const one of letters)
        states = form.after(states, one.replace('!', ''), one.endsWith('!'));
      return form.ends(states);
    });
}

describe('paths of the catalogue', () => {
  let paths: ModelPaths;
  beforeAll(() => {
    paths = modelPaths(scenarios.slice(0, 40), mainline);
  });

  test.each([
    ['nothing mapped', [], true],
    ['an entry emptied, then its flush', ['pte.clear', ...flush], true],
    ['and the page goes free', ['pte.clear', ...flush, 'frame.free'], true],
    ['no flush of what was emptied', ['pte.clear'], false],
    ['the flush before the entry is emptied', [...flush, 'pte.clear'], false],
    ['the page goes free before the flush', ['pte.clear', 'frame.free', ...flush], false],
    ['an entry set', ['pte.set'], false],
  ])('munmap: %s', (_, letters, expected) => {
    expect(isRun(paths, 'munmap', letters)).toBe(expected);
  });

  test.each([
    ['a folio that is mapped', ['pte.clear!', 'slot.remove', ...batch, 'frame.free'], true],
    ['one that is not mapped', ['slot.remove', 'frame.free'], true],
    ['one that is kept', ['pte.clear!', ...batch], true],
    ['the batch is not flushed', ['pte.clear!', 'slot.remove', 'frame.free'], false],
    ['it is flushed too late', ['pte.clear!', 'slot.remove', 'frame.free', ...batch], false],
    ['before it is unmapped', [...batch, 'pte.clear!', 'slot.remove', 'frame.free'], false],
    ['nobody may hold it', ['pte.clear', 'slot.remove', 'frame.free'], true],
    ['it leaves the cache twice', ['slot.remove', 'slot.remove', 'frame.free'], false],
  ])('shrink_folio_list: %s', (_, letters, expected) => {
    expect(isRun(paths, 'shrink_folio_list', letters)).toBe(expected);
  });

  test('a path tells what it is a part of, and what a task keeps to itself', () => {
    expect(paths.own).toContain('tlb_ubc.cpus');
    expect(paths.functions).toContain('shrink_folio_list');
    expect(paths.functions).not.toContain('load');
    expect(paths.byFunction.has('try_to_unmap_one')).toBe(true);
  });
});

describe('a path that is written wrong', () => {
  const variant = (early: boolean) =>
    path<Kernel, Record<never, never>, { gathered: typeof bool }>(
      {
        name: 'my_unmap',
        source: 'mine',
        leavesOut: 'everything else',
        reads: ['mm_cpumask'],
        writes: ['pte', 'pte_dirty', 'tlb'],
        locals: { gathered: bool },
      },
      (k, _, l) => {
        const at = { mm: theId('mm', 0), va: theId('va', 0) };
        const clear = step(
          'clear',
          when(k.pte(at.mm, at.va).frame.isSome(), [
            l.gathered.set(true),
            ptep_get_and_clear(k, at.mm, at.va),
          ]),
        );
        return early
          ? [flush_tlb_mm_range(k, at), clear]
          : [clear, branch(l.gathered, [flush_tlb_mm_range(k, at)])];
      },
    );
  const pathsOf = (early: boolean): ModelPaths => {
    const my_unmap = variant(early);
    const scenario: Scenario = {
      id: 'mine',
      title: '',
      provenance: { source: 'test', where: 'here' },
      says: '',
      world: { cpus: 1, mms: 1, vas: 1, frames: 1, slots: 1 },
      setup: { vmas: [], cached: [null], loaded: [null] },
      threads: [{ name: 'one', cpu: 0, code: (k) => [my_unmap(k, {})] }],
      variants: [{ id: 'one', says: '', design: { design: immediate }, expect: 'holds' }],
    };
    return modelPaths([scenario], immediate);
  };

  test('a recorded call that flushes what it has emptied is a run of the right one only', () => {
    const recorded = ['pte.clear', ...flush];
    expect(isRun(pathsOf(false), 'my_unmap', recorded)).toBe(true);
    expect(isRun(pathsOf(true), 'my_unmap', recorded)).toBe(false);
  });
});

describe('what a compiler may have copied into its caller', () => {
  let paths: ModelPaths;
  beforeAll(() => {
    paths = modelPaths(
      scenarios.filter(({ id }) => id === 'LUF-kept'),
      mainline,
    );
  });
  const run = (letters: readonly string[]): boolean => {
    const names = ['try_to_unmap_flush', 'try_to_unmap_flush_dirty', 'arch_tlbbatch_flush'];
    const functions = new Map(names.map((name) => [name, { name, returns: true }]));
    return (paths.byFunction.get('try_to_unmap_flush_dirty') ?? []).some((form) => {
      const one = new PathAutomaton(form, { ...alphabet, functions }, paths.own);
      const states = letters.reduce((now, letter) => one.after(now, letter, false), one.start());
      return one.ends(states);
    });
  };

  test('is a run whether it is called or copied, but not half of each', () => {
    expect(run(['>try_to_unmap_flush', ...batch, '<try_to_unmap_flush'])).toBe(true);
    expect(run(batch)).toBe(true);
    expect(run([])).toBe(true);
    expect(run(['>try_to_unmap_flush', ...batch])).toBe(false);
    expect(run([...batch, '<try_to_unmap_flush'])).toBe(false);
    expect(run([...batch, ...batch])).toBe(false);
  });
});
