// Commands of several parts (lab run, lab soak): an option that the part does nothing with is a mistake.

import { Problem } from '../base/problem.ts';
import { listed } from '../base/text.ts';
import type { Options } from './options.ts';

/**
 * `parts`: the options of each part. `command`: as in `lufcheck lab`.
 *
 * @throws Problem LUF-E104 for the first option that is only for others
 */
export function refuseOthers(
  command: string,
  part: string,
  parts: Readonly<Record<string, readonly string[]>>,
  { options, values }: { readonly options: Options; readonly values: object },
): void {
  for (const [name, value] of Object.entries(values)) {
    // A switch that is turned off was given; a flag that is off was not.
    const isGiven = options[name]?.type === 'flag' ? value === true : value !== undefined;
    if (!isGiven || parts[part]?.includes(name)) continue;
    const takers = Object.keys(parts).filter((one) => parts[one]?.includes(name));
    throw new Problem('LUF-E104', `--${name} is not for this`, {
      where: `${command} ${part}`,
      hint: `it is for ${listed(takers)}`,
    });
  }
}
