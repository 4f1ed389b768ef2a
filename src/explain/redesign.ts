// A variant under another design, or with flush points taken away or added by name: the question is then
// simply whether it holds.

import { closeMatches } from '../base/close-match.ts';
import { Problem } from '../base/problem.ts';
import { witnessesOf } from '../catalogue/build.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { designs } from '../kernel/designs/all.ts';
import { type Design, type FlushPoint, flushPoints, nameOfChoice } from '../kernel/kernel.ts';
import { onlyNoted } from '../kernel/witness.ts';

/** A variant of a scenario that is asked about. */
export interface Subject {
  readonly scenario: Scenario;
  readonly variant: Variant;
}

export interface Redesign {
  readonly design?: string | undefined;
  /** Names separated by commas; a name without `@site` stands for all of its sites. */
  readonly without?: string | undefined;
  readonly plus?: string | undefined;
}

/** The arguments that ask for the same again. */
export function redesignArguments({ design, without, plus }: Redesign): string[] {
  return Object.entries(redesignRecord({ design, without, plus })).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ]);
}

/** The options that were given, by name. */
export function redesignRecord({ design, without, plus }: Redesign): Record<string, string> {
  const given = Object.entries({ design, without, with: plus });
  return Object.fromEntries(
    given.filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/**
 * The selected variants under the design asked for. Variants that become the same question are
 * asked once.
 *
 * @throws Problem LUF-E102 for an unknown design or flush point, and where a point to take away is
 * in none of the selected designs.
 */
export function redesigned(selected: readonly Subject[], wish: Redesign): Subject[] {
  if (redesignArguments(wish).length === 0) return [...selected];
  const design = wish.design === undefined ? undefined : designNamed(wish.design);
  const without = pointsNamed(wish.without);
  const plus = pointsNamed(wish.plus);
  const seen = new Set<string>();
  let taken = 0;
  const result = selected.flatMap(({ scenario, variant }): Subject[] => {
    const base = design === undefined ? variant.design : { design };
    const had = new Set([...base.design.points, ...(base.plus ?? [])]);
    for (const point of base.without ?? []) had.delete(point);
    taken += without.filter((point) => had.has(point)).length;
    const choice = {
      design: base.design,
      without: [...new Set([...(base.without ?? []), ...without])].filter(
        (point) => !plus.includes(point),
      ),
      plus: [...new Set([...(base.plus ?? []), ...plus])],
    };
    const situation = JSON.stringify([variant.world, variant.setup, variant.threads?.length]);
    const same = variant.threads === undefined ? situation : `${variant.id} ${situation}`;
    const key = `${scenario.id} ${same} ${nameOfChoice(choice)}`;
    if (seen.has(key)) return [];
    seen.add(key);
    const { says } = choice.design;
    const reaches = onlyNoted(witnessesOf(scenario, variant));
    const asked = { ...variant, says, design: choice, expect: 'holds', reaches } as const;
    return [{ scenario, variant: asked }];
  });
  if (without.length > 0 && taken === 0) {
    throw new Problem('LUF-E102', 'no design here has that flush point', {
      where: `--without ${wish.without}`,
      hint: 'lufcheck list shows which design has which',
    });
  }
  return result;
}

/** @throws Problem LUF-E102 if there is none. */
export function designNamed(name: string): Design {
  const found = designs.find((one) => one.id === name);
  if (found !== undefined) return found;
  const ids = designs.map((one) => one.id);
  throw unknown('design', name, closeMatches(name, ids), ids);
}

function pointsNamed(names: string | undefined): FlushPoint[] {
  const known = Object.keys(flushPoints) as FlushPoint[];
  return (names ?? '')
    .split(',')
    .filter((name) => name !== '')
    .flatMap((name) => {
      // A name stands for itself; that of no point, for those of all callers that have one.
      const found = known.filter((point) => point === name);
      if (found.length === 0) found.push(...known.filter((point) => point.startsWith(`${name}@`)));
      if (found.length > 0) return found;
      throw unknown('flush point', name, closeMatches(name, known), known);
    });
}

function unknown(
  kind: string,
  name: string,
  near: readonly string[],
  all: readonly string[],
): Problem {
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `one of ${all.join(', ')}`;
  return new Problem('LUF-E102', `no such ${kind}`, { where: name, hint });
}
