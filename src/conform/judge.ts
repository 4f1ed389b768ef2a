// Whether a recorded call is a run of its path: letter by letter through the automata of the path's forms.

import type { Occurrence, SeenLetter } from './occurrence.ts';
import { type Grouping, type View, type ViewLetter, viewsOf } from './page-views.ts';
import type { PathAutomaton, States } from './path-automaton.ts';

/** Where a call stops being a run of its path. */
export interface Difference {
  /** Letters of this page that were a run so far. */
  readonly before: readonly string[];
  /** What was seen; undefined: the function returned, and the path still has something to do. */
  readonly seen: SeenLetter | undefined;
  /** Letters that the path has there; empty: only its return. */
  readonly allowed: readonly string[];
  readonly mayReturn: boolean;
  readonly about: string;
}

export class PathJudge {
  readonly #forms: readonly PathAutomaton[];
  /** Functions that work on pages: inside of a path that does not call them they are judged apart. */
  readonly #apart: ReadonlySet<string>;
  readonly #telling: ReadonlyMap<string, unknown>;
  readonly #known = new Map<string, Verdict>();

  constructor(
    forms: readonly PathAutomaton[],
    {
      worksOnPages,
      telling,
    }: {
      readonly worksOnPages: ReadonlySet<string>;
      /** Functions whose calls are letters. */
      readonly telling: ReadonlyMap<string, unknown>;
    },
  ) {
    this.#forms = forms;
    const calls = new Set(forms.flatMap((form) => [...form.calls]));
    this.#telling = telling;
    this.#apart = new Set([...worksOnPages].filter((name) => !calls.has(name)));
  }

  /** Undefined if it is a run of the path. */
  judge({ letters }: Occurrence): Difference | undefined {
    const own = withoutApart(letters, this.#apart).filter(
      ({ letter }) => !/^[<>]/.test(letter) || this.#telling.has(letter.slice(1)),
    );
    const difference = this.#differs(viewsOf(own, 'by folio'));
    if (difference === undefined) return undefined;
    const others: readonly Grouping[] = ['by address', 'by frame'];
    const isRun = others.some((grouping) => this.#differs(viewsOf(own, grouping)) === undefined);
    return isRun ? undefined : difference;
  }

  #differs(views: readonly View[]): Difference | undefined {
    for (const { letters, about } of views) {
      const verdict = this.#verdict(letters);
      if (verdict === undefined) continue;
      return {
        before: letters.slice(0, verdict.at).map(({ letter }) => letter),
        seen: letters[verdict.at],
        allowed: verdict.allowed,
        mayReturn: verdict.mayReturn,
        about,
      };
    }
    return undefined;
  }

  #verdict(letters: readonly ViewLetter[]): Verdict {
    const windows = windowsOf(letters);
    const key = letters
      .map(({ letter, held, mayBeForAnother }, i) => {
        return `${letter}${held ? '!' : ''}${mayBeForAnother ? '?' : ''}${windows[i] === i ? '' : windows[i]}`;
      })
      .join(' ');
    if (this.#known.has(key)) return this.#known.get(key);
    const verdict = this.#walkAll(letters, windows);
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(key, verdict);
    return verdict;
  }

  #walkAll(letters: readonly ViewLetter[], windows: readonly number[]): Verdict {
    let furthest: { at: number; allowed: Set<string>; mayReturn: boolean } | undefined;
    for (const form of this.#forms) {
      const stop = walk(form, letters, windows);
      if (stop === undefined) return undefined;
      if (furthest === undefined || stop.at > furthest.at) {
        furthest = { at: stop.at, allowed: new Set(stop.allowed), mayReturn: stop.mayReturn };
      } else if (stop.at === furthest.at) {
        for (const one of stop.allowed) furthest.allowed.add(one);
        furthest.mayReturn ||= stop.mayReturn;
      }
    }
    const { at = 0, allowed = [], mayReturn = false } = furthest ?? {};
    return { at, allowed: [...allowed].sort(), mayReturn };
  }
}

