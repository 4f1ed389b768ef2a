// `check --random N`: variants in random runs instead of through every interleaving.

import { setImmediate } from 'node:timers/promises';
import { counted } from '../base/text.ts';
import { type Sampled, type SamplingOptions, sampling } from '../explain/sampling.ts';
import { askedAs, storyOf } from '../explain/story.ts';
import { scenarioLines } from '../report/check-text.ts';
import { sampleJson, sampleLines } from '../report/sample-text.ts';
import { storyText } from '../report/story-text.ts';
import type { Surroundings } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { nameOf, type Selected } from './select.ts';
import { inUserFile } from './user-file.ts';

export interface SampleWish extends SamplingOptions {
  readonly json: boolean;
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
  for (const one of selected) {
    if (io.stop.aborted) break;
    const sampled = await sampleOne(one, wish, io);
    io.progress.clear();
    samples.push(sampled);
    if (!wish.json) print(one, sampled, wish, io, samples.at(-2)?.scenario !== one.scenario);
  }
  if (wish.json) io.out(JSON.stringify(sampleJson(samples), null, 2));
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
  const { violation, walk } = sampled;
  if (violation === undefined) return;
  const { runs, seed } = walk;
  const story = {
    ...storyOf({ ...sampled, result: { states: 0 } }, violation),
    sampled: { runs, seed },
    ...askedAs(nameOf(one), violation.schedule, wish.redesign),
    command: ['check', nameOf(one), ...wish.more],
  };
  io.out('');
  for (const line of storyText(story, io.look)) io.out(line);
}
