// From a cell as plain data to the variant that it asks about, in this process.

import { resolve as resolvePath } from 'node:path';
import { Problem } from '../../base/problem.ts';
import type { ModelCell, RandomCell } from '../../campaign/cell.ts';
import { scenarios } from '../../catalogue/all.ts';
import type { Scenario, Variant } from '../../catalogue/scenario.ts';
import { situationsOf } from '../../explain/matrix.ts';
import { withSlip } from '../../explain/mutants/programs.ts';
import { pairScenarios } from '../../explain/pairs.ts';
import { designNamed } from '../../explain/redesign.ts';
import { type FlushPoint, flushPoints } from '../../kernel/kernel.ts';
import { onlyNoted } from '../../kernel/witness.ts';
import { select } from '../select.ts';

/** A model that is asked about. */
export interface Subject {
  readonly scenario: Scenario;
  readonly variant: Variant;
  /** The user's file that it comes from, as a full path. */
  readonly file?: string;
}

/** @throws Problem LUF-E102 for a name that is not there, what a user's file throws. */
export async function subjectOf(cell: ModelCell | RandomCell, folder: string): Promise<Subject> {
  const { scenario, variant, file } = await namedBy(cell, folder);
  const asked = { ...variant, ...changesOf(cell, variant, scenario) };
  const slipped = cell.mutant === undefined ? asked : withSlip(scenario, asked, cell.mutant);
  return { scenario, variant: slipped, ...(file === undefined ? {} : { file }) };
}

/** Names of files in cells begin where the specification is. */
export function nameFrom(folder: string, name: string): string {
  return /\.[cm]?[jt]s(:|$)/.test(name) ? resolvePath(folder, name) : name;
}

async function namedBy(
  { of, name, design }: ModelCell | RandomCell,
  folder: string,
): Promise<Subject> {
  if (of === 'pair') {
    const scenario = pairsBy(design ?? '').get(name);
    const variant = scenario?.variants[0];
    if (scenario === undefined || variant === undefined) throw noSuch('pair of operations', name);
    return { scenario, variant };
  }
  const [one] = await select(scenarios, [nameFrom(folder, name)]);
  if (one === undefined) throw noSuch('variant', name);
  if (of === 'variant') return one;
  const situation = situationsOf(one.scenario).find(({ id }) => id === one.variant.id);
  if (situation === undefined) throw noSuch('situation', name);
  // As matrix.ts asks: the posted design, and what need not come about under it.
  const variant: Variant = {
    ...situation.of,
    id: situation.id,
    says: '',
    design: { design: designNamed(design ?? '') },
    expect: 'holds',
    reaches: onlyNoted(one.scenario.reaches ?? []),
  };
  return { ...one, variant };
}

/** Fewer flush points, another world; then what it is about may not come about any more. */
function changesOf(
  { of, without = [], world }: ModelCell | RandomCell,
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
  if (name in flushPoints) return name as FlushPoint;
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

function noSuch(what: string, name: string): Problem {
  return new Problem('LUF-E102', `no such ${what}`, {
    where: name,
    hint: 'the catalogue has changed since the campaign was begun: run its specification again',
  });
}
