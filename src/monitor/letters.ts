// Names and conditions of an automaton's letters: when an event is which, as few conditions as will do.

import type { EventKind } from '../events/vocabulary.ts';
import type { Answers } from './abstract-run.ts';
import type { Letter } from './rule-automaton.ts';

/** Conditions that all hold; what is not named does not matter. */
type Cube = ReadonlyMap<string, boolean>;

/** Short enough for MAX_DA_NAME_LEN. */
const LONGEST = 31;

/** Few cubes that cover all of `these` and none of `others`. */
export function cubesOf(these: readonly Answers[], others: readonly Answers[]): Cube[] {
  const isFree = (cube: Cube): boolean => !others.some((one) => covers(cube, one));
  const wide = these.map((one) => {
    let cube: Cube = one;
    for (const text of one.keys()) {
      const wider = new Map([...cube].filter(([name]) => name !== text));
      if (isFree(wider)) cube = wider;
    }
    return cube;
  });
  const chosen: Cube[] = [];
  let left = [...these];
  while (left.length > 0) {
    const best = wide
      .map((cube) => ({ cube, n: left.filter((one) => covers(cube, one)).length }))
      .sort((a, b) => b.n - a.n || a.cube.size - b.cube.size)[0];
    if (best === undefined || best.n === 0) throw new Error('a way that no cube covers');
    chosen.push(best.cube);
    left = left.filter((one) => !covers(best.cube, one));
  }
  return chosen;
}

function covers(cube: Cube, one: Answers): boolean {
  return [...cube].every(([text, answer]) => one.get(text) === answer);
}

export function namesFor(
  letters: readonly { readonly event: EventKind; readonly cubes: readonly Cube[] }[],
): Letter[] {
  const used = new Set<string>();
  return letters.map(({ event, cubes }) => {
    const base = event.replaceAll('.', '_');
    const alone = letters.filter((one) => one.event === event).length === 1;
    const words = cubes.length === 1 ? [...(cubes[0] as Cube)].map(wordFor) : [];
    const wish = alone ? base : [base, ...words].join('_');
    const number = (n: number): string => `${base}_${n}`;
    let name = wish;
    if (wish.length > LONGEST || used.has(wish) || (!alone && words.length === 0)) {
      let n = 1;
      while (used.has(number(n))) n++;
      name = number(n);
    }
    used.add(name);
    return {
      name,
      event,
      when: cubes.map((cube) =>
        [...cube].map(([text, answer]) => (answer ? text : negatedText(text))),
      ),
    };
  });
}

function negatedText(text: string): string {
  if (text.startsWith('with ')) return `without ${text.slice('with '.length)}`;
  if (text.includes(' has ')) return text.replace(' has ', ' lacks ');
  if (text.includes(' is ')) return text.replace(' is ', ' is not ');
  if (text.includes(' in ')) return text.replace(' in ', ' not in ');
  return `not ${text}`;
}

function wordFor([text, answer]: readonly [string, boolean]): string {
  if (text.endsWith(' this CPU')) return answer ? 'here' : 'elsewhere';
  const own = /\bown (\w+)/.exec(text);
  if (own !== null) return `${answer ? 'own' : 'other'}_${own[1]}`;
  const none = /^(\w+) is none$/.exec(text);
  if (none !== null) return `${answer ? 'no' : 'some'}_${none[1]}`;
  const word = text.replace(/ is \w+$/, '').replace(/^\w+ in /, 'in ');
  const plain = word.replaceAll(/\W+/g, '_');
  return answer ? plain : `not_${plain}`;
}
