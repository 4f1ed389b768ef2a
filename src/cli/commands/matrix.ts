import { setImmediate } from 'node:timers/promises';
import type { Scenario } from '../../catalogue/scenario.ts';
import { type MatrixRow, matrixRow, situationsOf } from '../../explain/matrix.ts';
import { pairScenarios } from '../../explain/pairs.ts';
import { designs } from '../../kernel/designs/all.ts';
import type { Design } from '../../kernel/kernel.ts';
import { matrixLines, rowName } from '../../report/matrix-text.ts';
import type { Surroundings } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { onNode, type SearchWish } from '../judge-all.ts';

/** Pairs are many and some are large: each cell is cut off here unless the user says otherwise. */
const PAIR_STATES = 100_000;

export interface MatrixWish {
  readonly pairs: boolean;
  readonly json: boolean;
  readonly designs: readonly Design[];
  readonly scenarios: readonly Scenario[];
  readonly search: SearchWish;
}

/** `check --matrix` and `check --pairs`: exit 0 when every cell was answered, 3 when one was not. */
export async function runMatrix(wish: MatrixWish, io: Surroundings): Promise<ExitCode> {
  const columns = wish.designs.length > 0 ? wish.designs : designs;
  const all = wish.pairs ? pairScenarios(columns) : wish.scenarios;
  const { bounds: asked = {}, ...how } = wish.search;
  const bounds = wish.pairs ? { maxStates: PAIR_STATES, ...asked } : asked;
  const search = { ...onNode, ...how };
  const situations = all.flatMap(situationsOf);
  const rows: MatrixRow[] = [];
  for (const situation of situations) {
    await setImmediate(); // lets Ctrl-C be heard
    if (io.stop.aborted) break;
    io.progress.show(`${rows.length + 1}/${situations.length} ${situation.scenario.id}`);
    rows.push(matrixRow(situation, columns, { bounds, search, onCell: () => !io.stop.aborted }));
  }
  io.progress.clear();
  if (wish.json) {
    io.out(JSON.stringify(matrixJson(rows, columns), null, 2));
  } else {
    for (const line of matrixLines(rows, columns, io.look)) io.out(line);
    if (rows.length < situations.length) {
      io.out(`Stopped after ${rows.length} of ${situations.length} situations.`);
    }
  }
  const open = rows.some((row) => row.cells.some((cell) => cell.kind === 'bounded'));
  return open || rows.length < situations.length ? exitCodes.bounded : exitCodes.asExpected;
}

function matrixJson(rows: readonly MatrixRow[], columns: readonly Design[]): unknown {
  return {
    schema: 'lufcheck.matrix/1',
    designs: columns.map((design) => design.id),
    rows: rows.map((row) => ({
      situation: rowName(row),
      variants: row.situation.variants,
      cells: row.cells,
    })),
  };
}
