// From a cell as plain data to the variant that it asks about, in this process.

import { resolve as resolvePath } from 'node:path';
import type { ModelCell, RandomCell } from '../../campaign/cell.ts';
import { askedBy, noSuch, pairOf } from '../../campaign/subject.ts';
import { scenarios } from '../../catalogue/all.ts';
import type { Scenario, Variant } from '../../catalogue/scenario.ts';
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
  if (cell.of === 'pair') return askedBy(cell, pairOf(cell));
  const [one] = await select(scenarios, [nameFrom(folder, cell.name)]);
  if (one === undefined) throw noSuch('variant', cell.name);
  const { file } = one;
  return { ...askedBy(cell, one), ...(file === undefined ? {} : { file }) };
}

/** Names of files in cells begin where the specification is. */
export function nameFrom(folder: string, name: string): string {
  return /\.[cm]?[jt]s(:|$)/.test(name) ? resolvePath(folder, name) : name;
}
