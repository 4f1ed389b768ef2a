// The same questions, put to lufcheck.

import { scenarios } from '../../src/catalogue/all.ts';
import { modelOf } from '../../src/catalogue/build.ts';
import { judge } from '../../src/explain/judge.ts';
import { DEADLOCK, search } from '../../src/explore/search.ts';
import { Machine } from '../../src/lang/machine.ts';
import type { SpinSays, Stop } from './spin.ts';

/** `judge` stops at a violation; everything that can be reached is counted by a search for nothing. */
export function lufcheck(name: string): SpinSays {
  const [id, variantId] = name.split(':');
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === variantId);
  if (scenario === undefined || variant === undefined) throw new Error(`${name}: renamed?`);
  const machine = new Machine(modelOf(scenario, variant));
  const { states, transitions, depth } = search(machine, { targets: [] });
  const reached = { states, transitions, depth };
  const stop = stopOf(judge(scenario, variant).result);
  if (stop.verdict !== 'holds') return { reached, stop };
  return { reached, stop, deadlock: stopOf(search(machine, { targets: [DEADLOCK] })) };
}

function stopOf(result: ReturnType<typeof search>): Stop {
  const { verdict, violation } = result;
  if (verdict === 'bounded') throw new Error('not explored to the end');
  if (violation === undefined) return { verdict: 'holds' };
  const { properties, path } = violation;
  return { verdict: 'violated', property: properties[0] ?? '', steps: path.length };
}
