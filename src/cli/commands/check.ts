import { listed, wrap } from '../../base/text.ts';
import { type Group, grouped } from '../../explain/alike.ts';
import { type Verdict, wasBegun } from '../../explain/judge.ts';
import { redesignArguments, redesignRecord } from '../../explain/redesign.ts';
import { asTests } from '../../report/as-test.ts';
import { checkJson } from '../../report/check-json.ts';
import { scenarioLines, tallyLines, tallyOf, verdictLines } from '../../report/check-text.ts';
import { storiesIn } from '../../report/story-book.ts';
import { checkOne, writeCertificate } from '../certificate-file.ts';
import { type Call, type Command, command, type Surroundings } from '../command.ts';
import { cutArguments, shrunk } from '../cut-down.ts';
import type { ExitCode } from '../exit-codes.ts';
import { type CheckPlan, type MatrixPlan, selectedOf } from '../jobs/plan.ts';
import type { SearchWish, Together } from '../judge-all.ts';
import { exitCodeOf, judgeSelected } from '../judge-selected.ts';
import type { ValuesOf } from '../options.ts';
import { printStory } from '../print-story.ts';
import { refuseTogether } from '../refuse-together.ts';
import { repaired } from '../repaired.ts';
import { runSamples } from '../sample.ts';
import { jobsOption, jobsWish, searchOptions, searchWish } from '../search-options.ts';
import { nameOf, type Selected } from '../select.ts';
import { entriesOf, formatNamed, inFormat, storyOptions } from '../story-output.ts';
import { allToldOf, type Told, toldOf } from '../told.ts';
import { runMatrix, tableFormat } from './matrix.ts';

/** So many different stories are told without being asked for, if so many variants are violated. */
const FEW = 3;
const SOME = 12;
/** Steps of a random run at most: most runs of the catalogue end before. */
const RUN_STEPS = 200;

const options = {
  stories: { type: 'flag', says: 'tell every different story, however many there are' },
  design: { type: 'text', value: 'ID', says: "ask about this design instead of the variant's own" },
  without: { type: 'text', value: 'POINT,...', says: 'take flush points away, by name' },
  with: { type: 'text', value: 'POINT,...', says: 'add flush points, by name' },
  matrix: { type: 'flag', says: 'every scenario by every design, as a table' },
  pairs: { type: 'flag', says: 'every pair of operations by every design, as a table' },
  ...storyOptions,
  json: { type: 'flag', says: 'one JSON object instead of text (schema lufcheck.check/1)' },
  random: {
    type: 'count',
    value: 'N',
    says: 'N random runs instead; finds, never shows that it holds',
  },
  seed: { type: 'count', value: 'S', page: 'search', says: 'other random runs (1)' },
  certificate: {
    type: 'text',
    value: 'FILE',
    page: 'search',
    says: 'write what "holds" rests on, for lufcheck verify',
  },
  quiet: { type: 'flag', short: 'q', says: 'say only what is not as expected' },
  ...jobsOption,
  ...searchOptions,
} as const;

export const check: Command<typeof options> = command({
  name: 'check',
  says: 'explore scenarios through every interleaving',
  usage: '[SCENARIO[:VARIANT] | FILE.ts]...',
  about: [
    'Explores the scenarios named, those of a file of your own (docs/writing-paths.md), or the',
    'whole catalogue, through every interleaving of their threads and of the hardware.',
    '',
    '  holds     in every interleaving, within the world that is printed',
    '  violated  a program sees what it must not; a shortest counterexample tells how',
    '  bounded   a limit or Ctrl-C stopped the search before it could say',
    '  error     no answer: its model is wrong, or its thread died; the others are judged',
    '',
    'In a story, "!" marks the step before which a flush was due, "✗" the access that is wrong.',
  ],
  options,
  examples: [
    ['check', 'the whole catalogue'],
    ['check LUF-write2:broken', 'one variant, with the story of its violation'],
    ['check LUF-buddy --without prep_new_page', 'less one flush point'],
    ['check my-variant.ts', 'scenarios of your own'],
  ],
  run: runCheck,
});

