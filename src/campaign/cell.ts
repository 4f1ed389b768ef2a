// One question of a campaign as plain data: it goes to other processes and machines, each of which
// finds the same model by it.

import { canonical } from './canonical.ts';
import type { WorldChange } from './spec.ts';

/** A model that is explored through every interleaving. */
export interface ModelCell {
  readonly kind: 'model';
  /**
   * `variant`: as the catalogue or a file of the user's has it; `situation`: its world and threads
   * under `design`; `pair`: two operations under `design`.
   */
  readonly of: 'variant' | 'situation' | 'pair';
  /** `SCENARIO:VARIANT`, `FILE.ts:SCENARIO:VARIANT`, `GROUND:TOLD/BESIDE`. */
  readonly name: string;
  readonly design?: string;
  /** Flush points taken away. */
  readonly without?: readonly string[];
  readonly world?: WorldChange;
  readonly mutant?: { readonly unit: string; readonly slip: string };
  /** What the catalogue expects; left out where nothing is. Never part of the question. */
  readonly expect?: string;
}

/** The same in random runs. */
export interface RandomCell extends Omit<ModelCell, 'kind'> {
  readonly kind: 'random';
  readonly seed: number;
  readonly runs: number;
  readonly steps: number;
}

/** A recording. */
export interface TraceCell {
  readonly kind: 'trace';
  readonly file: string;
}

export type Cell = ModelCell | RandomCell | TraceCell;

/** How far a cell is searched. Never by time: an answer must not depend on who gives it. */
export interface CellBounds {
  readonly states: number;
  readonly depth?: number;
  readonly bytes?: number;
}

/** What a cell is called in reports: everything that tells it from others, in one line. */
export function cellName(cell: Cell): string {
  if (cell.kind === 'trace') return cell.file;
  const { name, design, without = [], world = {}, mutant } = cell;
  const numbers = Object.keys(world)
    .sort()
    .map((key) => `${key}=${world[key]}`);
  return [
    name,
    ...(design === undefined ? [] : [design]),
    ...without.map((point) => `-${point}`),
    ...numbers,
    ...(mutant === undefined ? [] : [`${mutant.unit}/${mutant.slip}`]),
    ...(cell.kind === 'random' ? [`seed ${cell.seed}, ${cell.runs} runs of ${cell.steps}`] : []),
  ].join(' ');
}

/** A cell without what is expected of it, as one text: two cells that ask the same have the same. */
export function questionOf(cell: Cell): string {
  return cell.kind === 'trace' ? canonical(cell) : canonical({ ...cell, expect: undefined });
}
