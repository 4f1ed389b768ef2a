import { Problem } from '../../base/problem.ts';
import type { Verdict } from '../../explain/judge.ts';
import { redesignArguments } from '../../explain/redesign.ts';
import { replaySchedule } from '../../explain/replaying.ts';
import { askedAs, type Story, storyOf } from '../../explain/story.ts';
import { nameOfChoice } from '../../kernel/kernel.ts';
import { asTests } from '../../report/as-test.ts';
import { type Call, type Command, command } from '../command.ts';
import { cutArguments } from '../cut-down.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { lineOptions, readLine } from '../line.ts';
import { printStory } from '../print-story.ts';
import { refuseTogether } from '../refuse-together.ts';
import { nameOf, type Selected } from '../select.ts';
import { stepByHand } from '../step-by-hand.ts';
import { entriesOf, formatNamed, inFormat, storyOptions } from '../story-output.ts';
import type { Told } from '../told.ts';

const options = {
  step: { type: 'flag', says: 'step through it by hand: choose, undo, ask how to get somewhere' },
  ...lineOptions,
  format: { ...storyOptions.format, page: undefined },
  full: { ...storyOptions.full, page: undefined },
  'as-test': { ...storyOptions['as-test'], page: undefined },
} as const;

export const replay: Command<typeof options> = command({
  name: 'replay',
  says: 'show a story again from its one-line schedule, or step through it',
  usage: "'LINE' | SCENARIO:VARIANT",
  about: [
    'Follows the schedule that a story ends with, step by step through the plain interpreter, and',
    'tells the story. A schedule that cannot be followed, or in which nothing goes wrong, is refused',
    'with the place. How schedules are written: docs/stories.md.',
    '',
    'With --step the steps of LINE are taken and then everything that can happen next is listed.',
    'Commands are read line by line from standard input; ? lists them.',
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'replayed, or stepped through'],
    [exitCodes.usage, 'wrong usage, or a schedule that does not replay'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [
    ["replay 'LUF-buddy:broken S0--...'", "the line from the story's end"],
    ['replay LUF-buddy:broken --step', 'from the start, by hand'],
  ],
  run: runReplay,
});

async function runReplay({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  const { design, with: plus, cut } = values;
  const asked = [
    ...redesignArguments({ design, without: values.without, plus }),
    ...cutArguments(cut),
  ];
  refuseTogether(values, [['step', 'format', 'as-test', 'full']], 'lufcheck replay');
  const [name = '', ...rest] = positionals;
  const line = await readLine([name, ...asked, ...rest].join(' '));
  if (values.step) {
    await stepByHand(line, io, process.stdin);
    return exitCodes.asExpected;
  }
  const format = formatNamed(values.format, 'lufcheck replay');
  const { one, more, schedule } = line;
  if (schedule === '') {
    throw new Problem('LUF-E111', 'there is no schedule', {
      where: nameOf(one),
      hint: 'copy the whole line of a story, or ask for --step',
    });
  }
  const told = replayed(one, schedule, more);
  const { file } = one;
  if (format !== undefined) {
    io.out(inFormat(format, entriesOf([told.verdict], [one], [told])));
  } else if (values['as-test']) {
    const tested = { story: told.story, ...(file === undefined ? {} : { file }) };
    for (const text of asTests([tested])) io.out(text);
  } else printStory(told, values.full, io);
  return exitCodes.asExpected;
}

/** The story of a schedule. Nothing was searched, so that no states were looked at. */
function replayed(one: Selected, schedule: string, more: readonly string[]): Told {
  const { scenario, variant } = one;
  const violation = replaySchedule(scenario, variant, schedule);
  const none = { states: 0, transitions: 0, seconds: 0, bytes: 0, completed: 0 };
  const verdict: Verdict = {
    scenario,
    variant,
    design: nameOfChoice(variant.design),
    asExpected: violation.property === variant.expect,
    result: { ...none, verdict: 'violated', depth: violation.steps.length },
    violation,
  };
  const asked = askedAs(nameOf(one), violation.schedule, more);
  const story: Story = { ...storyOf(verdict, violation), ...asked, replayed: true };
  return { verdict, one, violation, story };
}
