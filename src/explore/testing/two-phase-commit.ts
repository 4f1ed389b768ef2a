// Two-phase commit (Gray and Lamport: "Consensus on Transaction Commit"), as TLC and Stateright ship
// it. Its counts are published: 288 states for 3 resource managers, 8,832 for 5, 1,745,408 states and
// 18,507,777 transitions for 8.

import type { SystemText } from '../../base/system-text.ts';

/** Bit 0: one manager committed and another aborted; bit 1: one committed; bit 2: never. */
const properties = ['inconsistent', 'committed', 'impossible'];

function text(rms: number, words: number, source: string): SystemText {
  return {
    words,
    ways: 5 * rms + 2,
    properties,
    initial: new Int32Array(words),
    threadActions: new Uint8Array(5 * rms + 2).fill(1),
    source,
  };
}

/** Two words: two bits for each manager; then prepared, messages and the manager of them all. */
export function twoPhaseCommit(rms: number): SystemText {
  return text(
    rms,
    2,
    `"use strict";
const N = ${rms}, ALL = (1 << N) - 1, COMMIT = 1 << 2 * N, ABORT = 2 << 2 * N;
const TM = 2 * N + 2, DONE = 1 << TM, GAVE_UP = 2 << TM, EVEN = 0x55555555;
function report(rm) {
  const committed = (rm >>> 1) & ~rm & EVEN, aborted = (rm >>> 1) & rm & EVEN;
  return committed === 0 ? 0 : aborted === 0 ? 2 : 3;
}
function expand(from, at, into, actions, reports, n) {
  const rm = from[at], tm = from[at + 1];
  const running = tm >>> TM === 0;
  function put(action, a, b) {
    into[2 * n] = a; into[2 * n + 1] = b; actions[n] = action; reports[n] = report(a); n++;
  }
  if (running && (tm & ALL) === ALL) put(0, rm, tm | COMMIT | DONE);
  if (running) put(1, rm, tm | ABORT | GAVE_UP);
  for (let r = 0; r < N; r++) {
    const action = 2 + 5 * r, shift = 2 * r, state = (rm >>> shift) & 3, rest = rm & ~(3 << shift);
    if (running && (tm & (1 << N + r)) !== 0) put(action, rm, tm | 1 << r);
    if (state === 0) {
      put(action + 1, rest | 1 << shift, tm | 1 << N + r);
      put(action + 2, rest | 3 << shift, tm);
    }
    if ((tm & COMMIT) !== 0) put(action + 3, rest | 2 << shift, tm);
    if ((tm & ABORT) !== 0) put(action + 4, rest | 3 << shift, tm);
  }
  return n;
}
return { expand, finished: () => true };`,
  );
}

/** The same, spread thinly: a word for each manager, then three and a constant one. */
export function wideTwoPhaseCommit(rms: number): SystemText {
  const words = rms + 4;
  return text(
    rms,
    words,
    `"use strict";
const N = ${rms}, W = ${words}, TM = N + 1, SENT = N + 2, ALL = (1 << N) - 1;
function expand(from, at, into, actions, reports, n) {
  const tm = from[at + TM], sent = from[at + SENT];
  let committed = 0, aborted = 0, prepared = 0;
  for (let r = 0; r < N; r++) {
    const rm = from[at + r];
    prepared |= ((rm >>> 3) & 1) << r;
    if ((rm & 3) === 2) committed |= 1 << r;
    if ((rm & 3) === 3) aborted |= 1 << r;
  }
  function put(action, word, value, c, a) {
    const to = n * W;
    for (let i = 0; i < W; i++) into[to + i] = from[at + i];
    into[to + word] = value;
    actions[n] = action;
    reports[n] = c === 0 ? 0 : a === 0 ? 2 : 3;
    n++;
    return to;
  }
  if (tm === 0 && prepared === ALL) into[put(0, TM, 1, committed, aborted) + SENT] = sent | 1;
  if (tm === 0) into[put(1, TM, 2, committed, aborted) + SENT] = sent | 2;
  for (let r = 0; r < N; r++) {
    const action = 2 + 5 * r, rm = from[at + r], me = 1 << r;
    if (tm === 0 && (rm & 4) !== 0) put(action, r, rm | 8, committed, aborted);
    if ((rm & 3) === 0) {
      put(action + 1, r, rm | 1 | 4, committed, aborted);
      put(action + 2, r, rm | 3, committed, aborted | me);
    }
    if ((sent & 1) !== 0) put(action + 3, r, rm & ~3 | 2, committed | me, aborted & ~me);
    if ((sent & 2) !== 0) put(action + 4, r, rm | 3, committed & ~me, aborted | me);
  }
  return n;
}
return { expand, finished: () => true };`,
  );
}
