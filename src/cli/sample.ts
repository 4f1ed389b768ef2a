// `check --random N`: variants in random runs instead of through every interleaving.

import { setImmediate } from 'node:timers/promises';
import { counted } from '../base/text.ts';
import {
  type Sampled,
  type SamplingOptions,
  sampling,
  verdictOfSamples,
} from '../explain/sampling.ts';
import { askedAs, type Story, storyOf } from '../explain/story.ts';
import { asTests } from '../report/as-test.ts';
import { scenarioLines } from '../report/check-text.ts';
import { sampleJson, sampleLines } from '../report/sample-text.ts';
import { storiesIn } from '../report/story-book.ts';
import type { Surroundings } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { printStory } from './print-story.ts';
import { nameOf, type Selected } from './select.ts';
import { entriesOf, type Format, inFormat } from './story-output.ts';
import type { Told } from './told.ts';
import { inUserFile } from './user-file.ts';

export interface SampleWish extends SamplingOptions {
  /** Text where none of these is asked for. */
  readonly json: boolean;
  readonly format: Format | undefined;
  readonly asTest: boolean;
  /** Each story in text with all of its steps. */
  readonly full: boolean;
  /** Arguments besides the variant's name that ask for the same again. */
  readonly more: readonly string[];
  /** Those of them that make another question of the variant. */
  readonly redesign: readonly string[];
}

/** Exit 1 if some violation is not the expected one, 3 if nothing was found somewhere. */
export async function runSamples(
  selected: readonly Selected[],
  wish: SampleWish,
  io: Surroundings,
): Promise<ExitCode> {
  const samples: Sampled[] = [];
  const isText = !wish.json && wish.format === undefined && !wish.asTest;
  for (const one of selected) {
    if (io.stop.aborted) break;
    const sampled = await sampleOne(one, wish, io);
    io.progress.clear();
    samples.push(sampled);
    if (isText) print(one, sampled, wish, io, samples.at(-2)?.scenario !== one.scenario);
  }
  if (wish.json) io.out(JSON.stringify(sampleJson(samples), null, 2));
  else if (!isText) printBook(selected, samples, wish, io);
  if (samples.some((one) => one.violation !== undefined && !one.asExpected)) {
    return exitCodes.surprise;
  }
  const all = samples.length === selected.length && samples.every((one) => one.asExpected);
  return all ? exitCodes.asExpected : exitCodes.bounded;
}

async function sampleOne(one: Selected, wish: SampleWish, io: Surroundings): Promise<Sampled> {
  const run = sampling(one.scenario, one.variant, wish);
  try {
    let go = true;
    for (;;) {
      const { done, value } = run.next(go);
      if (done === true) return value;
      io.progress.show(`${nameOf(one)} ${counted(value, 'random run')}`);
      await setImmediate();
      go = !io.stop.aborted;
    }
  } catch (error) {
    throw one.file === undefined ? error : inUserFile(error, one.file);
  }
}

function print(
  one: Selected,
  sampled: Sampled,
  wish: SampleWish,
  io: Surroundings,
  heading: boolean,
): void {
  if (heading) for (const line of scenarioLines(one.scenario, io.look)) io.out(line);
  for (const line of sampleLines(sampled, io.look)) io.out(line);
  const told = toldOf(one, sampled, wish);
  if (told === undefined) return;
  io.out('');
  printStory(told, wish.full, io);
}

/** In a form that other tools read. */
function printBook(
  selected: readonly Selected[],
  samples: readonly Sampled[],
  wish: SampleWish,
  io: Surroundings,
): void {
  const told = samples.flatMap(
    (sampled, i) => toldOf(selected[i] as Selected, sampled, wish) ?? [],
  );
  const entries = entriesOf(samples.map(verdictOfSamples), selected, told);
  if (wish.format !== undefined) io.out(inFormat(wish.format, entries));
  else for (const line of asTests(storiesIn({ version: '', entries }))) io.out(line);
}

function toldOf(one: Selected, sampled: Sampled, wish: SampleWish): Told | undefined {
  const { violation, walk } = sampled;
  if (violation === undefined) return undefined;
  const { runs, seed } = walk;
  const verdict = verdictOfSamples(sampled);
  const story: Story = {
    ...storyOf(verdict, violation),
    sampled: { runs, seed },
    ...askedAs(nameOf(one), violation.schedule, wish.redesign),
    command: ['check', nameOf(one), ...wish.more],
  };
  return { verdict, one, violation, story };
}
