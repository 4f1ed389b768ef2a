// Which subjects remember a name (the slot that a frame left), so that who hears of it is found.

import { NONE } from './packed-code.ts';
import type { SlotNames } from './slot-names.ts';

export class RememberedNames {
  /** By variable: subjects by name. */
  readonly #subjects: readonly Map<number, Set<number>>[];
  readonly #kinds: readonly string[];
  readonly #slots: SlotNames;

  /** `kinds`: of the names of each variable; those of kind 'slot' are numbers of `slots`. */
  constructor(kinds: readonly string[], slots: SlotNames) {
    this.#kinds = kinds;
    this.#slots = slots;
    this.#subjects = kinds.map(() => new Map());
  }

  find(variable: number, name: number): ReadonlySet<number> | undefined {
    return this.#subjects[variable]?.get(name);
  }

  /** A subject's variable was one name, or none, and is another one. */
  change(id: number, variable: number, before: number, now: number): void {
    if (now === before) return;
    const subjects = this.#subjects[variable];
    const isSlot = this.#kinds[variable] === 'slot';
    if (now !== NONE) {
      if (isSlot) this.#slots.take(now);
      const known = subjects?.get(now);
      if (known === undefined) subjects?.set(now, new Set([id]));
      else known.add(id);
    }
    if (before === NONE) return;
    const known = subjects?.get(before);
    known?.delete(id);
    if (known?.size === 0) subjects?.delete(before);
    if (isSlot) this.#slots.leave(before);
  }
}
