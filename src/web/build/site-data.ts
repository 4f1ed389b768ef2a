// Makes the verdicts that come with the pages: `npm run site-data`, whenever the model or the catalogue has changed.
// Each file says up to how many states. All of it takes an hour of one core; with `--of SCENARIO,...` only those are
// asked anew, and what the file says of the others stays: so it can be made in parts.

import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Problem } from '../../base/problem.ts';
import { scenarios } from '../../catalogue/all.ts';
import type { Scenario } from '../../catalogue/scenario.ts';
import type { RuleAnswer } from '../../explain/rule-answers.ts';
import { missesOf, summaryOf } from '../../explain/rule-summary.ts';
import { designs } from '../../kernel/designs/all.ts';
import { rulesJson } from '../../report/rules-json.ts';
import { allRules, hansensTwo } from '../../rules/all.ts';
import {
  MATRIX_STATES,
  type MatrixRow,
  matrixRows,
  POINT_STATES,
  type PointRow,
  pointRows,
  RULE_STATES,
  ruleRows,
} from './site-tables.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { of: { type: 'string' } },
});
const [folder = 'src/web/public/data', ...wanted] = positionals;
const only = values.of?.split(',');
const strange = only?.filter((id) => !scenarios.some((scenario) => scenario.id === id)) ?? [];
if (strange.length > 0) {
  throw new Problem('LUF-E102', 'no such scenario', { where: strange.join(', ') });
}

type File<Row> = Partial<Record<string, readonly Row[]>>;

/** What a table says of each scenario: asked now, or what the file has. */
function rowsOf<Row>(
  file: File<Row>,
  field: string,
  scenarioOf: (row: Row) => string,
  ask: (scenario: Scenario) => readonly Row[],
): Row[] {
  return scenarios.flatMap((scenario) => {
    if (only !== undefined && !only.includes(scenario.id)) {
      return (file[field] ?? []).filter((row) => scenarioOf(row).split(':')[0] === scenario.id);
    }
    process.stderr.write(`\r\u001b[K${scenario.id}`);
    return ask(scenario);
  });
}

/** Of one bound as a whole: rows that were made with another one are not kept. */
function write<Row>(name: string, maxStates: number, make: (file: File<Row>) => object): void {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const path = resolve(folder, `${name}.json`);
  const file = only === undefined ? {} : (JSON.parse(readFileSync(path, 'utf8')) as object);
  const { bounds } = file as { bounds?: { maxStates: number } };
  if (bounds !== undefined && bounds.maxStates !== maxStates) {
    throw new Problem('LUF-E201', `was made with ${bounds.maxStates} states, not ${maxStates}`, {
      where: path,
      hint: 'make all of it, without --of',
    });
  }
  writeFileSync(path, `${JSON.stringify(make(file as File<Row>))}\n`);
  process.stderr.write(`\n${name} written\n`);
}

write<PointRow>('points', POINT_STATES, (file) => ({
  schema: 'lufcheck.site-points/1',
  bounds: { maxStates: POINT_STATES },
  questions: rowsOf(file, 'questions', ({ name }) => name, pointRows),
}));

write<RuleAnswer>('rules', RULE_STATES, (file) => {
  const answers = rowsOf(file, 'questions', ({ name }) => name, ruleRows);
  const misses = hansensTwo.map(({ name, rules }) => ({
    name,
    ...missesOf(
      rules.map(({ id }) => id),
      answers,
    ),
  }));
  return rulesJson(summaryOf(answers, allRules, designs), {
    ...{ misses, maxStates: RULE_STATES, finished: true },
  });
});

write<MatrixRow>('matrix', MATRIX_STATES, (file) => ({
  schema: 'lufcheck.matrix/1',
  bounds: { maxStates: MATRIX_STATES },
  designs: designs.map(({ id }) => id),
  rows: rowsOf(file, 'rows', ({ situation }) => situation, matrixRows),
}));
