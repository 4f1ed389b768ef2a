import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import { mistakes } from '../src/kernel/world.ts';

const page = readFileSync(new URL('../docs/switching.md', import.meta.url), 'utf8');

test('the page about switching names every mistake, and variants that exist', () => {
  for (const mistake of Object.keys(mistakes)) expect(page).toContain(`\`${mistake}\``);
  for (const [, id, variant] of page.matchAll(/`([\w-]+):([\w-]+)`/g)) {
    const scenario = scenarios.find((one) => one.id === id);
    expect(
      scenario?.variants.map((one) => one.id),
      `${id}:${variant}`,
    ).toContain(variant);
  }
});

test('a mistake is shown by the variants that the page gives for it', () => {
  for (const line of page.split('\n').filter((one) => /^\| `[\w-]+`/.test(one))) {
    const made = [...line.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
    for (const [, id, variantId] of line.matchAll(/`([\w-]+):([\w-]+)`/g)) {
      const scenario = scenarios.find((one) => one.id === id);
      const variant = scenario?.variants.find((one) => one.id === variantId);
      expect(variant?.expect, `${id}:${variantId}`).not.toBe('holds');
      const world = variant?.world ?? scenario?.world;
      expect(world?.mistakes?.some((one) => made.includes(one))).toBe(true);
    }
  }
});