async function runCheck({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  const search = searchWish(values, 'lufcheck check');
  const { bounds = {} } = search;
  const jobs = jobsWish(values.jobs, 'lufcheck check');
  const mayHold = values.tlb === 'may';
  refuseTogether({ ...values, 'tlb=may': mayHold }, apart, 'lufcheck check');
  if (values.matrix || values.pairs) return await tabulate(values, positionals, search, io);
  const wish = { design: values.design, without: values.without, plus: values.with };
  const plan: CheckPlan = { kind: 'check', named: positionals, redesign: wish, cut: values.cut };
  const selected = await selectedOf(plan);
  if (values.random !== undefined) {
    const { random: runs, seed = 1, json } = values;
    const { maxDepth: steps = RUN_STEPS, maxSeconds } = bounds;
    const more = [
      ...redesignArguments(wish),
      ...cutArguments(values.cut),
      ...['--random', `${runs}`, '--seed', `${seed}`],
      ...(steps === RUN_STEPS ? [] : ['--max-depth', `${steps}`]),
    ];
    const redesign = [...redesignArguments(wish), ...cutArguments(values.cut)];
    const format = formatNamed(values.format, 'lufcheck check');
    const shown = { json, format, asTest: values['as-test'], full: values.full };
    return await runSamples(
      selected,
      { runs, seed, steps, maxSeconds, more, redesign, ...shown },
      io,
    );
  }
  const { certificate: file } = values;
  if (file !== undefined) checkOne(selected);
  const verdicts = await explore(selected, search, { plan, jobs }, { values, positionals, io });
  const [only] = verdicts;
  if (file !== undefined && only !== undefined) {
    const certificate = { file, redesign: redesignRecord(wish), maxStates: bounds.maxStates };
    await writeCertificate(selected[0] as Selected, only, certificate, io);
  }
  return exitCodeOf(verdicts);
}

async function explore(
  selected: readonly Selected[],
  search: SearchWish,
  together: Together,
  { values, io }: Call<typeof options>,
): Promise<Verdict[]> {
  const format = formatNamed(values.format, 'lufcheck check');
  const more = [...redesignArguments(together.plan.redesign), ...cutArguments(values.cut)];
  const toldBy = async (verdicts: readonly Verdict[]): Promise<Told[]> => {
    const told = values.all
      ? await allToldOf(verdicts, selected, more, { io, ...search.bounds })
      : toldOf(verdicts, selected, more);
    if (values.shrink) return await shrunk(told, search, more, io);
    return values.repair ? await repaired(told, search, io) : told;
  };
  if (format !== undefined || values['as-test']) {
    const verdicts = await judgeSelected(selected, io, search, undefined, together);
    const entries = entriesOf(verdicts, selected, await toldBy(verdicts));
    if (format !== undefined) io.out(inFormat(format, entries));
    else for (const line of asTests(storiesIn({ version: '', entries }))) io.out(line);
    return verdicts;
  }
  if (values.json) {
    const verdicts = await judgeSelected(selected, io, search, undefined, together);
    io.out(JSON.stringify(checkJson(verdicts), null, 2));
    return verdicts;
  }
  const table = tableWriter(selected, io, values.quiet);
  const verdicts = await judgeSelected(selected, io, search, table, together);
  if (values.quiet) return verdicts;
  const { stories, full, all, shrink, repair } = values;
  const wanted = stories || full || all || shrink || repair;
  const violated = selected.filter((_, i) => verdicts[i]?.violation !== undefined);
  const told = wanted || violated.length <= SOME ? await toldBy(verdicts) : [];
  const groups = grouped(told, ({ story }) => story);
  const isTold = wanted || groups.length <= FEW;
  if (isTold) tell(groups, io, full);
  if (verdicts.length === 1) return verdicts;
  io.out('');
  for (const line of tallyLines(tallyOf(verdicts), io.look)) io.out(line);
  const [first] = violated;
  if (first !== undefined && (told.length === 0 || !isTold)) {
    const command = [io.look.program, 'check', nameOf(first), ...more];
    io.out(`Why: ${command.join(' ')}, or --stories for all of them.`);
  }
  return verdicts;
}

/** Different questions, or forms of an answer, of which only one could be given. */
const apart = [
  ['matrix', 'pairs', 'random', 'certificate'],
  ['random', 'tlb=may'],
  // Random runs are made for one variant after the other.
  ['random', 'jobs'],
  ['json', 'format', 'as-test', 'full'],
  ['matrix', 'pairs', 'as-test'],
  ['matrix', 'pairs', 'full'],
  ['matrix', 'pairs', 'random', 'all', 'shrink'],
  ['matrix', 'pairs', 'random', 'repair'],
  ['json', 'all'],
  ['json', 'shrink'],
  ['json', 'repair'],
  // The steps of the one are not those of the other.
  ['shrink', 'repair'],
  ['shrink', 'cut', 'certificate'],
  ['cut', 'matrix', 'pairs', 'certificate'],
] as const;

async function tabulate(
  values: ValuesOf<typeof options>,
  positionals: readonly string[],
  search: SearchWish,
  io: Surroundings,
): Promise<ExitCode> {
  const kind = values.pairs ? 'pairs' : 'matrix';
  const plan: MatrixPlan = { kind, named: positionals, designs: values.design?.split(',') ?? [] };
  const format = tableFormat(values.format, values.json, `lufcheck check --${kind}`);
  return await runMatrix({ plan, format, jobs: values.jobs, search }, io);
}

/** Prints each verdict as it comes, under a heading per scenario. */
function tableWriter(
  selected: readonly Selected[],
  io: Surroundings,
  quiet: boolean,
): (verdict: Verdict) => void {
  let scenario = '';
  return (verdict) => {
    if (!wasBegun(verdict) || (quiet && verdict.asExpected)) return;
    if (verdict.scenario.id !== scenario) {
      if (scenario !== '') io.out('');
      scenario = verdict.scenario.id;
      for (const line of scenarioLines(verdict.scenario, io.look)) io.out(line);
    }
    for (const line of verdictLines(verdict, io.look)) io.out(line);
    if (selected.length === 1) io.out(`     ${verdict.variant.says}`);
  };
}

/** Each different story once, with the names of others that are alike. */
function tell(groups: readonly Group<Told>[], io: Surroundings, full: boolean): void {
  for (const { one, alike } of groups) {
    io.out('');
    printStory(one, full, io);
    if (alike.length === 0) continue;
    const names = alike.map((other) => nameOf(other.one));
    io.out('');
    for (const line of wrap(`Alike: ${listed(names)}`, io.look.columns, '  ')) io.out(line);
  }
}
