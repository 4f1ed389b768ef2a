// The greatest first: a binary heap.

export class Heap<T> {
  readonly #items: { readonly worth: number; readonly item: T }[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: T, worth: number): void {
    const items = this.#items;
    let at = items.push({ worth, item }) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if ((items[above]?.worth ?? 0) >= worth) break;
      this.#swap(at, above);
      at = above;
    }
  }

  pop(): T | undefined {
    const items = this.#items;
    const [top] = items;
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top?.item;
    items[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let most = at;
      if ((items[left]?.worth ?? Number.NEGATIVE_INFINITY) > (items[most]?.worth ?? 0)) most = left;
      if ((items[right]?.worth ?? Number.NEGATIVE_INFINITY) > (items[most]?.worth ?? 0)) {
        most = right;
      }
      if (most === at) return top.item;
      this.#swap(at, most);
      at = most;
    }
  }

  /** Takes all out, in no order. */
  clear(): T[] {
    return this.#items.splice(0).map(({ item }) => item);
  }

  #swap(a: number, b: number): void {
    const items = this.#items;
    [items[a], items[b]] = [items[b] as (typeof items)[number], items[a] as (typeof items)[number]];
  }
}
