import { Problem } from '../../base/problem.ts';
import type { Failure } from '../../explain/judge.ts';
import type { Cell, MatrixRow, Outcome } from '../../explain/matrix.ts';
import type { Design } from '../../kernel/kernel.ts';
import { matrixHtml } from '../../report/matrix-html.ts';
import { matrixLines, rowName, stoppedLines } from '../../report/matrix-text.ts';
import type { Surroundings } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { askAll, type Told } from '../jobs/ask.ts';
import { worstFailure } from '../jobs/failure.ts';
import { cellQuestions, type MatrixPlan, type Table, tableOf } from '../jobs/plan.ts';
import { progressLine } from '../progress-line.ts';
import type { SearchWish } from '../search-wish.ts';
import { formatNamed } from '../story-output.ts';
import { readVersion } from '../version.ts';

/** Pairs are many and some are large: each cell is cut off here unless the user says otherwise. */
const PAIR_STATES = 100_000;

/** Forms of a table. */
type TableFormat = 'json' | 'html';

/**
 * `--json` is `--format json`.
 *
 * @throws Problem LUF-E103 for what is not a form of a table.
 */
export function tableFormat(
  name: string | undefined,
  json: boolean,
  where: string,
): TableFormat | undefined {
  const known = formatNamed(name, where);
  if (known === undefined) return json ? 'json' : undefined;
  if (known === 'json' || known === 'html') return known;
  const why =
    known === 'sarif' || known === 'junit'
      ? 'nothing is expected of the cells of a table, so that none passes or fails'
      : 'the cells of a table are verdicts, and have no steps';
  throw new Problem('LUF-E103', `there is no table as ${known}: ${why}`, {
    where,
    hint: 'json or html; lufcheck check NAME --design ID --format NAME is of one cell',
  });
}

export interface MatrixWish {
  readonly plan: MatrixPlan;
  /** Text where there is none. */
  readonly format: TableFormat | undefined;
  readonly jobs: number | undefined;
  readonly search: SearchWish;
}

/**
 * `check --matrix` and `check --pairs`: exit 0 when every cell was answered, 3 when one was stopped,
 * 70 when something went wrong with one.
 */
export async function runMatrix(wish: MatrixWish, io: Surroundings): Promise<ExitCode> {
  const { plan } = wish;
  const { bounds: asked = {}, ...how } = wish.search;
  const bounds = plan.kind === 'pairs' ? { maxStates: PAIR_STATES, ...asked } : asked;
  const table = await tableOf(plan);
  const questions = cellQuestions(table);
  const names = questions.map((one) => one.name);
  const told: Told<Outcome>[] = [];
  await askAll<MatrixPlan>({
    plan,
    questions,
    search: { ...how, bounds },
    jobs: wish.jobs,
    stop: io.stop,
    onProgress: (running, done) => io.progress.show(progressLine(names, running, done)),
    onAnswer: (one) => told.push(one),
  });
  io.progress.clear();
  const outcomes = told.map(outcomeOf);
  const rows = rowsOf(table, outcomes);
  if (wish.format === 'json') {
    io.out(JSON.stringify(matrixJson(rows, table.designs), null, 2));
  } else if (wish.format === 'html') {
    io.out(matrixHtml(readVersion(), rows, table.designs));
  } else {
    for (const line of matrixLines(rows, table.designs, io.look)) io.out(line);
    if (io.stop.aborted) {
      for (const line of stoppedLines(table.cells, outcomes, io.look)) io.out(line);
    }
  }
  const errors = outcomes.flatMap((one): Failure[] => (one.kind === 'error' ? [one.error] : []));
  if (errors.length > 0) return worstFailure(errors);
  const open = outcomes.some((one) => one.kind === 'bounded' || one.kind === 'not begun');
  return open ? exitCodes.bounded : exitCodes.asExpected;
}

function outcomeOf(told: Told<Outcome>): Outcome {
  if (told.kind === 'not begun') return told;
  if (told.kind === 'cut') {
    const { states = 0, depth = 0 } = told.progress ?? {};
    return { kind: 'bounded', bound: 'interrupted', states, depth };
  }
  return told.failure === undefined ? told.answer : { kind: 'error', error: told.failure };
}

/** Without the situations that nothing is known of, since everything was stopped before. */
function rowsOf({ designs, cells }: Table, outcomes: readonly Outcome[]): MatrixRow[] {
  const rows: MatrixRow[] = [];
  for (let at = 0; at < cells.length; at += designs.length) {
    const row = outcomes.slice(at, at + designs.length);
    if (row.every((one) => one.kind === 'not begun')) continue;
    rows.push({ situation: (cells[at] as Cell).situation, cells: row });
  }
  return rows;
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
