// Every step of a story, and what it changed in the state: `--full`.

import { padEnd, padStart, wrap } from '../base/text.ts';
import type { FullStory } from '../explain/full-story.ts';
import type { Look } from './look.ts';

export function fullText({ trace, rows }: FullStory, { columns, paint }: Look): string[] {
  const wide = Math.max(...trace.map(({ cpu, who }) => `CPU${cpu} ${who}`.length));
  return [
    paint.bold('Every step, and what it changed'),
    ...trace.flatMap((step) => {
      const mark = rows.find(({ from, to }) => from <= step.n && step.n <= to)?.mark;
      const sign = mark === 'wrong' ? '✗' : mark === 'late' ? '!' : ' ';
      const head = `${padStart(`${step.n}`, 4)} ${sign} ${padEnd(`CPU${step.cpu} ${step.who}`, wide)}  `;
      const called = wrap([...step.stack, step.label].join(' > '), columns - head.length, '  ');
      const indent = ' '.repeat(head.length + 2);
      return [
        ...called.map((line, i) => (i === 0 ? head : ' '.repeat(head.length)) + line),
        ...step.changes.flatMap(({ name, before, after }) =>
          wrap(`${indent}${name}: ${value(before)} -> ${value(after)}`, columns, `${indent}  `).map(
            paint.dim,
          ),
        ),
      ];
    }),
  ];
}

function value(of: unknown): string {
  return of === null ? 'none' : JSON.stringify(of);
}