const MOST_KNOWN = 1 << 16;

type Verdict =
  | { readonly at: number; readonly allowed: readonly string[]; readonly mayReturn: boolean }
  | undefined;

/** For each letter the first one before which it may have happened already. */
function windowsOf(letters: readonly SeenLetter[]): number[] {
  return letters.map(({ since, at }, i) => {
    if (since >= at) return i;
    let first = i;
    while (first > 0 && (letters[first - 1] as SeenLetter).at > since) first--;
    return first;
  });
}

/** Letters taken before their turn, by bit, with the states that this leads to. */
type Ahead = Map<number, States>;
/** More that may come early at once are taken when they were recorded. */
const MOST_AHEAD = 16;

function walk(
  form: PathAutomaton,
  letters: readonly ViewLetter[],
  windows: readonly number[],
): Verdict {
  const early = letters.map((_, i) => i).filter((i) => windows[i] !== i);
  if (early.length > MOST_AHEAD) early.length = MOST_AHEAD;
  let now: Ahead = new Map([[0, form.start()]]);
  for (const [i, { letter, held, mayBeForAnother }] of letters.entries()) {
    takeAhead(form, now, early, letters, windows, i);
    const next: Ahead = new Map();
    const bit = early.includes(i) ? 1 << early.indexOf(i) : 0;
    for (const [taken, states] of now) {
      if ((taken & bit) !== 0) {
        add(next, taken & ~bit, states);
        continue;
      }
      add(next, taken, form.after(states, letter, held));
      if (mayBeForAnother) add(next, taken, states);
    }
    if (next.size === 0) return stopped(form, i, now);
    now = next;
  }
  const states = now.get(0) ?? [];
  return form.ends(states) ? undefined : stopped(form, letters.length, now);
}

function takeAhead(
  form: PathAutomaton,
  now: Ahead,
  early: readonly number[],
  letters: readonly ViewLetter[],
  windows: readonly number[],
  i: number,
): void {
  for (const [taken, states] of now) {
    early.forEach((one, n) => {
      if ((taken & (1 << n)) !== 0 || one < i || (windows[one] as number) > i) return;
      const { letter, held } = letters[one] as ViewLetter;
      // The map grows while it is walked: letters after this one may come early as well.
      add(now, taken | (1 << n), form.after(states, letter, held));
    });
  }
}

function add(into: Ahead, taken: number, states: States): void {
  if (states.length === 0) return;
  const known = into.get(taken);
  if (known === undefined) into.set(taken, states);
  else
    into.set(
      taken,
      [...new Set([...known, ...states])].sort((a, b) => a - b),
    );
}

function stopped(form: PathAutomaton, at: number, now: Ahead): NonNullable<Verdict> {
  const all = [...now.values()];
  return {
    at,
    allowed: [...new Set(all.flatMap((states) => form.allowed(states)))],
    mayReturn: all.some((states) => form.ends(states)),
  };
}

/** Without what nested calls of these functions did. */
function withoutApart(
  letters: readonly SeenLetter[],
  apart: ReadonlySet<string>,
): readonly SeenLetter[] {
  if (!letters.some(({ letter }) => letter.startsWith('>') && apart.has(letter.slice(1)))) {
    return letters;
  }
  let inside: string | undefined;
  let depth = 0;
  return letters.filter(({ letter }) => {
    const name = letter.slice(1);
    if (inside === undefined) {
      if (!letter.startsWith('>') || !apart.has(name)) return true;
      if (!letters.some((one) => one.letter === `<${name}`)) return false;
      inside = name;
      depth = 1;
      return false;
    }
    if (letter === `>${inside}`) depth++;
    else if (letter === `<${inside}`) depth--;
    if (depth === 0) inside = undefined;
    return false;
  });
}
