import { expect, test } from 'vitest';
import type { SeenLetter } from './occurrence.ts';
import { viewsOf } from './page-views.ts';

const seen = (letter: string, at: number, more: Partial<SeenLetter> = {}): SeenLetter => ({
  ...{ letter, at, since: at, cpu: 0, held: false },
  ...more,
});
const page = { mm: 'm', va: 4096, frame: 1 };

function skippable(letters: readonly SeenLetter[]): boolean[] {
  const [view] = viewsOf(letters, 'by folio');
  return view?.letters.map(({ mayBeForAnother }) => mayBeForAnother) ?? [];
}

test('a flush of the batch that flushed nothing may be for a folio of which nothing is seen', () => {
  const idle = [seen('>try_to_unmap_flush_dirty', 1), seen('<try_to_unmap_flush_dirty', 2)];
  expect(skippable([...idle, seen('pte.clear', 3, page)])).toEqual([true, true, false]);
  const [entry, exit] = idle as [SeenLetter, SeenLetter];
  const busy = [entry, seen('>arch_tlbbatch_flush', 1), exit, seen('pte.clear', 3, page)];
  expect(skippable(busy)).toEqual([false, false, false, false]);
  const other = [seen('>flush_tlb_mm_range', 1), seen('<flush_tlb_mm_range', 2)];
  expect(skippable([...other, seen('pte.clear', 3, page)])).toEqual([false, false, false]);
});

test('a frame that was let go before the call was handed it is a stranger until then', () => {
  const [free, alloc] = [seen('frame.free', 1, { frame: 1 }), seen('frame.alloc', 2, { frame: 1 })];
  const lettersOf = (letters: readonly SeenLetter[]): string[] =>
    viewsOf(letters, 'by folio').flatMap((view) => view.letters.map(({ letter }) => letter));
  const set = seen('pte.set', 3, page);
  expect(lettersOf([free, alloc, set])).toEqual(['frame.alloc', 'pte.set']);
  const clear = seen('pte.clear', 0, page);
  expect(lettersOf([clear, free, alloc, set])).toEqual([
    'pte.clear',
    'frame.free',
    'frame.alloc',
    'pte.set',
  ]);
});
