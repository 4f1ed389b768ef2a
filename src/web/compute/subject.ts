// What is asked about: a variant of a scenario, from the catalogue or from a file that the user wrote in the
// workbench, maybe under another design or less some of its parts; or what a cell of a campaign asks.

import { closeMatches } from '../../base/close-match.ts';
import { Problem } from '../../base/problem.ts';
import type { ModelCell } from '../../campaign/cell.ts';
import { askedBy, pairOf } from '../../campaign/subject.ts';
import type { Scenario } from '../../catalogue/scenario.ts';
import { cutsNamed, without } from '../../explain/cuts.ts';
import { redesigned, type Subject } from '../../explain/redesign.ts';
import type { SubjectName } from './subject-name.ts';

/**
 * @throws Problem LUF-E102 for a name that is not there, LUF-E103 for a part that is not.
 */
export function subjectNamed(scenarios: readonly Scenario[], name: SubjectName): Subject {
  const { design, without: less, with: plus, cut } = name;
  if (name.of !== undefined) {
    const cell = cellNamed(name);
    return askedBy(cell, cell.of === 'pair' ? pairOf(cell) : find(scenarios, cell.name));
  }
  const plain = find(scenarios, name.variant);
  const [one = plain] = redesigned([plain], { design, without: less, plus });
  if (cut === undefined) return one;
  return { ...one, variant: without(one.scenario, one.variant, cutsNamed(cut)) };
}

const kinds: readonly ModelCell['of'][] = ['variant', 'situation', 'pair'];

function cellNamed({ variant, of, design, without: less, world, unit, slip }: SubjectName) {
  const kind = kinds.find((one) => one === of);
  if (kind === undefined) throw new Problem('LUF-E103', 'no such question', { where: of ?? '' });
  return {
    ...{ kind: 'model', of: kind, name: variant },
    ...(design === undefined ? {} : { design }),
    ...(less === undefined ? {} : { without: less.split(',') }),
    ...(world === undefined ? {} : { world: worldNamed(world) }),
    ...(unit === undefined || slip === undefined ? {} : { mutant: { unit, slip } }),
  } as const satisfies ModelCell;
}

function worldNamed(text: string): Record<string, number> {
  const numbers = text.split(',').map((part) => /^(\w+):(\d{1,6})$/.exec(part));
  return Object.fromEntries(
    numbers.map((match) => {
      if (match === null) {
        throw new Problem('LUF-E103', 'no such world', { where: text, hint: 'frames:4,pages:2' });
      }
      return [match[1], Number(match[2])];
    }),
  );
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
