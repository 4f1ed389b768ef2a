// The story of each mutant that a program sees something wrong in: its variant with the slip, judged
// and told as any other.

import { scenarios } from '../catalogue/all.ts';
import { judge } from '../explain/judge.ts';
import { withSlip } from '../explain/mutants/programs.ts';
import type { Mutant } from '../explain/mutants/score.ts';
import { storyOf } from '../explain/story.ts';
import { storyText } from '../report/story-text.ts';
import type { Surroundings } from './command.ts';
import { nameOf, select } from './select.ts';

export async function mutantStories(
  mutants: readonly Mutant[],
  named: readonly string[],
  io: Surroundings,
): Promise<void> {
  const all = await select(scenarios, named);
  for (const { id, unit, answer } of mutants) {
    const { variant: name, steps } = answer?.found ?? {};
    const one = all.find((other) => nameOf(other) === name);
    if (answer?.outcome !== 'truth' || steps === undefined || one === undefined) continue;
    if (io.stop.aborted) return;
    io.progress.show(id);
    const slip = id.slice(unit.length + 1);
    const verdict = judge(one.scenario, withSlip(one.scenario, one.variant, { unit, slip }));
    io.progress.clear();
    if (verdict.violation === undefined) continue;
    const story = storyOf(verdict, verdict.violation);
    const again = [io.look.program, 'mutate', ...named, '--only', id, '--stories'].join(' ');
    io.out('');
    for (const line of storyText({ ...story, slip: id, again }, io.look)) io.out(line);
  }
}
