// From what the user names to what is explored: scenarios and variants of the catalogue, or of a
// file of the user's own.

import { closeMatches } from '../base/close-match.ts';
import { Problem } from '../base/problem.ts';
import { listed } from '../base/text.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import { scenariosOf } from './user-file.ts';

export interface Selected {
  readonly scenario: Scenario;
  readonly variant: Variant;
  /** The user's file that it comes from. */
  readonly file?: string;
}

/** How it is named on the command line: `LUF-write2:broken`, `mine.ts:hasty:mainline`. */
export function nameOf({ scenario, variant, file }: Selected): string {
  return [...(file === undefined ? [] : [file]), scenario.id, variant.id].join(':');
}

export function variantsOf(scenarios: readonly Scenario[], file?: string): Selected[] {
  return scenarios.flatMap((scenario) =>
    scenario.variants.map((variant) =>
      file === undefined ? { scenario, variant } : { scenario, variant, file },
    ),
  );
}

/**
 * `SCENARIO[:VARIANT]` or `FILE.ts[:SCENARIO[:VARIANT]]` each; nothing named is the whole catalogue.
 * In the catalogue's order, each once, files last.
 *
 * @throws Problem LUF-E102 for a name that is not there.
 */
export async function select(
  catalogue: readonly Scenario[],
  named: readonly string[],
): Promise<Selected[]> {
  const all = variantsOf(catalogue);
  if (named.length === 0) return all;
  const files = new Map<string, Selected[]>();
  const wanted = new Set<Selected>();
  for (const name of named) {
    const [, file, inside = ''] = /^(.*\.[cm]?[jt]s)(?::(.*))?$/.exec(name) ?? [];
    if (file === undefined) {
      for (const one of find(all, name, name)) wanted.add(one);
      continue;
    }
    const mine = files.get(file) ?? variantsOf(await scenariosOf(file), file);
    files.set(file, mine);
    for (const one of inside === '' ? mine : find(mine, inside, name)) wanted.add(one);
  }
  return [...all, ...[...files.values()].flat()].filter((one) => wanted.has(one));
}

function find(all: readonly Selected[], name: string, where: string): Selected[] {
  const found = all.filter(
    ({ scenario, variant }) => scenario.id === name || `${scenario.id}:${variant.id}` === name,
  );
  if (found.length > 0) return found;
  const colon = name.indexOf(':');
  const id = colon < 0 ? name : name.slice(0, colon);
  const rest = colon < 0 ? '' : name.slice(colon);
  const variants = all.filter((one) => one.scenario.id === id).map((one) => one.variant.id);
  if (variants.length > 0) {
    const near = closeMatches(rest.slice(1), variants);
    throw new Problem('LUF-E102', `${id} has no variant '${rest.slice(1)}'`, {
      where,
      hint:
        near.length > 0
          ? `did you mean ${listed(
              near.map((one) => `${id}:${one}`),
              'or',
            )}?`
          : `it has ${listed(variants)}`,
    });
  }
  const near = closeMatches(id, [...new Set(all.map((one) => one.scenario.id))]);
  throw new Problem('LUF-E102', 'no such scenario', {
    where,
    hint:
      near.length > 0
        ? `did you mean ${listed(
            near.map((one) => one + rest),
            'or',
          )}?`
        : 'lufcheck list shows them all',
  });
}
