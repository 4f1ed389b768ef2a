// What is done to a program to see whether anybody notices: one small slip at one place, each of a
// kind that has been a bug (docs/mutants.md).

import type { Stmt } from '../../lang/nodes.ts';

export const operators = {
  'no-flush': 'a call that exists to flush is left out',
  'late-flush': 'a flush comes after the next release of a lock',
  'no-call': 'a call is left out',
  'no-step': 'a step is left out',
  'no-lock': 'a lock is neither taken nor released',
  'no-wait': 'a step does not wait for what it needs',
  swap: 'two neighbouring steps change places',
  always: 'a check holds whatever it finds',
  never: 'a check never holds, or a loop is never entered',
  once: 'a loop is gone round once at most',
  'drop-term': 'a part of a condition is not asked for',
  'off-by-one': '< becomes <=, or what is added or taken away is not',
  drop: 'an assignment to shared state is left out',
  stale: 'a local keeps what it held: it is not read again',
  'own-cpu': "a set of CPUs loses all but the thread's own",
  'other-cpus': "a set of CPUs loses the thread's own",
  short: 'a range leaves out its last one',
  'wrong-record': 'what belongs into one record goes into another one of the same form',
  deaf: 'a rule does not hear a kind of event',
  everybody: 'a rule tells an event to subjects that it does not concern',
} as const;
export type Operator = keyof typeof operators;

/** A slip at a place: what stands there instead is made when it is wanted. */
export interface Edit<T> {
  /** Where, in words of the program: unique with the operator in one function. */
  readonly place: string;
  readonly operator: Operator;
  /** The step it is in, or whose call it is; without one it is between steps. */
  readonly step?: string;
  /** Inside a step: the arm of a choice that it is in, as it stands in the program. */
  readonly arm?: readonly Stmt[];
  /** It is about what a design keeps. */
  readonly design?: boolean;
  make(): T;
}

/** The same edits for something larger. */
export function lifted<T, U>(edits: readonly Edit<T>[], into: (part: T) => U): Edit<U>[] {
  return edits.map((edit) => ({ ...edit, make: () => into(edit.make()) }));
}

/** Gives places names, each once: a second one of the same name is `name.2`. */
export class Namer {
  readonly #seen = new Map<string, number>();

  name(wanted: string): string {
    const plain = slug(wanted);
    const n = (this.#seen.get(plain) ?? 0) + 1;
    this.#seen.set(plain, n);
    return n === 1 ? plain : `${plain}.${n}`;
  }
}

const LONGEST = 48;

/** Without what a shell would take as something else: `atomic_read(x)` is `atomic_read-x`. */
export function slug(text: string): string {
  const plain = text
    .replace(/<=/g, 'le')
    .replace(/>=/g, 'ge')
    .replace(/</g, 'lt')
    .replace(/>/g, 'gt')
    .replace(/[^A-Za-z0-9_.@+:]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return plain.length <= LONGEST ? plain : plain.slice(0, LONGEST).replace(/-+$/, '');
}
