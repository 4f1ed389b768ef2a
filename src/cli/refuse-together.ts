// Options that ask for different things, of which only one could be given.

import { Problem } from '../base/problem.ts';
import { listed } from '../base/text.ts';

/** @throws Problem LUF-E104 if two or more options of one group were given. */
export function refuseTogether<N extends string>(
  values: Readonly<Record<N, unknown>>,
  groups: readonly (readonly N[])[],
  where: string,
): void {
  for (const group of groups) {
    const given = group.filter((name) => values[name] !== undefined && values[name] !== false);
    if (given.length < 2) continue;
    const names = given.map((name) => `--${name}`);
    throw new Problem('LUF-E104', `${listed(names)} do not go together`, {
      where,
      hint: 'ask for one of them',
    });
  }
}
