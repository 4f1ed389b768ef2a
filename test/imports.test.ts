import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

/** For each folder, the folders it may import from besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  base: [],
  lang: ['base'],
  events: ['base', 'lang'],
  rules: ['base', 'lang', 'events'],
  kernel: ['base', 'lang', 'events', 'rules'],
  catalogue: ['base', 'lang', 'events', 'rules', 'kernel'],
  // The explorer knows nothing of pages: not even of the language that models are written in.
  explore: ['base'],
  // Threads of Node for the explorer; a browser will have its own.
  // A thread passes on how a model failed.
  whatif: ['base', 'lang', 'events', 'rules', 'kernel', 'trace'],
  'explore-node': ['base', 'lang', 'explore'],
  // The trace checker's runner of rules, for counterexamples as for recordings.
  explain: [
    'base',
    'lang',
    'events',
    'rules',
    'kernel',
    'catalogue',
    'certificate',
    'explore',
    'trace',
  ],
  // Its own look at everything: without the explorer (see also certificate/verify.test.ts).
  certificate: ['base', 'lang', 'events', 'rules', 'kernel', 'catalogue'],
  trace: ['base', 'lang', 'events', 'rules'],
  // Rules in the words of other tools.
  monitor: ['base', 'lang', 'events', 'rules', 'trace'],
  // Recordings held against the model's paths.
  conform: ['base', 'lang', 'events', 'rules', 'kernel', 'catalogue', 'trace'],
  // Prepares recordings; what runs on the target is the script that it writes.
  record: ['base', 'lang', 'events', 'rules', 'trace'],
  // The guest's programs are C and shell; what decides is told from what runs (see nodeFiles).
  lab: ['base', 'lang', 'events', 'rules', 'kernel', 'trace', 'record', 'whatif'],
  // Many cells, their results and their order; who answers a cell is told by an interface.
  campaign: [
    'base',
    'lang',
    'events',
    'rules',
    'kernel',
    'catalogue',
    'explore',
    'explain',
    'trace',
  ],
  report: [
    'base',
    'lang',
    'events',
    'rules',
    'kernel',
    'catalogue',
    'explore',
    'explain',
    'trace',
    'whatif',
    'monitor',
    'lab',
    'conform',
    'campaign',
  ],
  cli: [
    'base',
    'lang',
    'events',
    'rules',
    'kernel',
    'catalogue',
    'explore',
    'explore-node',
    'explain',
    'certificate',
    'trace',
    'record',
    'whatif',
    'monitor',
    'lab',
    'conform',
    'campaign',
    'report',
    'web',
  ],
  // The pages (compute, draw, work) and their server.
  web: [
    'base',
    'lang',
    'events',
    'rules',
    'kernel',
    'catalogue',
    'explore',
    'explain',
    'trace',
    'whatif',
    // For what is computed when the pages are made; the pages themselves draw.
    'report',
    'index.ts',
  ],
};
/** Runs in a browser as it is. */
const withoutNode = [
  'base',
  'lang',
  'events',
  'rules',
  'kernel',
  'catalogue',
  'explore',
  'explain',
  'certificate',
  'monitor',
  'conform',
];
const nodeFiles = [
  /^cli\//,
  /^explore-node\//,
  /^report\//,
  /^lab\//,
  // What a campaign remembers, and its worker processes; the rest of it is data.
  /^campaign\/(queue\/.*|.*-file|log-store|.*-engine|program-id|digest)\.ts$/,
  /^trace\/node-file\.ts$/,
  /^web\/server\//,
  /^web\/build\//,
];

const files = (readdirSync(src, { recursive: true }) as string[])
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts'))
  .filter((file) => !file.includes('/testing/'))
  // The public API gathers from everywhere below the explorer, and is imported by nobody.
  .filter((file) => file !== 'index.ts');

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1] as string);
}

/** What is wrong with the imports of a file: empty if nothing. */
function wrongImports(file: string, imports: readonly string[]): string[] {
  const folder = file.split('/')[0] as string;
  const may = [folder, ...(allowed[folder] ?? [])];
  return imports.flatMap((path) => {
    if (path.startsWith('.')) {
      const target = relative(src, resolve(src, dirname(file), path)).split('/')[0] as string;
      return may.includes(target) ? [] : [`${file} imports ${target}`];
    }
    const forbidden =
      withoutNode.includes(folder) || !nodeFiles.some((pattern) => pattern.test(file));
    return path.startsWith('node:') && forbidden ? [`${file} imports ${path}`] : [];
  });
}

test('every folder has its place', () => {
  expect([...new Set(files.map((file) => file.split('/')[0]))].sort()).toEqual(
    Object.keys(allowed).sort(),
  );
});

describe('imports point one way', () => {
  test.each(files)('%s', (file) => {
    expect(wrongImports(file, importsOf(file))).toEqual([]);
  });
});

test('a wrong import is caught', () => {
  expect(wrongImports('explore/search.ts', ['../kernel/pte.ts'])).toHaveLength(1);
  expect(wrongImports('rules/rule.ts', ['../kernel/pte.ts'])).toHaveLength(1);
  expect(wrongImports('kernel/pte.ts', ['node:fs'])).toHaveLength(1);
  expect(wrongImports('kernel/pte.ts', ['../events/emit.ts'])).toEqual([]);
});
