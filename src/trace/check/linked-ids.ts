// Ordered lists of subjects, by a small number each: adding at the end and taking out anywhere cost
// the same whatever the length. What links them lies in the subjects' rows.

const NONE = 0;

/** Where the links lie: two ints of each row. */
export interface LinkRows {
  readonly ints: Int32Array;
  readonly stride: number;
}

export class LinkedIds {
  readonly #rows: LinkRows;
  /** Places in a row. */
  readonly #next: number;
  readonly #before: number;
  #first = new Int32Array(16);
  #last = new Int32Array(16);

  /** `at`: the first of the two ints. */
  constructor(rows: LinkRows, at: number) {
    this.#rows = rows;
    this.#next = at;
    this.#before = at + 1;
  }

  /** Lists that there may be are below this. */
  get room(): number {
    return this.#first.length;
  }

  /** 0 if the list is empty. */
  first(list: number): number {
    return this.#first[list] ?? NONE;
  }

  /** 0 after the last. */
  after(id: number): number {
    const { ints, stride } = this.#rows;
    return ints[id * stride + this.#next] as number;
  }

  add(list: number, id: number): void {
    if (list >= this.#first.length) this.#makeRoom(list);
    const { ints, stride } = this.#rows;
    const row = id * stride;
    const last = this.#last[list] as number;
    ints[row + this.#before] = last;
    ints[row + this.#next] = NONE;
    if (last === NONE) this.#first[list] = id;
    else ints[last * stride + this.#next] = id;
    this.#last[list] = id;
  }

  remove(list: number, id: number): void {
    const { ints, stride } = this.#rows;
    const row = id * stride;
    const [before, next] = [ints[row + this.#before] as number, ints[row + this.#next] as number];
    if (before === NONE) this.#first[list] = next;
    else ints[before * stride + this.#next] = next;
    if (next === NONE) this.#last[list] = before;
    else ints[next * stride + this.#before] = before;
  }

  #makeRoom(list: number): void {
    const room = 2 * Math.max(list, this.#first.length);
    const [first, last] = [new Int32Array(room), new Int32Array(room)];
    first.set(this.#first);
    last.set(this.#last);
    this.#first = first;
    this.#last = last;
  }
}
