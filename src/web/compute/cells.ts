// State variables by name, as views have them: `tlb.frame[1,0,0]`.

import type { State } from '../../explain/full-story.ts';
import type { StoryView } from './story-view.ts';

type Value = State[string];

export interface CellName {
  readonly column: string;
  readonly index: readonly number[];
}

/** Undefined for a variable without a place, such as `free` or `pc[reader]`. */
export function cellName(name: string): CellName | undefined {
  const match = /^(.+)\[(\d+(?:,\d+)*)\]$/.exec(name);
  if (match === null) return undefined;
  return { column: match[1] as string, index: (match[2] as string).split(',').map(Number) };
}

/** The state after each step, the initial one first. */
export function statesOf({ initial, steps }: Pick<StoryView, 'initial' | 'steps'>): State[] {
  const states: State[] = [initial];
  for (const { changes } of steps) {
    const after = Object.fromEntries(changes.map((change) => [change.name, change.after]));
    states.push({ ...(states.at(-1) as State), ...after });
  }
  return states;
}

/** Index lists of all cells of a column. */
export function indexesOf(state: State, column: string): (readonly number[])[] {
  return Object.keys(state).flatMap((name) => {
    const cell = cellName(name);
    return cell?.column === column ? [cell.index] : [];
  });
}

export function numberAt(state: State, name: string): number | undefined {
  const value: Value | undefined = state[name];
  return typeof value === 'number' ? value : undefined;
}

export function has(set: Value | undefined, member: number): boolean {
  return Array.isArray(set) && (set as readonly unknown[]).includes(member);
}
