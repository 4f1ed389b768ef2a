// Which address space each CPU loaded last, and when. What every switch says to every subject
// ("this CPU is elsewhere now") is worked out from this when a subject is next looked at.

import { NO_MM } from '../profiles/names.ts';

export class LoadLog {
  /** Switches so far: the clock that subjects remember. */
  now = 0;
  /** By place of the CPU. */
  readonly #at: Float64Array;
  readonly #mm: Int32Array;

  constructor(cpus: number) {
    this.#at = new Float64Array(cpus);
    this.#mm = new Int32Array(cpus).fill(NO_MM);
  }

  loads(place: number, mm: number): void {
    this.#at[place] = ++this.now;
    this.#mm[place] = mm;
  }

  /** CPUs whose last switch after `since` was to another mm, as a set in `into`. */
  elsewhere(mm: number, since: number, into: Int32Array): void {
    for (let word = 0; word < into.length; word++) into[word] = 0;
    if (this.now === since) return;
    for (let place = 0; place < this.#at.length; place++) {
      if ((this.#at[place] as number) <= since || this.#mm[place] === mm) continue;
      into[place >>> 5] = (into[place >>> 5] as number) | (1 << (place & 31));
    }
  }
}
