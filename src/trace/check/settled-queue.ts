// The settled subjects of a rule in the order in which they came to be settled, for when the oldest must
// go. Most settle, live again and settle again: nothing is taken out of the middle for that, which would
// touch the rows of two others each time. What is out of date is passed over, and cleared away when the
// room is full.

/** Whether the subject has been settled since this change. */
type IsStill = (id: number, since: number) => boolean;

export class SettledQueue {
  readonly #isStill: IsStill;
  #ids = new Int32Array(1 << 10);
  #since = new Float64Array(1 << 10);
  #from = 0;
  #until = 0;

  constructor(isStill: IsStill) {
    this.#isStill = isStill;
  }

  add(id: number, since: number): void {
    if (this.#until === this.#ids.length) this.#clear();
    this.#ids[this.#until] = id;
    this.#since[this.#until++] = since;
  }

  /** To be asked only when there is one. */
  oldest(): number {
    for (;;) {
      if (this.#from === this.#until) throw new Error('no subject is settled');
      const id = this.#ids[this.#from] as number;
      if (this.#isStill(id, this.#since[this.#from] as number)) return id;
      this.#from++;
    }
  }

  #clear(): void {
    const [ids, since] = [this.#ids, this.#since];
    let count = 0;
    for (let i = this.#from; i < this.#until; i++) {
      const [id, at] = [ids[i] as number, since[i] as number];
      if (!this.#isStill(id, at)) continue;
      ids[count] = id;
      since[count++] = at;
    }
    this.#from = 0;
    this.#until = count;
    if (count < ids.length / 2) return;
    this.#ids = new Int32Array(ids.length * 2);
    this.#ids.set(ids);
    this.#since = new Float64Array(ids.length * 2);
    this.#since.set(since);
  }
}
