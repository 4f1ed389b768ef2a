// Which rows a view shows: every step, or what mattered as the story condenses it; and where a step is between
// them. Rows may be spread out to stand beside those of another kernel.

import type { StoryView } from './story-view.ts';

export interface ShownRow {
  readonly from: number;
  readonly to: number;
  readonly cpu: number;
  readonly who: string;
  readonly text: string;
  readonly where: string;
  readonly mark: 'wrong' | 'late' | undefined;
  /** 3: a sentence speaks of it; 1: it does not matter. */
  readonly weight: 1 | 2 | 3;
  /** Nothing outside of the thread changes: the text is the step's own name. */
  readonly isInner: boolean;
}

/** What mattered; steps behind the story's last row, if any, as they are. */
export function condensedRows({ told, steps }: StoryView): ShownRow[] | undefined {
  if (told === undefined) return undefined;
  return told.rows.map(({ from, to, cpu, who, text, mark, weight }) => ({
    ...{ from, to, cpu, who, text, mark, weight },
    where: steps[from - 1]?.where ?? '',
    isInner: false,
  }));
}

export function allRows(view: StoryView): ShownRow[] {
  const story = condensedRows(view) ?? [];
  return view.steps.map((step, i): ShownRow => {
    const n = i + 1;
    const row = story.find((one) => one.from <= n && n <= one.to);
    const isLast = row?.to === n;
    return {
      ...{ from: n, to: n, cpu: step.cpu, who: step.who, where: step.where },
      text: step.what === '' ? step.label : step.what,
      isInner: step.what === '',
      mark: isLast || row?.mark === 'late' ? row?.mark : undefined,
      weight: story.length === 0 ? 2 : (row?.weight ?? 1),
    };
  });
}

/**
 * Where a step is, in rows from the top: the middle of its row (2.5 is the middle of the third), or the line
 * between two for a step without one. `lines[i]` is the line on which row `i` stands.
 */
export function placeOfStep(
  rows: readonly Pick<ShownRow, 'from' | 'to'>[],
  step: number,
  lines: readonly number[] = rows.map((_, i) => i),
): number {
  let place = 0;
  for (const [i, row] of rows.entries()) {
    const line = lines[i] as number;
    if (step < row.from) break;
    if (step <= row.to) {
      // A row of several steps shows them one after the other.
      const share = (step - row.from + 1) / (row.to - row.from + 2);
      return line + share;
    }
    place = line + 1;
  }
  return place;
}

/**
 * Of two runs side by side the rows that matter: those in which they differ, those that the story of the first
 * is told by, and those that change something outside of their thread.
 */
export function pairsThatMatter<P extends { readonly a?: number; readonly same: boolean }>(
  pairs: readonly P[],
  view: StoryView,
): P[] {
  const ends = new Set(condensedRows(view)?.map(({ to }) => to));
  return pairs.filter(
    ({ a, same }) => !same || a === undefined || ends.has(a) || view.steps[a - 1]?.what !== '',
  );
}
