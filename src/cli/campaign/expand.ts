// From a specification to its cells, each once, in an order that depends on nothing else.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Problem } from '../../base/problem.ts';
import { type Cell, type ModelCell, questionOf } from '../../campaign/cell.ts';
import type {
  CampaignSpec,
  CellGroup,
  MatrixGroup,
  MutantsGroup,
  PairsGroup,
  RandomGroup,
  TracesGroup,
  VariantsGroup,
  WorldChange,
} from '../../campaign/spec.ts';
import { scenarios } from '../../catalogue/all.ts';
import { modelOf } from '../../catalogue/build.ts';
import type { Variant } from '../../catalogue/scenario.ts';
import { situationsOf } from '../../explain/matrix.ts';
import { editsIn, slipOf } from '../../explain/mutants/programs.ts';
import { pairScenarios } from '../../explain/pairs.ts';
import { designNamed } from '../../explain/redesign.ts';
import { designs } from '../../kernel/designs/all.ts';
import type { Design, FlushPoint } from '../../kernel/kernel.ts';
import { nameOf, type Selected, select } from '../select.ts';
import { nameFrom } from './resolve.ts';

export interface GroupedCell {
  readonly cell: Cell;
  /** Number of its group in the specification. */
  readonly group: number;
}

/** Steps of a random run at most, as of `check --random`. */
const RUN_STEPS = 200;

/**
 * Lists the cells of a specification; files in it are looked for in `folder`.
 *
 * @throws Problem LUF-E102 for a name that is not there, LUF-E201 for a file that is not, LUF-E501 for
 * a group without cells.
 */
export async function expand(spec: CampaignSpec, folder: string): Promise<GroupedCell[]> {
  const seen = new Set<string>();
  const found: GroupedCell[] = [];
  for (const [group, of] of spec.cells.entries()) {
    const cells = await cellsOf(of, folder);
    if (cells.length === 0) {
      throw new Problem('LUF-E501', `the group of ${of.kind} has no cell`, {
        where: `${spec.name}: /cells/${group}`,
        hint: 'nothing that it names together is there, such as a design without flush points to take away',
      });
    }
    for (const cell of cells) {
      const name = questionOf(cell);
      if (seen.has(name)) continue;
      seen.add(name);
      found.push({ cell, group });
    }
  }
  return found;
}

function cellsOf(group: CellGroup, folder: string): Promise<Cell[]> | Cell[] {
  switch (group.kind) {
    case 'variants':
      return variantCells(group, folder);
    case 'matrix':
      return matrixCells(group, folder);
    case 'pairs':
      return pairCells(group);
    case 'mutants':
      return mutantCells(group, folder);
    case 'random':
      return randomCells(group, folder);
    case 'traces':
      return traceCells(group, folder);
  }
}

interface Named {
  readonly scenarios?: readonly string[];
}

/** With names as the specification has them, not as full paths. */
async function selected({ scenarios: named = [] }: Named, folder: string): Promise<Selected[]> {
  const short = new Map(
    named.flatMap((name) => {
      const [, file] = /^(.*\.[cm]?[jt]s)(?::.*)?$/.exec(name) ?? [];
      return file === undefined ? [] : [[resolve(folder, file), file] as const];
    }),
  );
  const all = await select(
    scenarios,
    named.map((name) => nameFrom(folder, name)),
  );
  return all.map((one) =>
    one.file === undefined ? one : { ...one, file: short.get(one.file) ?? one.file },
  );
}

/** A cell in its own world, and in each other one; where the world is another, nothing is expected. */
function inWorlds(cell: ModelCell, worlds: readonly WorldChange[] = []): ModelCell[] {
  const { expect: _, ...question } = cell;
  return [cell, ...worlds.map((world): ModelCell => ({ ...question, world }))];
}

function pointsOf({ design }: Pick<Variant, 'design'>): FlushPoint[] {
  const points = new Set([...design.design.points, ...(design.plus ?? [])]);
  for (const point of design.without ?? []) points.delete(point);
  return [...points];
}

function lessPoints(all: readonly FlushPoint[], wanted: 'each' | readonly string[]): string[] {
  if (wanted === 'each') return [...all];
  return all.filter((point) =>
    wanted.some((name) => point === name || point.startsWith(`${name}@`)),
  );
}

