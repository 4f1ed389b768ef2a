// Makes the verdicts that come with the pages: `npm run site-data`, whenever the model or the catalogue has changed.
// What is computed here is small enough for some minutes; each file says up to how many states.

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { scenarios } from '../../catalogue/all.ts';
import { judgingCell, type Outcome, situationsOf } from '../../explain/matrix.ts';
import { ruleAnswers } from '../../explain/rule-answers.ts';
import { missesOf, summaryOf } from '../../explain/rule-summary.ts';
import { designs } from '../../kernel/designs/all.ts';
import { rulesJson } from '../../report/rules-json.ts';
import { allRules, hansensTwo } from '../../rules/all.ts';

const MATRIX_STATES = 60_000;
const RULE_STATES = 20_000;
const POINT_STATES = 10_000;

const [folder = 'src/web/public/data', ...wanted] = process.argv.slice(2);

function write(name: string, make: () => object): void {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  writeFileSync(resolve(folder, `${name}.json`), `${JSON.stringify(make())}\n`);
  process.stderr.write(`\n${name} written\n`);
}

function told(what: string): void {
  process.stderr.write(`\r\u001b[K${what}`);
}

write('points', () => ({
  schema: 'lufcheck.site-points/1',
  bounds: { maxStates: POINT_STATES },
  questions: scenarios.flatMap((scenario) => {
    told(scenario.id);
    return ruleAnswers(scenario, {
      ...{ rules: [], maxStates: POINT_STATES },
      designs: designs.filter(({ points }) => points.length > 0),
    }).flatMap(({ points: _, rules: __, lacks = [], ...answer }) =>
      lacks.map((removed) => ({ ...answer, removed })),
    );
  }),
}));

write('rules', () => {
  const answers = scenarios.flatMap((scenario) => {
    told(scenario.id);
    return ruleAnswers(scenario, {
      ...{ rules: allRules, maxStates: RULE_STATES, variantsOnly: true },
    });
  });
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

write('matrix', () => ({
  schema: 'lufcheck.matrix/1',
  bounds: { maxStates: MATRIX_STATES },
  designs: designs.map(({ id }) => id),
  rows: scenarios.flatMap(situationsOf).map((situation) => {
    told(`${situation.scenario.id}:${situation.id}`);
    const cells = designs.map((design): Outcome => {
      const run = judgingCell(
        { situation, design },
        { bounds: { maxStates: MATRIX_STATES, maxSeconds: 600 } },
      );
      let next = run.next(true);
      while (next.done !== true) next = run.next(true);
      return next.value;
    });
    const { scenario, id, variants } = situation;
    return { situation: `${scenario.id}:${id}`, variants, cells };
  }),
}));
