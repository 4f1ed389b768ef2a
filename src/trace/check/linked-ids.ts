// Ordered lists of subjects, by a small number each: adding at the end and taking out anywhere cost
// the same whatever the length.

const NONE = 0;

export class LinkedIds {
  #next = new Int32Array(0);
  #before = new Int32Array(0);
  #first = new Int32Array(16);
  #last = new Int32Array(16);

  /** Subjects will be below `room`. */
  grow(room: number): void {
    const [next, before] = [new Int32Array(room), new Int32Array(room)];
    next.set(this.#next);
    before.set(this.#before);
    this.#next = next;
    this.#before = before;
  }

  /** 0 if the list is empty. */
  first(list: number): number {
    return this.#first[list] ?? NONE;
  }

  /** 0 after the last. */
  after(id: number): number {
    return this.#next[id] as number;
  }

  add(list: number, id: number): void {
    if (list >= this.#first.length) this.#makeRoom(list);
    const last = this.#last[list] as number;
    this.#before[id] = last;
    this.#next[id] = NONE;
    if (last === NONE) this.#first[list] = id;
    else this.#next[last] = id;
    this.#last[list] = id;
  }

  remove(list: number, id: number): void {
    const [before, next] = [this.#before[id] as number, this.#next[id] as number];
    if (before === NONE) this.#first[list] = next;
    else this.#next[before] = next;
    if (next === NONE) this.#last[list] = before;
    else this.#before[next] = before;
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