async function variantCells(group: VariantsGroup, folder: string): Promise<ModelCell[]> {
  const { without, worlds } = group;
  return (await selected(group, folder)).flatMap((one) => {
    const name = nameOf(one);
    const { expect } = one.variant;
    const own: ModelCell = { kind: 'model', of: 'variant', name, expect };
    const less =
      without === undefined || expect !== 'holds' ? [] : lessPoints(pointsOf(one.variant), without);
    return [
      ...inWorlds(own, worlds),
      ...less.flatMap((point) =>
        inWorlds({ kind: 'model', of: 'variant', name, without: [point] }, worlds),
      ),
    ];
  });
}

function designsNamed(names: readonly string[] | undefined): readonly Design[] {
  return names === undefined || names.length === 0 ? designs : names.map(designNamed);
}

async function matrixCells(group: MatrixGroup, folder: string): Promise<ModelCell[]> {
  const { worlds, without } = group;
  return (await situationNames(group, folder)).flatMap((name) =>
    designsNamed(group.designs).flatMap((design) => {
      const cell: ModelCell = { kind: 'model', of: 'situation', name, design: design.id };
      const less = without === undefined ? [] : lessPoints([...design.points], without);
      return [
        ...inWorlds(cell, worlds),
        ...less.flatMap((point) => inWorlds({ ...cell, without: [point] }, worlds)),
      ];
    }),
  );
}

/** The first variant of each situation that any selected variant has. */
async function situationNames(group: Named, folder: string): Promise<string[]> {
  const names = new Set<string>();
  for (const one of await selected(group, folder)) {
    const situation = situationsOf(one.scenario).find(({ variants }) =>
      variants.includes(one.variant.id),
    );
    const variant = one.scenario.variants.find(({ id }) => id === situation?.id);
    if (variant !== undefined) names.add(nameOf({ ...one, variant }));
  }
  return [...names];
}

function pairCells({ designs: named, pairs = [] }: PairsGroup): ModelCell[] {
  return designsNamed(named).flatMap((design) =>
    pairScenarios([design])
      .filter(({ id }) => pairs.length === 0 || pairs.some((pair) => isPair(id, pair)))
      .map(({ id }): ModelCell => ({ kind: 'model', of: 'pair', name: id, design: design.id })),
  );
}

function isPair(id: string, named: string): boolean {
  return id === named || id.startsWith(`${named}:`) || id.startsWith(`${named}/`);
}

async function mutantCells(group: MutantsGroup, folder: string): Promise<ModelCell[]> {
  const { designs: ids = [], paths = [], worlds } = group;
  const of = ids.map((id) => designNamed(id).id);
  const isWanted = (unit: string): boolean =>
    paths.length === 0 || paths.some((path) => unit === path || unit.startsWith(`${path}@`));
  return (await selected(group, folder))
    .filter(({ variant }) => variant.expect === 'holds')
    .filter(({ variant }) => of.length === 0 || of.includes(variant.design.design.id))
    .flatMap((one) => {
      const name = nameOf(one);
      return editsIn(modelOf(one.scenario, one.variant), isWanted).flatMap(({ unit, edit }) => {
        const mutant = { unit, slip: slipOf(edit) };
        return inWorlds({ kind: 'model', of: 'variant', name, mutant }, worlds);
      });
    });
}

async function randomCells(group: RandomGroup, folder: string): Promise<Cell[]> {
  const { seeds, runs, steps = RUN_STEPS, worlds, designs: named } = group;
  const asked: ModelCell[] =
    named === undefined
      ? (await selected(group, folder)).map((one) => ({
          kind: 'model',
          of: 'variant',
          name: nameOf(one),
          expect: one.variant.expect,
        }))
      : await matrixCells({ ...group, kind: 'matrix' }, folder);
  const cells = named === undefined ? asked.flatMap((cell) => inWorlds(cell, worlds)) : asked;
  return Array.from({ length: seeds.count }, (_, i) => seeds.from + i).flatMap((seed) =>
    cells.map((cell): Cell => ({ ...cell, kind: 'random', seed, runs, steps })),
  );
}

function traceCells({ files }: TracesGroup, folder: string): Cell[] {
  return files.map((file) => {
    if (!existsSync(resolve(folder, file))) {
      throw new Problem('LUF-E201', 'no such file', {
        where: file,
        hint: `looked for in ${folder}, where the specification is`,
      });
    }
    return { kind: 'trace', file };
  });
}
