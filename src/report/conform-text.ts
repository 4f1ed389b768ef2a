// Recordings against the model's paths, for a terminal: path by path how many calls are runs of it, and
// where the first that is not stops being one.

import { counted, grouped, padEnd, padStart, width, wrap } from '../base/text.ts';
import type { Conformance, PathConformance } from '../conform/conformance.ts';
import type { Look } from './look.ts';

const HEADS = ['path', 'calls', 'matched', 'unmatched'] as const;

export function conformText(result: Conformance, { columns, paint }: Look): string[] {
  const { paths, files, design, neverSeen } = result;
  const calls = sum(paths.map(({ occurrences }) => occurrences));
  const rows = paths.map(({ path, occurrences, matched, unmatched }) => [
    path,
    grouped(occurrences),
    grouped(matched),
    grouped(unmatched),
  ]);
  const widths = HEADS.map((text, i) =>
    Math.max(width(text), ...rows.map((row) => width(row[i] ?? ''))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((text, i) => (i === 0 ? padEnd(text, widths[0] ?? 0) : padStart(text, widths[i] ?? 0)))
      .join('  ');
  return [
    `${paint.bold('CONFORM')}  ${design}; ${counted(files.length, 'recording')}, ${grouped(calls)} calls of ${counted(paths.length, 'path')}`,
    '',
    paint.bold(line(HEADS)),
    ...rows.map((row, i) => ((paths[i]?.unmatched ?? 0) > 0 ? paint.bad(line(row)) : line(row))),
    ...paths.flatMap((path) => differences(path, columns)),
    '',
    ...wrap(`never seen: ${neverSeen.join(', ') || 'none'}`, columns, '  '),
    ...notJudged(result).flatMap((text) => wrap(text, columns, '  ')),
  ];
}

function differences({ path, differences: all }: PathConformance, columns: number): string[] {
  return all.flatMap((one) => {
    const { file, task, cpu, from, until, about, before, seen, allowed, mayReturn } = one;
    const next = [...allowed, ...(mayReturn ? [`return from ${path}`] : [])];
    return [
      '',
      ...wrap(
        `${path}: ${counted(one.count, 'call')} ${one.count === 1 ? 'is' : 'are'} no run of it; the first: ${file}, ${task} on CPU ${cpu}, ${from} to ${until} s${about === '' ? '' : `, ${about}`}`,
        columns,
        '  ',
      ),
      ...before.map((text) => `    ${text}`),
      `  > ${seen === undefined ? `return from ${path}` : `${seen.letter} at ${seen.at} s on CPU ${seen.cpu}`}`,
      ...wrap(`    allowed here: ${next.join(', ') || 'nothing'}`, columns, '      '),
    ];
  });
}

function notJudged({ files }: Conformance): string[] {
  const part = (count: number, what: string): string[] =>
    count === 0 ? [] : [`${grouped(count)} ${what}`];
  const parts = [
    ...part(sum(files.map(({ unfinished }) => unfinished)), 'without their return'),
    ...part(
      sum(files.map(({ blind }) => blind)),
      'with pages that the recording does not place, or huge ones',
    ),
    ...part(
      sum(files.map(({ unmodelled }) => unmodelled)),
      'of what has no path, or of a case that its path leaves out',
    ),
  ];
  return parts.length === 0 ? [] : [`calls not judged: ${parts.join(', ')}`];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
