// Does a certificate show what it says? A slow and obvious answer, which shares nothing with the
// search: neither its tables nor its generated code nor its reductions. The plain interpreter takes
// every step out of every state listed. If the list contains the initial state and whatever follows
// from its members, it contains every reachable state; and if no step of any of them reports
// anything, and each can go on or is at its end, nothing goes wrong.

import { Problem } from '../base/problem.ts';
import { Machine, type ModelText } from '../lang/machine.ts';
import { wrongs } from '../rules/truth/wrongs.ts';
import type { Certificate } from './format.ts';
import { identityOf } from './identity.ts';

/** A Set of V8 holds no more. */
const MOST = 2 ** 24 - 1;

export interface Verified {
  readonly states: number;
  readonly transitions: number;
  readonly finished: number;
}

/** Between states now and then: how many have been looked at. Sending `false` stops it. */
export type Pace = Generator<number, Verified, boolean>;

/**
 * Checks a certificate against a model.
 *
 * @throws Problem LUF-E106 with the first thing that is not as it must be.
 */
export function* verifying(text: ModelText, certificate: Certificate, where: string): Pace {
  const { head, states: list } = certificate;
  const machine = new Machine(text);
  const { words } = machine;
  const refuse = (sentence: string): never => {
    const hint = 'the certificate is damaged, or of something else, or of another lufcheck';
    throw new Problem('LUF-E106', sentence, { where, hint });
  };
  if (head.words !== words || head.model !== identityOf(machine)) refuse('it is of another model');
  if (head.states > MOST) refuse(`more than ${MOST} states cannot be checked`);
  const promised = [...Object.keys(wrongs), 'deadlock'].sort();
  if ([...head.properties].sort().join() !== promised.join()) refuse('it is of other properties');

  // Every state once.
  const members = new Set<string>();
  for (let s = 0; s < head.states; s++) {
    members.add(list.subarray(s * words, (s + 1) * words).join(' '));
  }
  if (members.size !== head.states) refuse('a state is listed twice');

  // The initial state.
  const initial = machine.initial().join(' ');
  if (head.initial.join(' ') !== initial) refuse('it begins with another state');
  if (!members.has(initial)) refuse('the initial state is missing');

  // Every step out of every state.
  let transitions = 0;
  let finished = 0;
  for (let s = 0; s < head.states; s++) {
    const state = list.slice(s * words, (s + 1) * words);
    const at = `state ${s + 1} of ${head.states}`;
    let goesOn = false;
    machine.successors(state, (action, next, reports) => {
      const label = `${at}, ${machine.actions[action]?.label}`;
      const wrong = machine.properties.filter((id, i) => (reports >>> i) & 1 && id in wrongs);
      if (wrong.length > 0) refuse(`${label}: ${wrong.join(', ')}`);
      if (!members.has(next.join(' '))) refuse(`${label}: leads to a state that is not listed`);
      if (machine.isThreadAction(action)) goesOn = true;
      transitions++;
    });
    const done = machine.finished(state);
    if (!goesOn && !done) refuse(`${at}: deadlock`);
    if (done) finished++;
    if (s % 1000 === 999 && !(yield s + 1)) refuse(`stopped after ${s + 1} states`);
  }

  // What it says of itself.
  if (transitions !== head.transitions) refuse(`it has ${transitions} transitions`);
  if (finished !== head.finished) refuse(`it has ${finished} states in which all is done`);
  if (finished === 0) refuse('no run comes to its end, so that nothing is shown');
  return { states: head.states, transitions, finished };
}
