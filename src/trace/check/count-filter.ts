// Says at once of most numbers that they are not among a changing multitude: how many of it fall into
// each of many classes. A yes means little, a no is sure.

const CLASSES = 1 << 18;
const MOST = 0xffff;

export class CountFilter {
  readonly #counts = new Uint16Array(CLASSES);

  add(value: number): void {
    const at = value & (CLASSES - 1);
    const count = this.#counts[at] as number;
    if (count < MOST) this.#counts[at] = count + 1;
  }

  /** To be told only of what was added. */
  remove(value: number): void {
    const at = value & (CLASSES - 1);
    const count = this.#counts[at] as number;
    // A class that was ever full is not known any more.
    if (count < MOST) this.#counts[at] = count - 1;
  }

  mayHave(value: number): boolean {
    return this.#counts[value & (CLASSES - 1)] !== 0;
  }

  clear(): void {
    this.#counts.fill(0);
  }
}
