// A symmetric system searched through representatives: fewer states, the same verdict, and a way in
// original names. The explorer is given the representatives; who makes them is tested elsewhere.

import { describe, expect, test } from 'vitest';
import { compile, type SystemText } from '../base/system-text.ts';
import { type SearchResult, search } from './search.ts';
import { twoPhaseCommit } from './testing/two-phase-commit.ts';

const N = 5;
const whole = twoPhaseCommit(N);

/** Sorts the managers by all that is known of each. */
function sorted(key: string): SystemText {
  const source = `
const plain = (() => { ${whole.source} })();
const N = ${N}, shift = 1 << N;
function canonical(states, at) {
  const rm = states[at], tm = states[at + 1];
  const all = [];
  for (let r = 0; r < N; r++) {
    all.push(((rm >> 2 * r) & 3) | ((tm >> r) & 1) << 2 | ((tm >> N + r) & 1) << 3);
  }
  all.sort((a, b) => ${key});
  let a = 0, b = tm & ~((1 << 2 * N) - 1);
  all.forEach((one, r) => {
    a |= (one & 3) << 2 * r;
    b |= ((one >> 2) & 1) << r | ((one >> 3) & 1) << N + r;
  });
  states[at] = a; states[at + 1] = b;
}
return { ...plain, canonical };`;
  return { ...whole, source };
}

/** Number of different sets of managers, counted by the search itself. */
function orbits(): number {
  const { canonical } = compile(sorted('a - b').source);
  const seen = new Set<string>();
  const level = [whole.initial];
  const met = new Set([whole.initial.join()]);
  const { expand } = compile(whole.source);
  const into = new Int32Array(2 * whole.ways);
  const [actions, reports] = [new Int32Array(whole.ways), new Int32Array(whole.ways)];
  for (let state = level.pop(); state !== undefined; state = level.pop()) {
    const copy = state.slice();
    canonical?.(copy, 0);
    seen.add(copy.join());
    const end = expand(state, 0, into, actions, reports, 0);
    for (let n = 0; n < end; n++) {
      const next = into.slice(2 * n, 2 * n + 2);
      if (met.has(next.join())) continue;
      met.add(next.join());
      level.push(next);
    }
  }
  return seen.size;
}

function canBeTaken({ violation }: SearchResult): boolean {
  let state = whole.initial;
  const { expand } = compile(whole.source);
  for (const action of violation?.path ?? []) {
    const into = new Int32Array(2 * whole.ways);
    const [actions, reports] = [new Int32Array(whole.ways), new Int32Array(whole.ways)];
    const n = actions.subarray(0, expand(state, 0, into, actions, reports, 0)).indexOf(action);
    if (n < 0) return false;
    state = into.slice(2 * n, 2 * n + 2);
  }
  return true;
}

describe('representatives', () => {
  test('are all that is kept', () => {
    const found = search(sorted('a - b'), { targets: ['inconsistent'] });
    expect(found).toMatchObject({ verdict: 'holds', states: orbits() });
    expect(found.states).toBeLessThan(8832 / 10);
  });

  test('lead to a violation as near as without them, in names that can be taken', () => {
    const found = search(sorted('a - b'), { targets: ['committed'] });
    expect(found.violation).toEqual(search(whole, { targets: ['committed'] }).violation);
    expect(canBeTaken(found)).toBe(true);
  });

  test('that merge what differs are noticed when the way breaks off', () => {
    // Forgets what each manager has sent: the way back leads through states that never were.
    const { source } = sorted('a - b');
    const broken = {
      ...whole,
      source: source.replace('b |= ((one >> 2) & 1) << r |', 'b |= 1 << r |'),
    };
    expect(() => search(broken, { targets: ['committed'] })).toThrowError('breaks off');
  });
});
