// What mends a violation, in a sentence: as the catalogue has it, or as it was found by exploring.

import { counted, grouped, listed } from '../base/text.ts';
import type { FlushRepair, Repairs } from '../explain/repair-search.ts';
import type { Story } from '../explain/story.ts';
import { flushPoints } from '../kernel/kernel.ts';

/** `brief`: names only. Empty where nothing is known. */
export function repairText(story: Story, brief: boolean): string {
  return story.repairs === undefined ? known(story, brief) : found(story.repairs, brief);
}

function known({ scenario, missing: { points, sibling } }: Story, brief: boolean): string {
  const [only, ...more] = points;
  if (only === undefined) return '';
  const what =
    more.length === 0 && !brief
      ? `${only.point}: ${only.says}`
      : listed(points.map(({ point }) => point));
  return sibling === undefined ? what : `${what}; see ${scenario}:${sibling}`;
}

/** Each of them was explored and holds; behind it the states that were looked at. */
function found({ points, flushes, tried, bounded }: Repairs, brief: boolean): string {
  const [first, ...more] = points.map((repair) => {
    const [only = ''] = repair.points;
    const name = listed(repair.points);
    return { name, says: `${name} holds (${counted(repair.states, 'state')})`, only };
  });
  const says =
    first === undefined
      ? []
      : [
          first.name in flushPoints && !brief
            ? `${first.name}: ${flushPoints[first.name as keyof typeof flushPoints]}; ${first.says.slice(first.name.length + 1)}`
            : first.says,
        ];
  const others = more.map((one) => one.says);
  const wider = flushes.filter((one) => one.wider !== undefined);
  const added = flushes.filter((one) => one.wider === undefined);
  const all = [
    ...says,
    ...others,
    ...(wider.length === 0 ? [] : [`wider masks: ${listed(wider.map(widerText))}`]),
    ...(added.length === 0 ? [] : [`a flush of every CPU ${addedText(added)}`]),
  ];
  const stopped = bounded === 0 ? '' : `, ${grouped(bounded)} of them stopped at a bound`;
  const none = `none found among ${counted(tried, 'kernel')}${stopped}`;
  return all.length === 0 ? none : all.join('; or ');
}

function widerText({ wider, steps }: FlushRepair): string {
  return `${wider}() at ${range(steps)}`;
}

/** `by kswapd before 6-10 or 12, or by writer before 15` */
function addedText(added: readonly FlushRepair[]): string {
  const each = [...new Set(added.map(({ who }) => who))].map((who) => {
    const ranges = added.filter((one) => one.who === who).map(({ steps }) => range(steps));
    return `by ${who} before ${listed(ranges, 'or')}`;
  });
  return each.join(', or ');
}

function range(steps: readonly number[]): string {
  const [first, last] = [steps[0], steps.at(-1)];
  return first === last ? `${first}` : `${first}-${last}`;
}
