// The book of paths as a page (docs/fidelity.md) and as JSON.

import { padEnd, width } from '../base/text.ts';
import type { OutlineLine } from '../explain/outline.ts';
import type { PathPage } from '../explain/path-book.ts';

const introduction = `# What each path stands for

Made by \`lufcheck list --paths\` from the trees that are explored; \`test/fidelity.test.ts\` holds this page against them. Linux 6.12 unless a path says otherwise; LUF, migrc and LATR as posted.

How to read it. A line is one atomic step, named after the kernel function or statement that it stands for. Between two lines anybody else may run. Behind it: the locks held when it
begins (\`?\`: on some ways to it only), what it takes and releases, the events that it tells, the state that it writes. \`->\` calls another path of this page. \`~\` is a place where a design may
act, with the flush points by which one of them does. \`if\` and \`while\` choose by what the thread has seen in earlier steps. \`waits\`: the step cannot be taken before its condition holds.

What holds for all paths:

- Memory is sequentially consistent; where the kernel has a barrier, the model needs none. What a missing barrier would allow is modelled as another order of steps, where a hazard asks for it.
- One page-table lock for each mm, unless the world splits it (\`splitPtl\`). The kernel has one for each page table: two addresses of one mm may there be worked on at once, which matters only
  where what is done under the lock to one address depends on the other.
- Page tables are neither allocated nor freed and a folio is one page, unless the world has page tables that are pages (\`tables\`) or a huge page (\`huge\`): see src/kernel/world.ts.
- \`mmap_lock\` for reading also stands for the lock of a vma.
- Reference counts are those beyond the page cache's and the page tables' own.
- An rmap walk visits the entries that name the folio, in any order, and an entry that appears behind its back is visited as well: the kernel may miss it and finds out by \`folio_mapped()\`.
- Recordings of real kernels are held against these paths by \`lufcheck lab conform\` (docs/lab.md, which lists what differs).
`;

/** The page, in Markdown. */
export function pathBookLines(pages: readonly PathPage[]): string[] {
  const lines = introduction.trimEnd().split('\n');
  const kernel = pages.filter((one) => one.design === undefined);
  const files = [...new Set(kernel.map(fileOf))].sort();
  // What is no kernel function comes last.
  for (const file of [...files.filter((one) => one !== OTHERS), OTHERS]) {
    lines.push('', `## ${file}`);
    for (const page of kernel) if (fileOf(page) === file) lines.push(...pageLines(page));
  }
  lines.push('', "## What belongs to designs: LUF, migrc, LATR, mainline's batch");
  for (const page of pages.filter((one) => one.design !== undefined)) {
    lines.push(...pageLines(page));
  }
  return lines;
}

const OTHERS = 'Not of the kernel';

/** The first file that a path names; what is no kernel function stands under the same heading. */
export function fileOf({ head }: PathPage): string {
  const [, file] = /^([\w./-]+\/[\w.-]+\.[chS])\b/.exec(head.source) ?? [];
  return file ?? OTHERS;
}

function pageLines({ head, entered, lines, elsewhere }: PathPage): string[] {
  return [
    '',
    `### ${head.name}`,
    '',
    `Stands for: ${head.source}. Leaves out: ${head.leavesOut}.${entered.length > 0 ? ` Called with: ${entered.join(', ')}.` : ''}`,
    '',
    '```',
    ...table(lines),
    '```',
    ...(elsewhere.length === 0
      ? []
      : [
          '',
          `In other worlds, or as it is written wrong on purpose, also: ${elsewhere.join('; ')}.`,
        ]),
  ];
}

function table(lines: readonly OutlineLine[]): string[] {
  const rows = lines.map((line) => [nameOf(line), heldAt(line), doing(line)] as const);
  const column = (n: 0 | 1): number => Math.max(0, ...rows.map((row) => width(row[n])));
  return rows.map(([name, held, does]) =>
    held === '' && does === ''
      ? name
      : `${padEnd(name, column(0))}  ${padEnd(held, column(1))}  ${does}`.trimEnd(),
  );
}

function nameOf(line: OutlineLine): string {
  const indent = '  '.repeat(line.depth);
  switch (line.kind) {
    case 'step':
      return indent + line.label;
    case 'call':
      return `${indent}-> ${line.name}`;
    case 'hook':
      return `${indent}~ ${line.text}`;
    case 'control':
      return `${indent}${line.text}`;
  }
}

function heldAt(line: OutlineLine): string {
  return 'held' in line && line.held.length > 0 ? `[${line.held.join(', ')}]` : '';
}

function doing(line: OutlineLine): string {
  if (line.kind !== 'step') return '';
  const part = (word: string, what: readonly string[]): string[] =>
    what.length === 0 ? [] : [`${word} ${what.join(', ')}`];
  return [
    ...(line.waits ? ['waits'] : []),
    ...part('takes', line.takes),
    ...part('releases', line.releases),
    ...part('tells', line.events),
    ...part('writes', line.writes),
    ...part('asks', line.asks),
    ...(line.goes.length === 0 ? [] : [`may ${line.goes.join(', ')}`]),
  ].join('; ');
}

export function pathBookJson(pages: readonly PathPage[]): object {
  return {
    schema: 'lufcheck.paths/1',
    paths: pages.map(({ head, entered, lines, elsewhere, design }) => ({
      name: head.name,
      source: head.source,
      leavesOut: head.leavesOut,
      calledWith: entered,
      ...(design === undefined ? {} : { design }),
      lines,
      elsewhere,
    })),
  };
}
