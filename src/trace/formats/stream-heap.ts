// A binary heap of streams by time, then by stream order: the merge of all CPUs. One sift per
// record; with a few CPUs that is a comparison or two.

/** What the heap compares. */
export interface Timed {
  readonly time: number;
  readonly order: number;
}

/** Restores the heap below the root after the root's time has grown. */
export function siftDown<T extends Timed>(heap: T[], from: number): void {
  const item = heap[from];
  let hole = from;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
    if (!before(heap[child], item)) break;
    heap[hole] = heap[child];
    hole = child;
  }
  // Mostly it stays: a CPU's records come in runs.
  if (hole !== from) heap[hole] = item;
}

/** Arranges any array as a heap. */
export function heapify<T extends Timed>(items: T[]): void {
  for (let i = (items.length >> 1) - 1; i >= 0; i--) siftDown(items, i);
}

/** Removes the root. */
export function removeRoot<T extends Timed>(heap: T[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  siftDown(heap, 0);
}

function before(a: Timed, b: Timed): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
