import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';

const root = new URL('../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');
const squeezed = (text: string): string => text.replace(/\s+/g, '').replace(/,([\])}])/g, '$1');

/** TypeScript blocks of a page that show pieces of the example files. */
function blocks(page: string): string[] {
  return [...read(page).matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] as string);
}

const examples = readdirSync(new URL('examples/', root))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => squeezed(read(`examples/${file}`)));

describe('docs/writing-paths.md shows what the examples say', () => {
  test.each(blocks('docs/writing-paths.md').map((block) => [block]))('%s', (block) => {
    expect(examples.some((example) => example.includes(squeezed(block).trim()))).toBe(true);
  });
});

test('a block that no example has is caught', () => {
  expect(examples.some((example) => example.includes(squeezed('step("nothing like it")')))).toBe(
    false,
  );
});

test('every problem code that can be met while writing a path is explained', () => {
  const page = read('docs/writing-paths.md');
  for (const code of ['E001', 'E002', 'E003', 'E004', 'E005', 'E204']) {
    expect(page).toContain(`LUF-${code}`);
  }
});

test('every variant that the pages refer to exists', () => {
  for (const page of ['docs/findings.md', 'docs/flush-points.md', 'README.md']) {
    for (const [, id = '', variant = ''] of read(page).matchAll(/`([\w-]+):([\w-]+)`/g)) {
      const scenario = scenarios.find((one) => one.id === id);
      expect(
        scenario?.variants.map((one) => one.id),
        `${page}: ${id}:${variant}`,
      ).toContain(variant);
    }
  }
});
