import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import type { Scenario } from '../src/catalogue/scenario.ts';
import { type PathPage, pathBook } from '../src/explain/path-book.ts';
import { immediate } from '../src/kernel/designs/immediate.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { path, step } from '../src/lang/program.ts';
import { fileOf, pathBookLines } from '../src/report/path-book-text.ts';

const root = new URL('../', import.meta.url);
const book = pathBook(scenarios);

/** What a path does not say of itself. */
function missing({ head, lines }: PathPage): string[] {
  return [
    ...(head.name.trim() === '' ? ['name'] : []),
    ...(/^[\w./-]+\/[\w.-]+\.[ch]\b|LUF|repair|Arm arch|migrc|LATR|LWN|user|rule|mine|made|no kernel|x86|FreeBSD, sys|xen\/|a device|a guest/i.test(
      head.source,
    )
      ? []
      : ['source']),
    ...(head.leavesOut.trim().length < 7 ? ['leavesOut'] : []),
    ...(lines.some((line) => line.kind === 'step' && line.label.trim() === '')
      ? ['the label of a step']
      : []),
  ];
}

test('every path says what it stands for and what it leaves out, and every step has a label', () => {
  const incomplete = book.filter((page) => missing(page).length > 0);
  expect(incomplete.map((page) => `${page.head.name}: ${missing(page)}`)).toEqual([]);
});

test('a path that says neither is caught', () => {
  const silent = path<Kernel, Record<never, never>>(
    { name: 'silent', source: '', leavesOut: '', reads: [], writes: [] },
    () => [step('')],
  );
  const scenario: Scenario = {
    id: 'silent',
    title: '',
    provenance: { source: 'test', where: 'here' },
    says: '',
    world: { cpus: 1, mms: 1, vas: 1, frames: 1, slots: 1 },
    setup: { vmas: [], cached: [null], loaded: [null] },
    threads: [{ name: 'one', cpu: 0, code: (k) => [silent(k, {})] }],
    variants: [{ id: 'one', says: '', design: { design: immediate }, expect: 'holds' }],
  };
  const [page] = pathBook([scenario]);
  if (page === undefined) throw new Error('no page');
  expect(missing(page)).toEqual(['source', 'leavesOut', 'the label of a step']);
});

test('every path in src/kernel is reached by some variant, and so on the page', () => {
  const files = (readdirSync(new URL('src/kernel/', root), { recursive: true }) as string[])
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(new URL(`src/kernel/${file}`, root), 'utf8'));
  const written = files.flatMap((text) =>
    [...text.matchAll(/\bname: '([^']+)',\s*source:/g)].map((match) => match[1] as string),
  );
  expect(written.length).toBeGreaterThan(80);
  const shown = new Set(book.map((page) => page.head.name));
  expect([...new Set(written)].filter((name) => !shown.has(name))).toEqual([]);
});

test('no lock is left when a system call or a kernel thread is done', () => {
  const kernel = book.filter((page) => page.design === undefined && fileOf(page).includes('/'));
  for (const { head, lines } of kernel) {
    const last = lines.at(-1);
    if (last?.kind !== 'step' || !last.label.startsWith('return from')) continue;
    expect(
      last.held.filter((lock) => !lock.endsWith('?')),
      head.name,
    ).toEqual([]);
  }
});

test('docs/fidelity.md is what `lufcheck list --paths` prints', () => {
  const page = readFileSync(new URL('docs/fidelity.md', root), 'utf8');
  expect(page.trimEnd().split('\n')).toEqual(pathBookLines(book));
});
