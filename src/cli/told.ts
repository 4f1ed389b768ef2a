// The violations of a run with their stories: one for each verdict, or every different one.

import { setImmediate } from 'node:timers/promises';
import { counted } from '../base/text.ts';
import { allViolations } from '../explain/all-violations.ts';
import type { Verdict, Violation } from '../explain/judge.ts';
import { askedAs, type Story, storyOf } from '../explain/story.ts';
import type { Surroundings } from './command.ts';
import { nameOf, type Selected } from './select.ts';

export interface Told {
  readonly verdict: Verdict;
  readonly one: Selected;
  readonly violation: Violation;
  readonly story: Story;
}

/** `more`: options that made another question of each variant. */
export function toldOf(
  verdicts: readonly Verdict[],
  selected: readonly Selected[],
  more: readonly string[],
): Told[] {
  return verdicts.flatMap((verdict, i) => {
    const { violation } = verdict;
    return violation === undefined ? [] : [tell(verdict, selected[i] as Selected, violation, more)];
  });
}

/** Every different violation of each variant that has one; says on the side how far it looked. */
export async function allToldOf(
  verdicts: readonly Verdict[],
  selected: readonly Selected[],
  more: readonly string[],
  { io, ...bounds }: { readonly io: Surroundings; maxStates?: number; maxSeconds?: number },
): Promise<Told[]> {
  const told: Told[] = [];
  for (const [i, verdict] of verdicts.entries()) {
    if (verdict.violation === undefined) continue;
    const one = selected[i] as Selected;
    const run = allViolations(one.scenario, one.variant, bounds);
    let next = run.next(true);
    while (next.done !== true) {
      io.progress.show(`${nameOf(one)} ${counted(next.value, 'state')}`);
      await setImmediate();
      next = run.next(!io.stop.aborted);
    }
    io.progress.clear();
    const { violations, states, complete } = next.value;
    const kinds = counted(violations.length, 'different violation');
    const far = complete ? 'all that can be reached' : 'stopped there: there may be more';
    io.note(`${nameOf(one)}: ${kinds} in ${counted(states, 'state')}, ${far}`);
    violations.forEach((violation, n) => {
      const next = tell(verdict, one, violation, more);
      const story: Story = n === 0 ? next.story : { ...next.story, states, further: true };
      told.push({ ...next, story });
    });
  }
  return told;
}

/** The same in a smaller scenario. */
export function retold(
  told: Told,
  verdict: Verdict,
  { cuts, more }: { readonly cuts: readonly string[]; readonly more: readonly string[] },
): Told {
  const { violation } = verdict;
  if (violation === undefined) return told;
  const one = { ...told.one, variant: verdict.variant };
  const again = tell(verdict, one, violation, [...more, '--cut', cuts.join()]);
  // What is missing was looked up among variants of the whole scenario.
  const { missing } = told.story;
  return { ...again, one: told.one, story: { ...again.story, missing } };
}

function tell(
  verdict: Verdict,
  one: Selected,
  violation: Violation,
  more: readonly string[],
): Told {
  const asked = askedAs(nameOf(one), violation.schedule, more);
  return { verdict, one, violation, story: { ...storyOf(verdict, violation), ...asked } };
}
