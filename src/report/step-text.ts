// Stepping by hand, as lines: where one is, and what can be taken.

import { counted, listed, padEnd, padStart, wrap } from '../base/text.ts';
import type { Ending, Reached, StepText } from '../explain/stepper.ts';
import type { Look } from './look.ts';

export const stepHelp: readonly string[] = [
  'N            take step N of the list; several numbers take one after the other',
  'u [N]        undo the last step, or the last N',
  'h WORDS      how can this be reached? the shortest way from here to a step with these words',
  '             in its name, or to a violation by its name: h kswapd clear, h stale-read',
  'g            go the way that was found last',
  't            the steps so far',
  's [WORDS]    the state, or those of its variables with the words in their name',
  'l            the steps so far as a line for lufcheck replay',
  'q            quit',
];

const ends: Readonly<Record<NonNullable<Ending>, string>> = {
  violated: 'violated',
  deadlock: 'deadlock: no thread can go on, and some are not done',
  finished: 'every thread is done; only hardware can go on',
};

/** The choices at a point, numbered from 1. */
export function choiceLines(
  taken: number,
  choices: readonly StepText[],
  ending: Ending,
  look: Look,
): string[] {
  const end = ending === undefined ? '' : `  ${look.paint.bad(ends[ending])}`;
  const head = `after ${counted(taken, 'step')}: ${counted(choices.length, 'step')} can be taken${end}`;
  return [look.paint.bold(head), ...choices.flatMap((one, i) => stepLines(one, i + 1, look))];
}

/** `  3  CPU0 kswapd    ptep_get_and_clear: clear pte(va)` */
export function stepLines(one: StepText, number: number, { columns, paint }: Look): string[] {
  const { step, text, wrong, fired } = one;
  const who = padEnd(`CPU${step.cpu} ${step.who}`, 16);
  const start = `${padStart(`${number}`, 4)}  ${who} `;
  const marks = [
    ...wrong.map((id) => `✗ ${id}`),
    ...(fired.length === 0 ? [] : [`! ${listed(fired)}`]),
  ];
  const lines = wrap([text, ...marks].join('  '), columns - start.length).map(
    (line, i) => (i === 0 ? start : ' '.repeat(start.length)) + line,
  );
  const dye = wrong.length > 0 ? paint.bad : step.who === 'hardware' ? paint.dim : plain;
  return lines.map(dye);
}

export function reachedLines(reached: Reached, words: string, taken: number, look: Look): string[] {
  switch (reached.kind) {
    case 'unknown':
      return [`no step, violation or rule is called '${words}'`];
    case 'never':
      return [
        `'${words}' cannot be reached from here: ${counted(reached.states, 'state')}, all looked at`,
      ];
    case 'bounded':
      return [`'${words}' was not reached within ${counted(reached.states, 'state')}`];
    case 'way':
      return [
        `${counted(reached.steps.length, 'step')} from here (g goes them):`,
        ...reached.steps.flatMap((one, i) => stepLines(one, taken + i + 1, look)),
      ];
  }
}

function plain(text: string): string {
  return text;
}
