// A model searched with and without a group of exchanges: what differs that must not.

import { DEADLOCK, search } from '../../../explore/search.ts';
import { StateSet } from '../../../explore/state-set.ts';
import type { Machine } from '../../machine.ts';
import type { Symmetry } from '../derive.ts';
import { canonicalSource } from '../generate.ts';
import { normalOf } from '../normal.ts';
import { type Canonical, quotient } from '../quotient.ts';
import { concretePath } from '../unpermute.ts';

export interface Comparison {
  /** Empty if the group is one of symmetries, as far as this model shows. */
  readonly differences: readonly string[];
  readonly verdict: string;
  readonly states: number;
  readonly representatives: number;
}

export function generated(machine: Machine, symmetry: Symmetry): Canonical {
  return new Function(canonicalSource(normalOf(machine, symmetry)))() as Canonical;
}

/** Undefined if the model has more states than that. */
export function compare(
  machine: Machine,
  symmetry: Symmetry,
  maxStates: number,
): Comparison | undefined {
  const options = { targets: [...machine.properties, DEADLOCK], bounds: { maxStates } };
  const full = search(machine, options);
  if (full.verdict === 'bounded') return undefined;
  const differences: string[] = [];
  let representatives = 0;
  try {
    const canonical = generated(machine, symmetry);
    const reduced = search(quotient(machine, canonical), options);
    representatives = reduced.states;
    if (reduced.verdict !== full.verdict) differences.push(`verdict ${reduced.verdict}`);
    if (full.violation !== undefined && reduced.depth !== full.depth) {
      differences.push(`violation at depth ${reduced.depth}, not ${full.depth}`);
    }
    if (full.verdict === 'holds') {
      const orbits = orbitsReached(machine, canonical);
      if (orbits !== reduced.states) {
        differences.push(`${reduced.states} representatives of ${orbits} orbits`);
      }
    }
    if (reduced.violation !== undefined) {
      const path = concretePath(machine, canonical, reduced.violation.path);
      const last = reportedLast(machine, path);
      const wanted = reduced.violation.properties.filter((id) => id !== DEADLOCK);
      if (!wanted.every((id) => last.includes(id))) differences.push('the run does not end so');
    }
  } catch (error) {
    differences.push((error as Error).message);
  }
  return { differences, verdict: full.verdict, states: full.states, representatives };
}

/** How many different representatives the states have that the unreduced search reaches. */
function orbitsReached(machine: Machine, canonical: Canonical): number {
  const states = new StateSet(machine.words);
  const orbits = new StateSet(machine.words);
  const waiting = [machine.initial()];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (!states.add(state, 0)) continue;
    machine.successors(state, (_, next) => {
      if (!states.has(next, 0)) waiting.push(next.slice());
    });
    canonical(state, 0);
    orbits.add(state, 0);
  }
  return orbits.size;
}

function reportedLast(machine: Machine, path: readonly number[]): string[] {
  let state = machine.initial();
  let reports: string[] = [];
  for (const action of path) {
    const { next, happenings } = machine.replay(state, action);
    reports = happenings.filter(({ kind }) => kind === 'report').map(({ name }) => name);
    state = next;
  }
  return reports;
}
