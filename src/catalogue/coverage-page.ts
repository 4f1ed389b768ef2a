// docs/coverage.md, from the list in coverage.ts.

import { cases, missingPoints, more, topics } from './coverage.ts';
import { type Covered, refsOf } from './coverage-entry.ts';

const cells = (...texts: string[]): string => `| ${texts.join(' | ')} |`;
const refs = (texts: readonly string[] | undefined): string =>
  refsOf(texts)
    .map(([id, variant]) => `\`${id}:${variant}\``)
    .join(', ');

function tableOf(entries: readonly Covered[], head: string): string[] {
  return [
    cells(head, 'what', 'goes wrong in', 'holds in', ''),
    cells('---', '---', '---', '---', '---'),
    ...entries.map(({ id, what, broken, repaired, note }) =>
      cells(id, what, refs(broken), refs(repaired), note ?? ''),
    ),
  ];
}

/** The page, as it should be in the tree. */
export function coveragePage(): string {
  const direct = cases.filter((one) => one.direct);
  const others = cases.filter((one) => !one.direct && one.missing === undefined);
  const missing = cases.filter((one) => one.missing !== undefined);
  return [
    '# What is on record, and where the catalogue shows it',
    '',
    'Made from `src/catalogue/coverage.ts` and `coverage-cases.ts` by `npx vitest run src/catalogue/coverage.test.ts -u`; the same test fails when a variant named here does not exist or does not come out as said.',
    '',
    `Of ${cases.length} bugs with stale translations that happened, the model shows all ${direct.length} that have LUF's mechanism or that of mainline's batches, and ${others.length} of the other ${cases.length - direct.length}, each broken and repaired. It cannot express ${missing.length}.`,
    '',
    "## Bugs with LUF's mechanism, or that of mainline's batches",
    '',
    ...tableOf(direct, 'case'),
    '',
    '## Other bugs',
    '',
    ...tableOf(others, 'case'),
    '',
    '## Bugs beside that record',
    '',
    ...tableOf(more, 'case'),
    '',
    '## What the model cannot express',
    '',
    cells('case', 'what', 'what is missing'),
    cells('---', '---', '---'),
    ...missing.map(({ id, what, missing: lacks }) => cells(id, what, lacks ?? '')),
    '',
    '## What user space sees if a flush point of LUF is missing',
    '',
    ...tableOf(missingPoints, 'number'),
    '',
    "## The topics of LUF's review",
    '',
    ...tableOf(topics, 'topic'),
    '',
  ].join('\n');
}
