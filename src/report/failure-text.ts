// A question that has no answer, and what may be done about it.

import { wrap } from '../base/text.ts';
import type { Failure } from '../explain/judge.ts';

/** As Problem.render, cut to the width; a bug of lufcheck shows its stack. */
export function failureLines(failure: Failure, about: string, columns: number): string[] {
  const { code, message, where, hint, stack } = failure;
  const place = [about, where].filter((part) => part !== undefined && part !== '').join(': ');
  const text = `${code} ${place === '' ? '' : `${place}: `}${message}`;
  return [
    ...wrap(text, columns, '  '),
    ...(hint === undefined ? [] : wrap(`  hint: ${hint}`, columns, '  ')),
    ...(stack === undefined ? [] : stack.split('\n').map((line) => `  ${line}`)),
  ];
}
