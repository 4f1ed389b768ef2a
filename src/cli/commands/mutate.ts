import { closeMatches } from '../../base/close-match.ts';
import { Problem } from '../../base/problem.ts';
import { grouped, listed } from '../../base/text.ts';
import { scenarios } from '../../catalogue/all.ts';
import { ruleShares, scoreOf, scores } from '../../explain/mutants/score.ts';
import { designs } from '../../kernel/designs/all.ts';
import { failureLines } from '../../report/failure-text.ts';
import { type MutantsPages, mutantsJson } from '../../report/mutants-json.ts';
import { mutantsPage } from '../../report/mutants-page.ts';
import { mutantLines, scoreLines, survivorsOf } from '../../report/mutants-text.ts';
import { allRules } from '../../rules/all.ts';
import { type Call, type Command, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { worstFailure } from '../jobs/failure.ts';
import { mutantStories } from '../mutant-stories.ts';
import { type MutantWish, mutantsOf } from '../mutants.ts';
import { refuseTogether } from '../refuse-together.ts';
import { jobsOption, jobsWish } from '../search-options.ts';
import { looksLikeFile } from '../user-file.ts';

/** Each mutant is cut off here, unless the user says otherwise. */
const MUTANT_STATES = 100_000;

const options = {
  only: { type: 'text', value: 'ID,...', says: 'only these mutants' },
  stories: { type: 'flag', says: 'tell the story of each that a program sees' },
  list: { type: 'flag', says: 'a line or two for each mutant, not only for survivors' },
  page: { type: 'flag', says: 'all of it as a page in Markdown: docs/mutants.md' },
  json: { type: 'flag', says: 'one JSON object instead (schema lufcheck.mutants/1)' },
  'max-states': {
    type: 'count',
    value: 'N',
    says: `states looked at for a mutant (${grouped(MUTANT_STATES)})`,
  },
  into: {
    type: 'text',
    value: 'FILE',
    says: 'keep answers there, and ask only what it does not have',
  },
  jobs: { ...jobsOption.jobs, page: undefined, says: 'mutants tried at a time (cores)' },
  quiet: { type: 'flag', short: 'q', says: 'no progress' },
} as const;

export const mutate: Command<typeof options> = command({
  name: 'mutate',
  says: 'make one small slip after the other and see whether anybody notices',
  usage: '[PATH | DESIGN | RULE | SCENARIO[:VARIANT] | FILE.ts]...',
  about: [
    'Takes a flush, a lock or a check away, narrows a mask, swaps two steps, ...: at every place of',
    'the functions named (PATH: munmap), of a design, of a rule, or of what some scenarios call. Each',
    'such mutant is explored in the variants that hold without it and come to the place; in some of those that',
    'the bound leaves, random runs are looked at: what is found there is found.',
    '',
    '  truth       a program sees something wrong, or the model itself stops',
    '  rule        no program does, but a rule fires; of a rule: its verdict changes',
    '  equivalent  reached, all explored, and nothing that threads share changes differently',
    '  survivor    nobody notices; why, and within which bound',
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'every mutant was tried'],
    [exitCodes.usage, 'wrong usage or input'],
    [exitCodes.bounded, 'a bound or Ctrl-C left some open'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [
    ['mutate munmap', 'one function, wherever it is called'],
    ['mutate luf-v12', 'all that belongs to a design'],
    ['mutate frame-reused-before-flush', 'a rule'],
    ['mutate my-variant.ts', 'the functions of a file of your own'],
    ['mutate --into all.jsonl', 'all; Ctrl-C stops it, and the same again goes on'],
  ],
  run: runMutate,
});

async function runMutate({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  refuseTogether(
    values,
    [
      ['page', 'json', 'stories'],
      ['page', 'json', 'list'],
    ],
    'lufcheck mutate',
  );
  const maxStates = values['max-states'] ?? MUTANT_STATES;
  const only = values.only?.split(',') ?? [];
  const wish = wishOf(positionals, only);
  const { mutants, variants, finished, failures } = await mutantsOf(
    { ...wish, only, maxStates, jobs: jobsWish(values.jobs, 'lufcheck mutate'), into: values.into },
    io,
  );
  io.progress.clear();
  if (mutants.length === 0 && finished) throw nothing(positionals, only);
  const pages: MutantsPages = {
    mutants,
    total: scoreOf('all', mutants),
    scores: scores(mutants),
    shares: ruleShares(
      mutants,
      allRules.map(({ id }) => id),
    ),
    maxStates,
    catalogue: {
      scenarios: new Set(variants.map((name) => name.slice(0, name.lastIndexOf(':')))).size,
      variants: variants.length,
    },
    finished,
  };
  if (values.page) {
    const command = ['lufcheck mutate', ...positionals, `--page --max-states ${maxStates}`];
    for (const line of mutantsPage(pages, command.join(' '))) io.out(line);
  } else if (values.json) {
    io.out(JSON.stringify(mutantsJson(pages), null, 2));
  } else {
    const shown = values.list || only.length > 0 ? mutants : survivorsOf(mutants);
    for (const mutant of shown) for (const line of mutantLines(mutant, io.look)) io.out(line);
    if (values.stories) await mutantStories(mutants, wish.named, io);
    if (shown.length > 0) io.out('');
    for (const line of scoreLines(pages, io.look)) io.out(line);
  }
  for (const { about, failure } of failures) {
    for (const line of failureLines(failure, about, io.look.columns)) io.note(line);
  }
  if (failures.length > 0) return worstFailure(failures.map(({ failure }) => failure));
  return finished && pages.total.open === 0 ? exitCodes.asExpected : exitCodes.bounded;
}

/** What the names on the command line are names of. */
function wishOf(
  named: readonly string[],
  only: readonly string[],
): Pick<MutantWish, 'named' | 'designs' | 'rules' | 'units'> {
  const rules = named.filter((name) => allRules.some(({ id }) => id === name));
  const chosen = named.filter((name) => designs.some(({ id }) => id === name));
  const isScenario = (name: string): boolean =>
    looksLikeFile(name) ||
    /\.[cm]?[jt]s:/.test(name) ||
    scenarios.some(({ id }) => id === name || name.startsWith(`${id}:`));
  const others = named.filter((name) => !rules.includes(name) && !chosen.includes(name));
  const units = only.map((id) => id.slice(0, Math.max(0, id.indexOf('/'))));
  return {
    named: others.filter(isScenario),
    designs: chosen,
    rules: [...rules, ...units.filter((unit) => allRules.some(({ id }) => id === unit))],
    units: [
      ...others.filter((name) => !isScenario(name)),
      ...units.filter((unit) => !allRules.some(({ id }) => id === unit)),
    ],
  };
}

function nothing(named: readonly string[], only: readonly string[]): Problem {
  const known = [...designs, ...allRules, ...scenarios].map(({ id }) => id);
  const unknown = named.find((name) => !known.includes(name.split(':')[0] ?? '')) ?? '';
  const near = looksLikeFile(unknown) ? [] : closeMatches(unknown, known);
  return new Problem('LUF-E102', 'there is no mutant of that', {
    where: [...named, ...only].join(' '),
    hint:
      near.length > 0
        ? `did you mean ${listed(near, 'or')}?`
        : "a function as stories name it, a design, a rule, or a scenario with variants that hold (expect: 'holds')",
  });
}
