import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import type { Scenario, Variant } from '../src/catalogue/scenario.ts';
import { isAll } from '../src/catalogue/testing/chosen.ts';
import { judge } from '../src/explain/judge.ts';
import { poorerThan } from '../src/explain/poorer.ts';
import { lufV11 } from '../src/kernel/designs/luf-v11.ts';
import { lufV12 } from '../src/kernel/designs/luf-v12/design.ts';
import { mainline } from '../src/kernel/designs/mainline.ts';
import type { Design, FlushPoint } from '../src/kernel/kernel.ts';

/** Of each variant that holds: what it is less each flush point, where that is another kernel. */
const poorer = new Map<Variant, Map<FlushPoint, Variant>>();
function without(scenario: Scenario, variant: Variant, point: FlushPoint): Variant | undefined {
  const known = poorer.get(variant) ?? new Map(poorerThan(scenario, variant));
  poorer.set(variant, known);
  return known.get(point);
}

/** States of each question whose answer is to be that nothing goes wrong. */
const ENOUGH = isAll ? Number.POSITIVE_INFINITY : 3_000;

/** A variant that holds, and goes wrong when the point is taken away from its design. */
function protectedBy(
  design: Design,
  point: FlushPoint,
  maxStates = Number.POSITIVE_INFINITY,
): string | undefined {
  for (const scenario of scenarios) {
    for (const variant of scenario.variants) {
      if (variant.design.design !== design || variant.expect !== 'holds') continue;
      const less = without(scenario, variant, point);
      if (less === undefined) continue;
      const { result } = judge(scenario, less, { bounds: { maxStates } });
      if (result.verdict === 'violated') return `${scenario.id}:${variant.id}`;
    }
  }
  return undefined;
}

// docs/flush-points.md gives the reason for each.
const protectsNothing: readonly FlushPoint[] = [
  'finish_fault',
  'do_anonymous_page',
  'wp_page_copy',
  'finish_mkwrite_fault',
  'handle_pte_fault',
  'flush_tlb_batched_pending@move_ptes',
  'flush_tlb_batched_pending@madvise_cold_or_pageout_pte_range',
];

describe.each([lufV11, mainline])('$id', (design) => {
  test.each(design.points.map((point) => [point]))('%s', (point) => {
    if (protectsNothing.includes(point)) {
      expect(protectedBy(design, point, ENOUGH)).toBeUndefined();
    } else {
      expect(protectedBy(design, point)).toBeDefined();
    }
  });
});

/** The points of v12 at which content changes. The page says why some protect nothing. */
const ofContent: readonly (readonly [FlushPoint, boolean])[] = [
  ['mapping_write_begin', true],
  ['truncate_inode_pages_range', true],
  ['invalidate_inode_pages2_range', true],
  ['folio_mkclean', false],
  ['folio_invalidate', false],
  ['truncate_inode_folio', false],
  ['mapping_evict_folio', false],
  ['mapping_try_invalidate', false],
  ['remove_mapping', false],
];
test.each(ofContent)('luf-v12, content: %s protects something: %s', (point, something) => {
  const maxStates = something ? Number.POSITIVE_INFINITY : ENOUGH;
  expect(protectedBy(lufV12, point, maxStates) !== undefined).toBe(something);
});

test('the page about flush points names each', () => {
  const page = readFileSync(new URL('../docs/flush-points.md', import.meta.url), 'utf8');
  for (const point of [...lufV11.points, ...ofContent.map(([point]) => point)]) {
    for (const part of point.split('@')) expect(page).toContain(`\`${part}\``);
  }
  for (const [, reference] of page.matchAll(/`([\w-]+:[\w-]+)`/g)) {
    const [id, variant] = (reference ?? '').split(':');
    const scenario = scenarios.find((one) => one.id === id);
    expect(
      scenario?.variants.map((one) => one.id),
      reference,
    ).toContain(variant);
  }
});
