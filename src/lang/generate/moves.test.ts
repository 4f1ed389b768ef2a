// What a search asks instead of all successors written out tells the same of every state. Steps that
// are left out altogether are in bench/bench.test.ts: the catalogue has none.

import { expect, test } from 'vitest';
import type { SystemText } from '../../base/system-text.ts';
import { scenarios } from '../../catalogue/all.ts';
import { modelOf } from '../../catalogue/build.ts';
import { Machine } from '../machine.ts';
import { generate } from './generate.ts';
import { comparedMoves } from './testing/compare-moves.ts';

function textOf(name: string): SystemText {
  const [id, variantId] = name.split(':');
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === variantId);
  if (scenario === undefined || variant === undefined) throw new Error(`no ${name}`);
  return generate(new Machine(modelOf(scenario, variant)));
}

test.each(['LUF-munmap:v12', 'fault-race:v12', 'LUF-direct-write:repaired'])('%s', (name) => {
  const [, unwritten] = comparedMoves(textOf(name));
  expect(unwritten).toBeGreaterThan(1000);
});

test('a word that is said not to change, and does, is noticed', () => {
  const text = textOf('LUF-munmap:v12');
  const source = text.source.replace(/(?<=writes: Int32Array\.of\()[^)]*/, (all) =>
    all.replaceAll(/\d+/g, (mask) => `${Number(mask) & (Number(mask) - 1)}`),
  );
  expect(source).not.toBe(text.source);
  expect(() => comparedMoves(text, source)).toThrow();
});
