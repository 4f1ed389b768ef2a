// A story replayed from names, for tests that a user pastes into his own.

import { Problem } from '../base/problem.ts';
import { scenarios } from '../catalogue/all.ts';
import type { Scenario } from '../catalogue/scenario.ts';
import { designs } from '../kernel/designs/all.ts';
import { type DesignChoice, type FlushPoint, nameOfChoice } from '../kernel/kernel.ts';
import { cutsNamed, without } from './cuts.ts';
import { replaySchedule } from './replaying.ts';
import { askedAs, type Story, storyOf } from './story.ts';

export interface StoryRequest {
  readonly scenario: string;
  readonly variant: string;
  /** Under another design than the variant's: its id, and flush points taken away or added. */
  readonly design?: string;
  readonly without?: readonly string[];
  readonly plus?: readonly string[];
  /** Parts of the scenario to leave out, as `--cut` names them. */
  readonly cut?: string;
  /** As behind the name in a story's last line. */
  readonly schedule: string;
  /** Where to look for the scenario; the catalogue, if left out. */
  readonly from?: readonly unknown[];
}

/**
 * Follows a schedule and gives the story of the violation that it ends in.
 *
 * @throws Problem LUF-E102 or LUF-E103 for a name that is not there, LUF-E111 for a schedule that does not replay.
 */
export function replayStory(request: StoryRequest): Story {
  const { schedule, from = scenarios } = request;
  const scenario = (from as readonly Scenario[]).find((one) => one.id === request.scenario);
  const plain = scenario?.variants.find((one) => one.id === request.variant);
  const name = `${request.scenario}:${request.variant}`;
  if (scenario === undefined || plain === undefined) {
    throw new Problem('LUF-E102', 'no such scenario or variant', { where: name });
  }
  const whole = { ...plain, design: choiceOf(plain.design, request) };
  const { cut } = request;
  const variant = cut === undefined ? whole : without(scenario, whole, cutsNamed(cut));
  const violation = replaySchedule(scenario, variant, schedule);
  const found = { scenario, variant, design: nameOfChoice(variant.design), result: { states: 0 } };
  return {
    ...storyOf(found, violation),
    ...askedAs(name, violation.schedule),
    replayed: true,
  };
}

function choiceOf(own: DesignChoice, { design, without, plus }: StoryRequest): DesignChoice {
  if (design === undefined) return own;
  const found = designs.find((one) => one.id === design);
  if (found === undefined) throw new Problem('LUF-E102', 'no such design', { where: design });
  return {
    design: found,
    without: (without ?? []) as readonly FlushPoint[],
    plus: (plus ?? []) as readonly FlushPoint[],
  };
}
