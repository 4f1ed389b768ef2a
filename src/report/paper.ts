// A report as plain data, and the three forms that people read it in: on the terminal, in Markdown, and as
// one page that asks nothing of anybody.

import { grouped, padEnd, padStart, width, wrap } from '../base/text.ts';
import { framed } from './html.ts';
import { escaped } from './junit.ts';
import type { Look } from './look.ts';

export interface Paper {
  readonly title: string;
  /** Whether there is something that nobody expected. */
  readonly bad: boolean;
  readonly facts: readonly string[];
  readonly table?: PaperTable;
  readonly after: readonly string[];
  readonly sections: readonly PaperSection[];
}

/** The first column is text, the last one too; what is between are numbers. */
export interface PaperTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface PaperSection {
  readonly title: string;
  readonly rows: readonly PaperRow[];
}

export interface PaperRow {
  readonly name: string;
  readonly text: string;
  /** More of it, for forms that can hide it. */
  readonly more?: readonly string[];
}

/** Rows of a section on a terminal, in the other forms, and stories on a page. */
const MOST_LINES = 12;
const MOST_ROWS = 1000;
const MOST_STORIES = 100;

export function paperText(
  { title, facts, table, after, sections, bad }: Paper,
  look: Look,
): string[] {
  const { columns, paint } = look;
  return [
    bad ? paint.bad(title) : paint.bold(title),
    ...facts.flatMap((fact) => wrap(fact, columns)),
    ...(table === undefined ? [] : ['', ...tableText(table, look)]),
    ...after.flatMap((text) => ['', ...wrap(text, columns)]),
    ...sections.flatMap((section) => ['', ...sectionText(section, look)]),
  ];
}

function tableText({ heads, rows }: PaperTable, { paint }: Look): string[] {
  const widths = heads.map((head, i) =>
    Math.max(width(head), ...rows.map((row) => width(row[i] ?? ''))),
  );
  const last = heads.length - 1;
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) =>
        i === 0 || i === last
          ? padEnd(cell, widths[i] as number)
          : padStart(cell, widths[i] as number),
      )
      .join('  ')
      .trimEnd();
  return [paint.dim(line(heads)), ...rows.map(line)];
}

function sectionText({ title, rows }: PaperSection, { columns, paint }: Look): string[] {
  const shown = rows.slice(0, MOST_LINES);
  return [
    paint.bold(titleOf(title, rows)),
    ...shown.flatMap(({ name, text }) => wrap(`  ${name}: ${text}`, columns, '    ')),
    ...(shown.length < rows.length ? [`  and ${grouped(rows.length - shown.length)} more`] : []),
  ];
}

function titleOf(title: string, rows: readonly PaperRow[]): string {
  return `${title} (${grouped(rows.length)})`;
}

export function paperMarkdown({ title, facts, table, after, sections }: Paper): string {
  const lines = [`# ${marked(title)}`, ''];
  for (const fact of facts) lines.push(marked(fact), '');
  if (table !== undefined) {
    const numbers = table.heads.map((_, i) =>
      i === 0 || i === table.heads.length - 1 ? '---' : '---:',
    );
    for (const row of [table.heads, numbers, ...table.rows]) {
      lines.push(`| ${row.map((cell) => marked(cell)).join(' | ')} |`);
    }
    lines.push('');
  }
  for (const text of after) lines.push(marked(text), '');
  for (const { title: head, rows } of sections) {
    lines.push(`## ${titleOf(head, rows)}`, '');
    for (const { name, text } of rows.slice(0, MOST_ROWS)) {
      lines.push(`- \`${name.replaceAll('`', "'")}\`: ${marked(text)}`);
    }
    if (rows.length > MOST_ROWS) lines.push(`- and ${grouped(rows.length - MOST_ROWS)} more`);
    lines.push('');
  }
  return lines.join('\n');
}

/** What would mean something else in Markdown, or in a cell of a table. */
function marked(text: string): string {
  return text.replaceAll(/[\\`*_<>|[\]]/g, (sign) => `\\${sign}`).replaceAll('\n', ' ');
}

export function paperHtml(paper: Paper, version: string): string {
  const { title, facts, table, after, sections, bad } = paper;
  let stories = 0;
  const row = ({ name, text, more }: PaperRow): string => {
    const isTold = more !== undefined && stories++ < MOST_STORIES;
    const told = isTold
      ? `<details><summary>The story</summary><pre>${escaped(more.join('\n'))}</pre></details>`
      : '';
    return `<tr><th scope="row">${escaped(name)}</th><td>${escaped(text)}${told}</td></tr>`;
  };
  return framed(title, version, [
    `<h1${bad ? ' class="violated"' : ''}>${escaped(title)}</h1>`,
    ...facts.map((fact) => `<p class="facts">${escaped(fact)}</p>`),
    ...(table === undefined ? [] : tableHtml(table)),
    ...after.map((text) => `<p>${escaped(text)}</p>`),
    ...sections.flatMap(({ title: head, rows }) => [
      `<h2>${escaped(titleOf(head, rows))}</h2>`,
      '<div class="wide"><table><tbody>',
      ...rows.slice(0, MOST_ROWS).map(row),
      '</tbody></table></div>',
      ...(rows.length > MOST_ROWS ? [`<p>and ${grouped(rows.length - MOST_ROWS)} more</p>`] : []),
    ]),
  ]);
}

function tableHtml({ heads, rows }: PaperTable): string[] {
  const last = heads.length - 1;
  const cell = (text: string, i: number): string => {
    if (i === 0) return `<th scope="row">${escaped(text)}</th>`;
    return i === last ? `<td>${escaped(text)}</td>` : `<td class="n">${escaped(text)}</td>`;
  };
  return [
    '<div class="wide"><table>',
    `<thead><tr>${heads.map((head) => `<th scope="col">${escaped(head)}</th>`).join('')}</tr></thead>`,
    `<tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}</tbody>`,
    '</table></div>',
  ];
}
