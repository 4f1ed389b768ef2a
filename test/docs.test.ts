import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import { formatNames, storyOptions } from '../src/cli/story-output.ts';

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

test('every form of a story is explained, and every option that changes stories', () => {
  const page = read('docs/stories.md');
  for (const name of formatNames) expect(page).toContain(`| \`${name}\` |`);
  for (const name of Object.keys(storyOptions)) expect(page).toContain(`--${name}`);
});

test('every variant that the pages refer to exists', () => {
  for (const page of [
    'docs/findings.md',
    'docs/flush-points.md',
    'docs/switching.md',
    'docs/stories.md',
    'README.md',
  ]) {
    for (const [, id = '', variant = ''] of read(page).matchAll(/`([\w-]+):([\w-]+)`/g)) {
      const scenario = scenarios.find((one) => one.id === id);
      expect(
        scenario?.variants.map((one) => one.id),
        `${page}: ${id}:${variant}`,
      ).toContain(variant);
    }
  }
});

/** What a page says of a variant by name, in the words of the pages: `holds (\`LUF-kept:v12\`)`. */
const saidAs: Readonly<Record<string, string>> = {
  holds: 'holds',
  deadlock: 'deadlock',
  leak: 'leak',
  'stale read': 'stale-read',
  'lost write': 'lost-write',
  'stale permission': 'stale-permission',
};
const verdictWords = Object.keys(saidAs).join('|');

/** Variants that a text names, with a leading `:` standing for the scenario named before. */
function namedIn(text: string): { name: string; expect: string | undefined }[] {
  let last = '';
  return [...text.matchAll(/`([\w-]*):([\w-]+)`/g)].map(([, id = '', variant]) => {
    last = id === '' ? last : id;
    const found = scenarios
      .find((one) => one.id === last)
      ?.variants.find((one) => one.id === variant);
    return { name: `${last}:${variant}`, expect: found?.expect };
  });
}

/** Claims of a page about named variants: what it says, and what the catalogue expects. */
function claims(page: string): { name: string; said: string[]; expect: string | undefined }[] {
  const found: { name: string; said: string[]; expect: string | undefined }[] = [];
  for (const line of page.split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    const words = (text: string): string[] =>
      [...text.matchAll(new RegExp(`\\b(${verdictWords})\\b`, 'g'))].map(
        ([word]) => saidAs[word] as string,
      );
    if (line.startsWith('|') && cells.length >= 5) {
      // A row of a table whose cells are either verdicts or names: one cell each.
      const plain = cells.filter((cell) => cell !== '');
      const names = plain.filter((cell) => /^`[\w-]+:[\w-]+`(, `[\w-]*:[\w-]+`)*$/.test(cell));
      const verdicts = plain.filter((cell) => !cell.includes('`') && words(cell).length > 0);
      if (names.length === 1 && verdicts.length === 1) {
        // The last word is the verdict: what stands before it is the hypothesis.
        const said = words(verdicts[0] as string);
        for (const one of namedIn(names[0] as string)) found.push({ ...one, said });
        continue;
      }
    }
    const claim = new RegExp(`\\b(${verdictWords})\\s*\\((\`[^)]*)\\)`, 'g');
    for (const [, word = '', names = ''] of line.matchAll(claim)) {
      for (const one of namedIn(names)) found.push({ ...one, said: [saidAs[word] as string] });
    }
  }
  return found;
}

test.each(['docs/findings.md', 'docs/flush-points.md', 'docs/switching.md'])(
  'what %s says of a variant is what the catalogue expects of it',
  (page) => {
    const text = read(page).replace(/(?<!\|)\n(?![\n|#-])/g, ' ');
    for (const { name, said, expect: verdict } of claims(text)) {
      expect(said, `${page}: ${name}`).toContain(verdict);
    }
  },
);
test('the claims of the findings are many, and a wrong one is caught', () => {
  expect(
    claims(read('docs/findings.md').replace(/(?<!\|)\n(?![\n|#-])/g, ' ')).length,
  ).toBeGreaterThan(60);
  const [wrong] = claims('It holds (`LUF-rwalias:v11`).');
  expect(wrong).toEqual({ name: 'LUF-rwalias:v11', said: ['holds'], expect: 'stale-read' });
});
