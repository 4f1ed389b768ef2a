// What the progress line says while questions are answered.

import { counted, grouped } from '../base/text.ts';
import type { Progress } from '../explore/search.ts';

/** `12/636 LUF-buddy:broken 1,200 states, depth 9, 300 waiting, 40,000/s`; of several, less of each. */
export function progressLine(
  names: readonly string[],
  running: ReadonlyMap<number, Progress | undefined>,
  finished: number,
): string {
  const parts = [...running].map(([question, progress]) => {
    const name = names[question] ?? '';
    if (progress === undefined) return name;
    const { states, depth, frontier, seconds } = progress;
    if (running.size > 1) return `${name} ${counted(states, 'state')}`;
    const speed = grouped(Math.round(states / Math.max(seconds, 0.001)));
    return `${name} ${counted(states, 'state')}, depth ${depth}, ${grouped(frontier)} waiting, ${speed}/s`;
  });
  return `${finished}/${names.length} ${parts.join(' · ')}`.trimEnd();
}
