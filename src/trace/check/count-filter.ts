// Says at once of most numbers that they are not among a changing multitude: how many of it fall into
// each of many classes. A yes means little, a no is sure. Asked millions of times of numbers at random:
// what is looked at is a bit for each class, 32 KB, which stays in the cache where the counts would not.

const CLASSES = 1 << 18;
const MOST = 0xffff;

export class CountFilter {
  readonly #counts = new Uint16Array(CLASSES);
  /** Whether the count of a class is not 0. */
  readonly #bits = new Int32Array(CLASSES / 32);

  add(value: number): void {
    const at = value & (CLASSES - 1);
    const count = this.#counts[at] as number;
    if (count < MOST) this.#counts[at] = count + 1;
    if (count === 0) this.#bits[at >>> 5] = (this.#bits[at >>> 5] as number) | (1 << (at & 31));
  }

  /** To be told only of what was added. */
  remove(value: number): void {
    const at = value & (CLASSES - 1);
    const count = this.#counts[at] as number;
    // A class that was ever full is not known any more.
    if (count < MOST) this.#counts[at] = count - 1;
    if (count === 1) this.#bits[at >>> 5] = (this.#bits[at >>> 5] as number) & ~(1 << (at & 31));
  }

  mayHave(value: number): boolean {
    const at = value & (CLASSES - 1);
    return (((this.#bits[at >>> 5] as number) >>> (at & 31)) & 1) === 1;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#bits.fill(0);
  }
}
