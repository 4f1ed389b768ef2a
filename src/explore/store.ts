// The set of states seen so far: exact, every word of every state is kept. States live in an arena
// in the order they were found, so that a level of the search is a range of numbers; a hash table
// of those numbers finds duplicates.

export class Store {
  readonly words: number;
  #arena: Int32Array;
  #parents: Int32Array;
  #actions: Int32Array;
  #table: Int32Array;
  #size = 0;

  constructor(words: number) {
    this.words = words;
    const room = 1 << 10;
    this.#arena = new Int32Array(room * words);
    this.#parents = new Int32Array(room);
    this.#actions = new Int32Array(room);
    this.#table = new Int32Array(room * 2);
  }

  get size(): number {
    return this.#size;
  }
  get bytes(): number {
    return (
      this.#arena.byteLength +
      this.#parents.byteLength +
      this.#actions.byteLength +
      this.#table.byteLength
    );
  }

  /** Adds a state unless it is there. Answers whether it was new. */
  add(state: Int32Array, parent: number, action: number): boolean {
    const { words } = this;
    const mask = this.#table.length - 1;
    const arena = this.#arena;
    let slot = hash(state, words) & mask;
    for (;;) {
      const found = this.#table[slot] as number;
      if (found === 0) break;
      const start = (found - 1) * words;
      let i = 0;
      while (i < words && arena[start + i] === state[i]) i++;
      if (i === words) return false;
      slot = (slot + 1) & mask;
    }
    if (this.#size === this.#parents.length) {
      this.#grow();
      return this.add(state, parent, action);
    }
    const id = this.#size++;
    this.#table[slot] = id + 1;
    this.#parents[id] = parent;
    this.#actions[id] = action;
    arena.set(state, id * words);
    return true;
  }

  /** A view of the arena: valid until the next `add`. */
  state(id: number): Int32Array {
    return this.#arena.subarray(id * this.words, (id + 1) * this.words);
  }

  /** The actions that led to a state from the initial one. */
  pathTo(id: number): number[] {
    const path: number[] = [];
    for (let at = id; this.#parents[at] !== -1; at = this.#parents[at] as number) {
      path.push(this.#actions[at] as number);
    }
    return path.reverse();
  }

  #grow(): void {
    const room = this.#parents.length * 2;
    this.#arena = enlarged(this.#arena, room * this.words);
    this.#parents = enlarged(this.#parents, room);
    this.#actions = enlarged(this.#actions, room);
    const table = new Int32Array(room * 2);
    const mask = table.length - 1;
    for (let id = 0; id < this.#size; id++) {
      let slot = hash(this.state(id), this.words) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = id + 1;
    }
    this.#table = table;
  }
}

function enlarged(old: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(length);
  bigger.set(old);
  return bigger;
}

/** Multiply-and-fold over the words; the finaliser is murmur3's. */
function hash(state: Int32Array, words: number): number {
  let h = 0x9e3779b9 | 0;
  for (let i = 0; i < words; i++) {
    h = Math.imul(h ^ (state[i] as number), 0x85ebca6b);
    h ^= h >>> 15;
  }
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35);
  return h ^ (h >>> 13);
}
