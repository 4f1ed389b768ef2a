import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { memorySource } from '../trace/formats/byte-source.ts';
import { type Conformance, ConformanceJudge, type PathConformance } from './conformance.ts';
import { type ModelPaths, modelPaths } from './model-paths.ts';

const folder = new URL('../../fixtures/traces/', import.meta.url);
const reclaim = readFileSync(new URL('reclaim.txt', folder), 'utf8').split('\n');

let paths: ModelPaths;
beforeAll(() => {
  // Enough of them: all the functions that the recordings have calls of, where CPUs switch too.
  const some = scenarios.filter(({ world }, i) => i < 60 || world.switching !== undefined);
  paths = modelPaths(some, mainline);
});

async function conform(bytes: Uint8Array): Promise<Conformance> {
  const judge = new ConformanceJudge(paths, mainline.id);
  await judge.take(memorySource('a.txt', bytes));
  return judge.result();
}

async function pathIn(lines: readonly string[], path: string): Promise<PathConformance> {
  const { paths: all } = await conform(new TextEncoder().encode(lines.join('\n')));
  const found = all.find((one) => one.path === path);
  if (found === undefined) throw new Error(`no call of ${path}`);
  return found;
}

/** Places of the lines from the first of an event after a line to the next of another one. */
function stretch(lines: readonly string[], after: RegExp, from: RegExp, to: RegExp) {
  const entered = lines.findIndex((line) => after.test(line));
  const begin = lines.findIndex((line, i) => i > entered && from.test(line));
  const end = lines.findIndex((line, i) => i > begin && to.test(line));
  return { begin, end };
}

const without = (lines: readonly string[], begin: number, end: number): string[] =>
  lines.filter((_, i) => i < begin || i > end);

describe('a stock kernel', () => {
  test('every call of a short recording is a run of its path', async () => {
    const {
      paths: all,
      files,
      neverSeen,
    } = await conform(new TextEncoder().encode(reclaim.join('\n')));
    expect(all.map(({ path, occurrences, matched }) => [path, occurrences, matched])).toEqual([
      ['arch_tlbbatch_flush', 4, 4],
      ['flush_tlb_mm_range', 2, 2],
      ['munmap', 1, 1],
      ['try_to_unmap_one', 12, 12],
    ]);
    expect(files[0]?.events).toContain('pte.clear');
    expect(neverSeen).toContain('shrink_folio_list');
    expect(neverSeen).not.toContain('munmap');
  });

  test.each(['reclaim.dat', 'noflush.dat', 'stock-thp.dat'])('%s', async (name) => {
    const { paths: all } = await conform(readFileSync(new URL(name, folder)));
    expect(all.length).toBeGreaterThan(0);
    expect(all.filter(({ unmatched }) => unmatched > 0)).toEqual([]);
  });
});

describe('a recorded call that was tampered with is no run', () => {
  const entered = /rmap_del.*vm_start=0x7f73e1920000/;

  test('munmap without the flush of what it has emptied', async () => {
    const { begin, end } = stretch(reclaim, entered, / flush_range:/, /flush_range_ret:/);
    const { unmatched, differences } = await pathIn(without(reclaim, begin, end), 'munmap');
    expect(unmatched).toBe(1);
    expect(differences[0]?.before.at(-1)).toBe('pte.clear');
    // The page goes free while a CPU may hold its translation.
    expect(differences[0]?.seen?.letter).toBe('frame.free');
    expect(differences[0]?.mayReturn).toBe(false);
    expect(differences[0]?.allowed).toContain('flush_tlb_mm_range()');
  });

  test('munmap that empties an entry after its flush', async () => {
    const { end } = stretch(reclaim, entered, / flush_range:/, /flush_range_ret:/);
    const clear = reclaim.find((line) => entered.test(line)) ?? '';
    const time = /\d+\.\d{6}/.exec(reclaim[end] ?? '')?.[0] ?? '';
    const late = clear.replace(/\d+\.\d{6}/, time);
    const lines = reclaim.filter((line) => line !== clear);
    const at = lines.indexOf(reclaim[end] ?? '') + 1;
    const { differences } = await pathIn(
      [...lines.slice(0, at), late, ...lines.slice(at)],
      'munmap',
    );
    expect(differences[0]?.seen?.letter).toBe('frame.free');
    expect(differences[0]?.before.at(-1)).toBe('pte.clear');
  });

  test('try_to_unmap_one that empties no entry, and one that empties it twice', async () => {
    const one = reclaim.findIndex((line) => / unmap_one:/.test(line));
    const clear = reclaim.findIndex((line, i) => i > one && /rmap_del:/.test(line));
    const none = await pathIn(without(reclaim, clear, clear), 'try_to_unmap_one');
    expect([none.occurrences, none.unmatched]).toEqual([12, 1]);
    expect(none.differences[0]?.allowed).toContain('pte.clear');
    const line = reclaim[clear] ?? '';
    const twice = [...reclaim.slice(0, clear), line, ...reclaim.slice(clear)];
    const both = await pathIn(twice, 'try_to_unmap_one');
    expect(both.differences[0]?.seen?.letter).toBe('pte.clear');
  });

  test('a flush in the middle of unmapping', async () => {
    const one = reclaim.findIndex((line) => / unmap_one_ret:/.test(line));
    const time = /\d+\.\d{6}/.exec(reclaim[one] ?? '')?.[0] ?? '';
    const task = / +luf-cg-106 +\[001\] +/.exec(reclaim[one] ?? '')?.[0] ?? '';
    const lines = [
      ...reclaim.slice(0, one),
      `${task}${time}: batch_flush: (ffffffff8107f920) cpus=0x3`,
      `${task}${time}: batch_flush_ret: (ffffffff8107f920 <- ffffffff812d6bba)`,
      ...reclaim.slice(one),
    ];
    const { differences } = await pathIn(lines, 'try_to_unmap_one');
    expect(differences[0]?.seen?.letter).toBe('arch_tlbbatch_flush()');
  });
});

describe('what cannot be judged is an error', () => {
  test('no modelled function from entry to return', async () => {
    const calls = reclaim.filter((line) => !/_ret:|sys_exit_/.test(line));
    await expect(conform(new TextEncoder().encode(calls.join('\n')))).rejects.toMatchObject({
      code: 'LUF-E204',
    });
  });

  test('not one call to its end', async () => {
    const entry = reclaim.findIndex((line) => /sys_enter_munmap/.test(line));
    const exit = reclaim.findIndex((line) => /sys_exit_munmap/.test(line));
    // A return before any entry: the function is known to be recorded, and no call is whole.
    const lines = [reclaim[exit] ?? '', ...reclaim.slice(entry, entry + 4)].map((line) =>
      line.replace(/4\.910866/, '4.900000'),
    );
    await expect(conform(new TextEncoder().encode(lines.join('\n')))).rejects.toMatchObject({
      code: 'LUF-E204',
    });
  });

  test('not a trace', async () => {
    await expect(conform(new TextEncoder().encode('hello\n'))).rejects.toMatchObject({
      code: 'LUF-E202',
    });
  });
});
