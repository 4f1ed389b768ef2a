import { Problem } from '../../base/problem.ts';
import { replaySchedule } from '../../explain/replaying.ts';
import { askedAs, storyOf } from '../../explain/story.ts';
import { nameOfChoice } from '../../kernel/kernel.ts';
import { storyText } from '../../report/story-text.ts';
import { type Call, type Command, command } from '../command.ts';
import { cutArguments } from '../cut-down.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { lineOptions, readLine } from '../line.ts';
import { redesignArguments } from '../redesign.ts';
import { nameOf } from '../select.ts';
import { stepByHand } from '../step-by-hand.ts';

const options = {
  step: { type: 'flag', says: 'step through it by hand: choose, undo, ask how to get somewhere' },
  ...lineOptions,
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
  const [name = '', ...rest] = positionals;
  const line = await readLine([name, ...asked, ...rest].join(' '));
  if (values.step) {
    await stepByHand(line, io, process.stdin);
    return exitCodes.asExpected;
  }
  const { one, more, schedule } = line;
  if (schedule === '') {
    throw new Problem('LUF-E111', 'there is no schedule', {
      where: nameOf(one),
      hint: 'copy the whole line of a story, or ask for --step',
    });
  }
  const { scenario, variant } = one;
  const violation = replaySchedule(scenario, variant, schedule);
  const found = { scenario, variant, design: nameOfChoice(variant.design), result: { states: 0 } };
  const story = {
    ...storyOf(found, violation),
    ...askedAs(nameOf(one), violation.schedule, more),
    replayed: true as const,
  };
  for (const text of storyText(story, io.look)) io.out(text);
  return exitCodes.asExpected;
}
