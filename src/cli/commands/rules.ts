import { Problem } from '../../base/problem.ts';
import { grouped } from '../../base/text.ts';
import { scenarios } from '../../catalogue/all.ts';
import type { Scenario } from '../../catalogue/scenario.ts';
import { askedWhole, flushPointNeeds } from '../../explain/flush-point-needs.ts';
import { designNamed } from '../../explain/redesign.ts';
import { RULE_STATES, type RuleAnswer } from '../../explain/rule-answers.ts';
import { missesOf, summaryOf } from '../../explain/rule-summary.ts';
import { designs as allDesigns } from '../../kernel/designs/all.ts';
import { flushPointsPage } from '../../report/flush-points-page.ts';
import { flushPointsJson, rulesJson } from '../../report/rules-json.ts';
import { rulesPage } from '../../report/rules-page.ts';
import {
  boundLines,
  flushPointLines,
  questionLines,
  type RulesPages,
  rulesLines,
} from '../../report/rules-text.ts';
import { allRules, hansensTwo } from '../../rules/all.ts';
import { type Call, type Command, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { refuseTogether } from '../refuse-together.ts';
import { exportRules } from '../rule-export.ts';
import { showWitness } from '../rule-witness.ts';
import { rulesAnswers } from '../rules-pool.ts';
import { type Selected, select } from '../select.ts';

/** With so few questions each has a line without being asked for. */
const FEW = 40;

const options = {
  design: { type: 'text', value: 'ID,...', says: 'only these designs' },
  'flush-points': {
    type: 'flag',
    says: 'what goes wrong without each flush point, or that nothing does',
  },
  variants: { type: 'flag', says: "only the catalogue's own variants: faster" },
  questions: { type: 'flag', says: 'a line for each question, however many there are' },
  export: {
    type: 'text',
    value: 'FORM',
    says: 'for other tools: rv (rvgen), bpftrace, bpftrace-6.1 (until 6.7)',
  },
  output: { type: 'text', value: 'FOLDER', says: 'with --export: a file for each rule there' },
  witness: {
    type: 'text',
    value: 'RULE',
    says: 'a shortest interleaving in which the rule fires, step by step',
  },
  without: { type: 'text', value: 'POINT,...', says: 'with --witness: take flush points away' },
  page: { type: 'flag', says: 'all of it in Markdown: docs/rules.md, docs/flush-points.md' },
  json: {
    type: 'flag',
    says: 'one JSON object instead (schema lufcheck.rules/1, lufcheck.flush-points/1)',
  },
  workers: {
    type: 'count',
    value: 'N',
    says: 'threads (1); the answer is the same for any number',
  },
  'max-states': {
    type: 'count',
    value: 'N',
    says: `states looked at for a question (${grouped(RULE_STATES)})`,
  },
  quiet: { type: 'flag', short: 'q', says: 'no progress' },
} as const;

export const rules: Command<typeof options> = command({
  name: 'rules',
  says: 'judge the rules of a debugging kernel against what programs can see',
  usage: '[SCENARIO[:VARIANT] | FILE.ts | RULE]...',
  about: [
    'Asks every scenario under every design, and again with each flush point taken away that it',
    'needs or not: can a program see something wrong, and which rules have fired by then? Each',
    'question is explored to its end with all rules watching, so the answer is about every',
    'interleaving of its world.',
    '',
    'Then: what each rule alone sees, where it cries for nothing, the smallest sets of rules that',
    'see everything without a false alarm, and what the two rules that Dave Hansen asked for miss.',
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'every question was answered'],
    [exitCodes.usage, 'wrong usage or input'],
    [exitCodes.bounded, 'a bound or Ctrl-C left questions open'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [
    ['rules LUF-write2', 'one scenario, question by question'],
    ['rules --workers 2', 'everything: some minutes'],
    ['rules --flush-points --design luf-v12', 'what each flush point of v12 is for'],
    ['rules LUF-ksm:v12-without --witness lufd-page-check', 'why it fires there'],
    ['rules --export rv --output monitors', 'the recommended rules for rvgen'],
  ],
  run: runRules,
});

/** They ask for different things. */
const apart = [
  ['export', 'witness', 'flush-points'],
  ['export', 'witness', 'variants'],
  ['export', 'witness', 'questions'],
  ['export', 'witness', 'page'],
  ['export', 'json'],
  ['export', 'design'],
] as const;

async function runRules({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  refuseTogether(values, apart, 'lufcheck rules');
  if (values.export !== undefined) {
    exportRules({ form: values.export, rules: positionals, output: values.output }, io);
    return exitCodes.asExpected;
  }
  refuseAlone(values, 'output', 'export');
  if (values.witness !== undefined) {
    const selected = await select(scenarios, positionals);
    return showWitness(selected, { ...values, rule: values.witness }, io);
  }
  refuseAlone(values, 'without', 'witness');
  if (values.variants && values['flush-points']) {
    throw new Problem('LUF-E104', '--variants leaves out what --flush-points is about', {
      where: 'lufcheck rules',
      hint: 'ask for one of them',
    });
  }
  const chosen = values.design?.split(',').map(designNamed);
  const { workers = 1, 'max-states': maxStates = RULE_STATES } = values;
  const selected = await select(scenarios, positionals);
  const asked = grouping(selected);
  const { answers, finished } = await rulesAnswers({
    scenarios: asked,
    designs: chosen?.map(({ id }) => id),
    withRules: !values['flush-points'],
    variantsOnly: values.variants,
    maxStates,
    // A thread reads the catalogue, and no file of the user's.
    workers: selected.some((one) => one.file !== undefined) ? 1 : workers,
    stop: io.stop,
    onAnswer: (done, n, last) =>
      io.progress.show(`${done}/${asked.length} scenarios, ${grouped(n)} questions: ${last}`),
  });
  io.progress.clear();
  const pages: RulesPages = {
    misses: hansensTwo.map(({ name, rules: two }) => {
      const ids = two.map(({ id }) => id);
      return { name, ...missesOf(ids, answers) };
    }),
    maxStates,
    variantsOnly: values.variants,
    finished,
  };
  const lines = linesFor(values, answers, pages, chosen ?? allDesigns, io.look);
  for (const line of lines) io.out(line);
  const open = !finished || answers.some((one) => one.truth === 'bounded');
  return open ? exitCodes.bounded : exitCodes.asExpected;
}

/** @throws Problem LUF-E104 for an option that means something only beside another one. */
function refuseAlone(
  values: Call<typeof options>['values'],
  option: 'output' | 'without',
  beside: 'export' | 'witness',
): void {
  if (values[option] === undefined) return;
  throw new Problem('LUF-E104', `--${option} is for --${beside}`, {
    where: 'lufcheck rules',
    hint: `add --${beside}, or leave --${option} out`,
  });
}

function linesFor(
  values: Call<typeof options>['values'],
  answers: readonly RuleAnswer[],
  pages: RulesPages,
  designs: typeof allDesigns,
  look: Parameters<typeof rulesLines>[2],
): string[] {
  const needs = flushPointNeeds(answers, designs);
  if (values['flush-points']) {
    const points = { ...pages, needs, asked: askedWhole(answers, designs) };
    if (values.json) return [JSON.stringify(flushPointsJson(points), null, 2)];
    if (values.page) return flushPointsPage(points);
    return [...boundLines(answers, pages, look), '', ...flushPointLines(needs, look)];
  }
  const summary = summaryOf(answers, allRules, designs);
  if (values.json) return [JSON.stringify(rulesJson(summary, pages), null, 2)];
  if (values.page) return rulesPage(summary, pages, needs);
  return [
    ...(values.questions || answers.length <= FEW ? [...questionLines(answers, look), ''] : []),
    ...rulesLines(summary, pages, look),
  ];
}

/** The scenarios selected, each with its selected variants. */
function grouping(selected: readonly Selected[]): Scenario[] {
  const all = [...new Set(selected.map((one) => one.scenario))];
  return all.map((scenario) => ({
    ...scenario,
    variants: selected.filter((one) => one.scenario === scenario).map((one) => one.variant),
  }));
}
