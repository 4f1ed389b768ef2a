// A growing set of states: exact, plain, for one thread. What the search itself uses is key-code.ts.

export class StateSet {
  readonly #words: number;
  #states: Int32Array;
  #index: Int32Array;
  #size = 0;

  constructor(words: number) {
    this.#words = words;
    this.#states = new Int32Array(64 * words);
    this.#index = new Int32Array(256);
  }

  get size(): number {
    return this.#size;
  }

  /** All of them one after the other, in the order in which they came. Replaced as the set grows. */
  get states(): Int32Array {
    return this.#states.subarray(0, this.#size * this.#words);
  }

  /** Copies one of them, by its place in the order in which they came. */
  read(place: number, into: Int32Array): void {
    const words = this.#words;
    for (let i = 0; i < words; i++) into[i] = this.#states[place * words + i] as number;
  }

  has(states: Int32Array, at: number): boolean {
    return this.#index[this.#slot(states, at)] !== 0;
  }

  /** Answers whether it was new. */
  add(states: Int32Array, at: number): boolean {
    const slot = this.#slot(states, at);
    if (this.#index[slot] !== 0) return false;
    const words = this.#words;
    if ((this.#size + 1) * words > this.#states.length) {
      const more = new Int32Array(this.#states.length * 2);
      more.set(this.#states);
      this.#states = more;
    }
    for (let i = 0; i < words; i++) this.#states[this.#size * words + i] = states[at + i] as number;
    this.#index[slot] = ++this.#size;
    if (this.#size * 2 > this.#index.length) this.#grow();
    return true;
  }

  #grow(): void {
    this.#index = new Int32Array(this.#index.length * 2);
    for (let id = 0; id < this.#size; id++) {
      this.#index[this.#slot(this.#states, id * this.#words)] = id + 1;
    }
  }

  /** Where the state is, or would be. */
  #slot(states: Int32Array, at: number): number {
    const words = this.#words;
    const mask = this.#index.length - 1;
    let h = 0x9e3779b9 | 0;
    for (let i = 0; i < words; i++) {
      h = Math.imul(h ^ (states[at + i] as number), 0x85ebca6b);
      h ^= h >>> 15;
    }
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    let slot = (h ^ (h >>> 16)) & mask;
    for (;;) {
      const found = this.#index[slot] as number;
      if (found === 0) return slot;
      const start = (found - 1) * words;
      let i = 0;
      while (i < words && this.#states[start + i] === states[at + i]) i++;
      if (i === words) return slot;
      slot = (slot + 1) & mask;
    }
  }
}
