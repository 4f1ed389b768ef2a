// The tables of the board, from what the catalogue expects and what was computed: rows, columns, cells, and
// which of them a filter leaves.

import type { BoardIndex, IndexScenario } from './board-index.ts';
import { kindOf, propertyText, type VerdictKind } from './words.ts';

/** As `lufcheck check --matrix --json` prints them. */
export interface MatrixCell {
  readonly kind: string;
  readonly what?: string | readonly string[];
  readonly steps?: number;
  readonly states?: number;
  readonly bound?: string;
  readonly why?: string;
}
export interface MatrixData {
  readonly schema: string;
  readonly bounds: { readonly maxStates: number };
  readonly designs: readonly string[];
  readonly rows: readonly {
    readonly situation: string;
    readonly variants: readonly string[];
    readonly cells: readonly MatrixCell[];
  }[];
}

export interface BoardCell {
  readonly kind: VerdictKind;
  /** A few letters. */
  readonly text: string;
  readonly about: string;
}

export interface BoardRow {
  /** `LUF-buddy:broken`: whose world, start and threads. */
  readonly name: string;
  readonly title: string;
  readonly cells: readonly (BoardCell | undefined)[];
}

export interface Filter {
  readonly words: string;
  /** Only rows with a cell of this kind; empty: all. */
  readonly kind: string;
}

/** A row for each situation; undefined cells were never computed. */
export function designRows(index: BoardIndex, matrix: MatrixData | undefined): BoardRow[] {
  const known = new Map(
    matrix?.rows.map((row) => [`${row.situation.split(':')[0]}:${row.variants[0]}`, row.cells]),
  );
  return index.scenarios.flatMap((scenario) =>
    scenario.situations.map((id): BoardRow => {
      const cells = known.get(`${scenario.id}:${id}`);
      return {
        name: `${scenario.id}:${id}`,
        title: titleOf(scenario, id),
        cells: index.designs.map((design) => {
          const at = matrix?.designs.indexOf(design.id) ?? -1;
          const cell = at < 0 ? undefined : cells?.[at];
          return cell === undefined ? undefined : cellOf(cell);
        }),
      };
    }),
  );
}

function titleOf(scenario: IndexScenario, situation: string): string {
  const [first] = scenario.situations;
  const variant = scenario.variants.find(({ id }) => id === situation);
  return situation === first ? scenario.title : `${scenario.title}: ${variant?.says ?? ''}`;
}

export function cellOf(cell: MatrixCell): BoardCell {
  const { what, steps, states, bound, why } = cell;
  const wrong = propertyText(typeof what === 'string' ? what : (what?.join(', ') ?? ''));
  switch (cell.kind) {
    case 'holds':
      return {
        kind: 'holds',
        text: 'holds',
        about: `holds in every interleaving, ${states} states`,
      };
    case 'violated':
      return { kind: 'violated', text: wrong, about: `violated: ${wrong} after ${steps} steps` };
    case 'bounded':
      return {
        kind: 'bounded',
        text: 'bounded',
        about: `nothing wrong up to the bound (${bound}${states === undefined ? '' : `, ${states} states`}): not "holds"`,
      };
    case 'unreached':
      return { kind: 'bounded', text: 'unreached', about: `never came about: ${wrong}` };
    case 'does not apply':
      return { kind: 'none', text: '·', about: `does not apply: ${why ?? ''}` };
    default:
      return { kind: kindOf(cell.kind), text: cell.kind, about: cell.kind };
  }
}

/** An answer of `lufcheck rules --json`, as far as the board needs it. */
export interface PointAnswer {
  readonly name: string;
  readonly design: string;
  readonly kind: 'variant' | 'posted' | 'removed';
  readonly removed?: string;
  readonly truth: 'breaks' | 'holds' | 'deadlock' | 'bounded';
  readonly bound?: string;
  readonly states: number;
  readonly steps?: number;
  readonly command: readonly string[];
  readonly wrong: readonly { readonly what: string; readonly steps: number }[];
}

export interface PointRow {
  readonly design: string;
  readonly point: string;
  readonly says: string;
  /** By the name of a scenario: the worst of its questions without the point. */
  readonly cells: ReadonlyMap<string, BoardCell & { readonly command: readonly string[] }>;
  readonly broken: number;
  readonly asked: number;
}

const badness: Readonly<Record<PointAnswer['truth'], number>> = {
  breaks: 3,
  deadlock: 2,
  bounded: 1,
  holds: 0,
};

/** A row for each flush point of a design: what goes wrong, where it held, once it is taken away. */
export function pointRows(
  index: BoardIndex,
  design: string,
  answers: readonly PointAnswer[],
): PointRow[] {
  const points = index.designs.find(({ id }) => id === design)?.points ?? [];
  return points.map((point): PointRow => {
    const own = answers.filter((one) => one.design === design && one.removed === point);
    const worst = new Map<string, PointAnswer>();
    for (const answer of own) {
      const scenario = answer.name.split(':')[0] as string;
      const known = worst.get(scenario);
      if (known === undefined || badness[known.truth] < badness[answer.truth]) {
        worst.set(scenario, answer);
      }
    }
    const cells = new Map(
      [...worst].map(([scenario, answer]) => [
        scenario,
        { ...pointCell(answer), command: answer.command },
      ]),
    );
    return {
      ...{ design, point, cells },
      says: index.points[point] ?? '',
      broken: [...cells.values()].filter(({ kind }) => kind === 'violated').length,
      asked: cells.size,
    };
  });
}

function pointCell({ truth, wrong, steps, states, bound }: PointAnswer): BoardCell {
  const what = propertyText(wrong[0]?.what ?? truth);
  if (truth === 'breaks' || truth === 'deadlock') {
    return {
      kind: 'violated',
      text: what,
      about: `without it: ${what} after ${wrong[0]?.steps ?? steps} steps`,
    };
  }
  if (truth === 'bounded') {
    return { kind: 'bounded', text: 'bounded', about: `not decided: ${bound ?? ''}` };
  }
  return { kind: 'holds', text: 'holds', about: `still holds without it, ${states} states` };
}

export function passes(
  { words, kind }: Filter,
  text: string,
  cells: readonly (BoardCell | undefined)[],
): boolean {
  const low = text.toLowerCase();
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return (
    wanted.every((word) => low.includes(word)) &&
    (kind === '' || cells.some((cell) => cell?.kind === kind))
  );
}

/** `check LUF-buddy:broken --design luf-v11 --without prep_new_page` as the address of a story. */
export function addressOfCommand(command: readonly string[]): {
  readonly variant: string;
  readonly schedule: '';
  readonly design?: string;
  readonly without?: string;
  readonly with?: string;
} {
  const [, variant = '', ...rest] = command;
  const options: Record<string, string> = {};
  for (let i = 0; i + 1 < rest.length; i += 2) {
    const [name, value] = [rest[i]?.replace(/^--/, ''), rest[i + 1]];
    if (value === undefined) continue;
    if (name === 'design' || name === 'without' || name === 'with') options[name] = value;
  }
  return { variant, schedule: '', ...options };
}
