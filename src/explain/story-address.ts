// The address of a story's page in `lufcheck serve`: which variant, by which interleaving, and the step
// that is shown. It is the part after `#`, so that a link can be sent about and no server reads it.

import { Problem } from '../base/problem.ts';

export interface StoryAddress {
  /** As on the command line: `LUF-buddy:broken`. */
  readonly variant: string;
  /** The step shown, from 0 (before the first); left out: the page decides. */
  readonly at?: number;
  /** As `lufcheck replay` takes it; left out: the page has to look for one. */
  readonly schedule?: string;
}

const START = '#/story/';

/**
 *     storyAddress({ variant: 'LUF-buddy:broken', at: 19, schedule: 'H1S0-15S2=1--S1' })
 *     // '#/story/LUF-buddy%3Abroken?at=19&schedule=H1S0-15S2%3D1--S1'
 */
export function storyAddress({ variant, at, schedule }: StoryAddress): string {
  const asked = [
    ...(at === undefined ? [] : [`at=${at}`]),
    ...(schedule === undefined ? [] : [`schedule=${encodeURIComponent(schedule)}`]),
  ];
  const query = asked.length === 0 ? '' : `?${asked.join('&')}`;
  return `${START}${encodeURIComponent(variant)}${query}`;
}

/** Whether an address means a story at all. */
export function isStoryAddress(address: string): boolean {
  return address.startsWith(START);
}

/**
 * Reads what `storyAddress` makes. What it does not know of is passed over, so that a page may add to it.
 *
 * @throws Problem LUF-E111 for an address of no story, and for a step that is no number.
 */
export function readStoryAddress(address: string): StoryAddress {
  const [path = '', ...rest] = address.split('?');
  const variant = isStoryAddress(path) ? decoded(path.slice(START.length), address) : '';
  if (variant === '') throw unreadable(address, 'it names no variant');
  const asked = new Map(
    rest
      .join('?')
      .split('&')
      .map((pair): [string, string] => {
        const [key = '', ...value] = pair.split('=');
        return [key, decoded(value.join('=').replaceAll('+', ' '), address)];
      }),
  );
  const at = asked.get('at');
  const schedule = asked.get('schedule');
  if (at !== undefined && !/^\d{1,9}$/.test(at)) throw unreadable(address, `'${at}' is no step`);
  return {
    variant,
    ...(at === undefined ? {} : { at: Number(at) }),
    ...(schedule === undefined ? {} : { schedule }),
  };
}

function decoded(text: string, address: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable(address, 'a % in it begins nothing');
  }
}

function unreadable(address: string, why: string): Problem {
  return new Problem('LUF-E111', `this is no address of a story: ${why}`, {
    where: address.slice(0, 120),
    hint: `it looks like ${START}NAME?at=STEP&schedule=LINE`,
  });
}
