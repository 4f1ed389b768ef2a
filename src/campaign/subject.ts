// From a cell as plain data to the model that it asks about. Where the named variant comes from, the catalogue or a
// file, is up to who asks; everything that the cell changes of it is done here, so that a worker process and a page
// look at the same model.

import { Problem } from '../base/problem.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { situationsOf } from '../explain/matrix.ts';
import { withSlip } from '../explain/mutants/programs.ts';
import { pairScenarios } from '../explain/pairs.ts';
import { designNamed, type Subject } from '../explain/redesign.ts';
import { type FlushPoint, flushPoints } from '../kernel/kernel.ts';
import { onlyNoted } from '../kernel/witness.ts';
import type { ModelCell, RandomCell } from './cell.ts';

type AnyCell = ModelCell | RandomCell;

/**
 * The model of a cell of two operations, which no catalogue lists.
 *
 * @throws Problem LUF-E102 for a pair or a design that is not there.
 */
export function pairOf({ name, design }: Pick<AnyCell, 'name' | 'design'>): Subject {
  const scenario = pairsBy(design ?? '').get(name);
  const variant = scenario?.variants[0];
  if (scenario === undefined || variant === undefined) throw noSuch('pair of operations', name);
  return { scenario, variant };
}

/**
 * What a cell asks of the variant that it names.
 *
 * @throws Problem LUF-E102 for a situation, a design or a flush point that is not there.
 */
export function askedBy(cell: AnyCell, named: Subject): Subject {
  const { scenario } = named;
  const variant = cell.of === 'situation' ? situationBy(cell, named) : named.variant;
  const asked = { ...variant, ...changesOf(cell, variant, scenario) };
  const slipped = cell.mutant === undefined ? asked : withSlip(scenario, asked, cell.mutant);
  return { scenario, variant: slipped };
}

/** As matrix.ts asks: the posted design, and what need not come about under it. */
function situationBy({ name, design }: AnyCell, { scenario, variant }: Subject): Variant {
  const situation = situationsOf(scenario).find(({ id }) => id === variant.id);
  if (situation === undefined) throw noSuch('situation', name);
  return {
    ...situation.of,
    id: situation.id,
    says: '',
    design: { design: designNamed(design ?? '') },
    expect: 'holds',
    reaches: onlyNoted(scenario.reaches ?? []),
  };
}

/** Fewer flush points, another world; then what it is about may not come about any more. */
function changesOf(
  { of, without = [], world }: AnyCell,
  variant: Variant,
  scenario: Scenario,
): Partial<Variant> {
  if (without.length === 0 && world === undefined) return {};
  const less = new Set([...(variant.design.without ?? []), ...without.map(pointNamed)]);
  const reaches = onlyNoted(variant.reaches ?? scenario.reaches ?? []);
  return {
    ...(without.length === 0 ? {} : { design: { ...variant.design, without: [...less] } }),
    ...(world === undefined ? {} : { world: { ...(variant.world ?? scenario.world), ...world } }),
    ...(of === 'variant' ? { reaches } : {}),
  };
}

function pointNamed(name: string): FlushPoint {
  if (Object.hasOwn(flushPoints, name)) return name as FlushPoint;
  throw noSuch('flush point', name);
}

const pairs = new Map<string, ReadonlyMap<string, Scenario>>();

/** By `GROUND:TOLD/BESIDE`. */
function pairsBy(design: string): ReadonlyMap<string, Scenario> {
  const known =
    pairs.get(design) ??
    new Map(pairScenarios([designNamed(design)]).map((scenario) => [scenario.id, scenario]));
  pairs.set(design, known);
  return known;
}

/** @internal Also for who looks up the variant. */
export function noSuch(what: string, name: string): Problem {
  return new Problem('LUF-E102', `no such ${what}`, {
    where: name,
    hint: 'the catalogue has changed since the campaign was begun: run its specification again',
  });
}
