// Which subjects remember a name (the slot that a frame left), so that who hears of it is found.

import { LinkedIds } from './linked-ids.ts';
import { NONE } from './packed-code.ts';
import type { SlotNames } from './slot-names.ts';
import { column, NOBODY, type SubjectRows } from './subject-rows.ts';

/** Subjects of one variable, in the order in which they came to remember what they do. */
interface Lists {
  readonly ids: LinkedIds;
  /** Numbers of lists: those of slots are their own. */
  readonly numbers: Map<number, { readonly list: number; count: number }> | undefined;
  readonly free: number[];
  used: number;
}

export class RememberedNames {
  readonly #lists: readonly Lists[];
  readonly #slots: SlotNames;

  /** `kinds`: of the names of each variable; those of kind 'slot' are numbers of `slots`. */
  constructor(kinds: readonly string[], slots: SlotNames, rows: SubjectRows) {
    this.#slots = slots;
    this.#lists = kinds.map((kind, i) => ({
      ids: new LinkedIds(rows, rows.ints0 + column.names + 2 * i),
      numbers: kind === 'slot' ? undefined : new Map(),
      free: [],
      used: 0,
    }));
  }

  /** Puts them into the first places of `into`; their number. */
  find(variable: number, name: number, into: number[]): number {
    const lists = this.#lists[variable];
    if (lists === undefined || name < 0) return 0;
    const list = lists.numbers === undefined ? name : lists.numbers.get(name)?.list;
    if (list === undefined) return 0;
    let count = 0;
    for (let id = lists.ids.first(list); id !== NOBODY; id = lists.ids.after(id))
      into[count++] = id;
    return count;
  }

  /** A subject's variable was one name, or none, and is another one. */
  change(id: number, variable: number, before: number, now: number): void {
    const lists = this.#lists[variable];
    if (now === before || lists === undefined) return;
    // What is taken first is not given up in between.
    if (now !== NONE && lists.numbers === undefined) this.#slots.take(now);
    if (before !== NONE) this.#leave(lists, id, before);
    if (now !== NONE) lists.ids.add(lists.numbers === undefined ? now : numberOf(lists, now), id);
    if (before !== NONE && lists.numbers === undefined) this.#slots.leave(before);
  }

  #leave(lists: Lists, id: number, name: number): void {
    const { ids, numbers, free } = lists;
    if (numbers === undefined) {
      ids.remove(name, id);
      return;
    }
    const known = numbers.get(name);
    if (known === undefined) return;
    ids.remove(known.list, id);
    if (--known.count > 0) return;
    numbers.delete(name);
    free.push(known.list);
  }
}

/** The list of a name that one more subject remembers. */
function numberOf(lists: Lists, name: number): number {
  const known = lists.numbers?.get(name);
  if (known !== undefined) {
    known.count++;
    return known.list;
  }
  const list = lists.free.pop() ?? lists.used++;
  lists.numbers?.set(name, { list, count: 1 });
  return list;
}
