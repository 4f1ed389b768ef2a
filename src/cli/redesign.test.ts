import { expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { redesigned } from '../explain/redesign.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import { nameOfChoice } from '../kernel/kernel.ts';
import { select } from './select.ts';

async function names(named: string, wish: Parameters<typeof redesigned>[1]): Promise<string[]> {
  const selected = redesigned(await select(scenarios, [named]), wish);
  return selected.map(({ variant }) => `${variant.id} ${nameOfChoice(variant.design)}`);
}

test('nothing asked, nothing changed', async () => {
  const selected = await select(scenarios, ['LUF-buddy']);
  expect(redesigned(selected, {})).toEqual(selected);
});

test('a flush point goes, by name', async () => {
  expect(await names('LUF-buddy:repaired', { without: 'prep_new_page' })).toEqual([
    'repaired luf-v11-prep_new_page',
  ]);
});

test('a name without its site takes every site', async () => {
  const sites = mainline.points.filter((point) => point.startsWith('flush_tlb_batched_pending@'));
  expect(sites.length).toBeGreaterThan(2);
  expect(await names('LUF-munmap:mainline', { without: 'flush_tlb_batched_pending' })).toEqual([
    `mainline mainline-${sites.join('-')}`,
  ]);
});

test('a point is not taken away with another one whose name begins like its own', async () => {
  expect(await names('LUF-munmap:mainline', { without: 'try_to_unmap_flush' })).toEqual([
    'mainline mainline-try_to_unmap_flush',
  ]);
});

test('variants that become the same question are asked once', async () => {
  expect(await names('LUF-write2', { design: 'luf-v12' })).toEqual(['broken luf-v12']);
});

test.each([
  [{ design: 'luf-v13' }, 'no such design'],
  [{ without: 'nonsense' }, 'no such flush point'],
  [{ design: 'immediate', without: 'prep_new_page' }, 'no design here has that flush point'],
])('%o is refused', async (wish, message) => {
  await expect(names('LUF-buddy', wish)).rejects.toThrowError(
    expect.objectContaining({ code: 'LUF-E102', message }),
  );
});
