// What is asked about: a variant of a scenario, from the catalogue or from a file that the user wrote in the
// workbench, maybe under another design or less some of its parts.

import { closeMatches } from '../../base/close-match.ts';
import { Problem } from '../../base/problem.ts';
import type { Scenario } from '../../catalogue/scenario.ts';
import { cutsNamed, without } from '../../explain/cuts.ts';
import { redesigned, type Subject } from '../../explain/redesign.ts';
import type { StoryAddress } from '../../explain/story-address.ts';

/** A subject by its names, as addresses and messages to workers have it. */
export type SubjectName = Pick<StoryAddress, 'variant' | 'design' | 'without' | 'with' | 'cut'>;

/**
 * @throws Problem LUF-E102 for a name that is not there, LUF-E103 for a part that is not.
 */
export function subjectNamed(scenarios: readonly Scenario[], name: SubjectName): Subject {
  const { design, without: less, with: plus, cut } = name;
  const plain = find(scenarios, name.variant);
  const [one = plain] = redesigned([plain], { design, without: less, plus });
  if (cut === undefined) return one;
  return { ...one, variant: without(one.scenario, one.variant, cutsNamed(cut)) };
}

function find(scenarios: readonly Scenario[], name: string): Subject {
  const all = scenarios.flatMap((scenario) =>
    scenario.variants.map((variant) => ({
      scenario,
      variant,
      name: `${scenario.id}:${variant.id}`,
    })),
  );
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return { scenario: found.scenario, variant: found.variant };
  const near = closeMatches(
    name,
    all.map((one) => one.name),
  );
  throw new Problem('LUF-E102', 'no such variant', {
    where: name,
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'the board lists them all',
  });
}
