// What a search asks instead of all successors written out, held against them.

import { expect } from 'vitest';
import { compile, type SystemText } from '../../../base/system-text.ts';
import { StateSet } from '../../../explore/state-set.ts';

const STATES = 1000;

/** Compares them in the first states of a system. Answers what was left out: steps, words. */
export function comparedMoves(text: SystemText, source = text.source): [number, number] {
  const { words, ways } = text;
  const { expand, moves, writes } = compile(text.source);
  const told = compile(source);
  if (moves === undefined) throw new Error('nothing to compare');
  const known = new StateSet(words);
  known.add(text.initial, 0);
  const [into, spare] = [new Int32Array(ways * words), new Int32Array(ways * words)];
  const [actions, someActions] = [new Int32Array(ways), new Int32Array(ways)];
  const [reports, someReports] = [new Int32Array(ways), new Int32Array(ways)];
  const state = new Int32Array(words);
  let steps = 0;
  let unwritten = 0;
  for (let s = 0; s < known.size && s < STATES; s++) {
    known.read(s, state);
    const n = expand(state, 0, into, actions, reports, 0);
    const tally = new Int32Array(2);
    const some = told.moves?.(state, 0, spare, someActions, someReports, 0, tally) ?? 0;
    let next = 0;
    let left = 0;
    for (let i = 0; i < n; i++) {
      const whole = into.slice(i * words, (i + 1) * words);
      known.add(whole, 0);
      if (next === some || someActions[next] !== actions[i]) {
        expect(whole).toEqual(state);
        left |= reports[i] as number;
        continue;
      }
      expect(someReports[next]).toBe(reports[i]);
      const mask = writes === undefined ? -1 : (told.writes?.[actions[i] as number] as number);
      whole.forEach((word, w) => {
        const written = ((mask >>> w) & 1) === 1;
        if (!written) unwritten++;
        expect(written ? spare[next * words + w] : state[w]).toBe(word);
      });
      next++;
    }
    expect([next, tally[0], tally[1]]).toEqual([some, n - some, left]);
    steps += n - some;
  }
  return [steps, unwritten];
}
