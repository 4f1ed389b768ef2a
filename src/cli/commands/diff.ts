import { Problem } from '../../base/problem.ts';
import { counted } from '../../base/text.ts';
import { scenarios } from '../../catalogue/all.ts';
import type { Verdict } from '../../explain/judge.ts';
import { redesignArguments, redesigned } from '../../explain/redesign.ts';
import { sideBySide } from '../../explain/side-by-side.ts';
import { designs } from '../../kernel/designs/all.ts';
import { nameOfChoice } from '../../kernel/kernel.ts';
import { outcome } from '../../report/check-text.ts';
import { diffJson } from '../../report/diff-json.ts';
import { type DiffSide, diffText } from '../../report/diff-text.ts';
import { type Call, type Command, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { judgeSelected } from '../judge-selected.ts';
import { lineOptions } from '../line.ts';
import { refuseTogether } from '../refuse-together.ts';
import { searchOptions, searchWish } from '../search-options.ts';
import { nameOf, type Selected, select } from '../select.ts';

const options = {
  design: lineOptions.design,
  without: lineOptions.without,
  with: lineOptions.with,
  full: { type: 'flag', says: 'also the steps that change nothing and are the same' },
  json: { type: 'flag', says: 'one JSON object instead of text (schema lufcheck.diff/1)' },
  ...searchOptions,
} as const;

export const diff: Command<typeof options> = command({
  name: 'diff',
  says: 'one scenario under two kernels, side by side',
  usage: 'A [B]',
  about: [
    'Explores both, takes the counterexample of the one that is violated (of A, if both are), and',
    'follows it in the other as closely as that can. Where both hold, each thread runs in turn.',
    '► marks the first difference, ≠ the others.',
    '',
    'A is SCENARIO:VARIANT. B is another variant of it, as SCENARIO:VARIANT or :VARIANT, or the name',
    'of a design; without B it is A as --design, --without and --with change it.',
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'compared'],
    [exitCodes.usage, 'wrong usage or input'],
    [exitCodes.bounded, 'stopped at a bound before there was something to compare by'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [
    ['diff LUF-buddy:broken :repaired', 'what the repair changes'],
    ['diff LUF-write2:v11 luf-v12', 'the same threads under another design'],
    ['diff LUF-buddy:repaired --without prep_new_page', 'what a flush point is good for'],
  ],
  run: runDiff,
});

async function runDiff({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  refuseTogether(values, [['json', 'full']], 'lufcheck diff');
  const [a, b] = await sidesOf(values, positionals);
  const verdicts = await judgeSelected([a, b], io, searchWish(values, 'lufcheck diff'));
  const [first, second] = verdicts as [Verdict, Verdict];
  const isBounded = verdicts.some((one) => one.result.verdict === 'bounded');
  const violated = [first, second].findIndex((one) => one.violation !== undefined);
  if (violated < 0 && isBounded) {
    for (const { result } of verdicts)
      io.note(`${result.verdict}: ${result.bound ?? 'to the end'}`);
    return exitCodes.bounded;
  }
  const swapped = violated === 1;
  const [leader, follower] = swapped ? [second, first] : [first, second];
  const run = leader.violation?.steps.map((step) => step.action);
  const found = sideBySide(a.scenario, [leader.variant, follower.variant], run);
  const pairs = swapped ? found.pairs.map(({ a, b }) => ({ a: b, b: a })) : found.pairs;
  const sideOf = (one: Selected, verdict: Verdict): DiffSide => ({
    name: `${nameOf(one)} · ${nameOfChoice(one.variant.design)}`,
    outcome: outcomeOf(verdict, verdict === leader ? undefined : found.wrong),
  });
  const names = [nameOf(a), nameOf(b)];
  const led =
    run === undefined
      ? 'a run of the first, each thread in turn'
      : `the counterexample of ${names[violated]} (${counted(run.length, 'step')})`;
  const sides = [sideOf(a, first), sideOf(b, second)] as const;
  const wish = { sides, led, all: values.full };
  const compared = { ...found, pairs };
  if (values.json) io.out(JSON.stringify(diffJson(compared, wish), null, 2));
  else for (const line of diffText(compared, wish, io.look)) io.out(line);
  return exitCodes.asExpected;
}

/** What the search said of it, and for the one that follows what this run shows. */
function outcomeOf(verdict: Verdict, wrong: string | undefined): string {
  const { states } = verdict.result;
  const searched = `${outcome(verdict)} (${counted(states, 'state')})`;
  if (verdict.violation === undefined) return searched;
  return wrong === undefined ? searched : `${searched}; on this way: ${wrong}`;
}

async function sidesOf(
  values: {
    readonly design: string | undefined;
    without: string | undefined;
    with: string | undefined;
  },
  [first, second, ...more]: readonly string[],
): Promise<readonly [Selected, Selected]> {
  const wish = { design: values.design, without: values.without, plus: values.with };
  const asked = redesignArguments(wish).length > 0;
  if (first === undefined || more.length > 0 || (second === undefined) !== asked) {
    throw new Problem('LUF-E101', 'takes two kernels: A and B, or A and what changes it', {
      where: 'lufcheck diff',
      hint: 'lufcheck diff --help',
    });
  }
  const a = await only(first);
  if (second === undefined) return [a, redesigned([a], wish)[0] as Selected];
  const design = designs.find((one) => one.id === second);
  if (design !== undefined) return [a, redesigned([a], { design: second })[0] as Selected];
  const scenario = nameOf(a).slice(0, -a.variant.id.length - 1);
  const b = await only(second.startsWith(':') ? `${scenario}${second}` : second);
  if (b.scenario.id !== a.scenario.id) {
    throw new Problem('LUF-E104', `${a.scenario.id} and ${b.scenario.id} are two scenarios`, {
      where: 'lufcheck diff',
      hint: 'compare two variants of one scenario',
    });
  }
  return [a, b];
}

async function only(name: string): Promise<Selected> {
  const [one, ...more] = await select(scenarios, [name]);
  if (one !== undefined && more.length === 0) return one;
  throw new Problem('LUF-E101', `${name} names ${1 + more.length} variants`, {
    where: 'lufcheck diff',
    hint: 'name one: SCENARIO:VARIANT',
  });
}
