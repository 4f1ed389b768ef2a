// The events of a recording as columns of numbers: ten million of them fit a page, cross from a worker without
// being copied, and can be searched by time.

import type { ConcreteEvent } from '../../events/concrete.ts';

/** What an event is drawn as. */
export const classes = ['unmap', 'map', 'flush', 'frame', 'other'] as const;
export type EventClass = (typeof classes)[number];

export interface TraceTable {
  readonly count: number;
  /** ns, rising. */
  readonly time: Float64Array;
  readonly cpu: Uint16Array;
  /** Indexes of `kinds`. */
  readonly kind: Uint8Array;
  /** Indexes of `texts`; 0 where there is none. */
  readonly task: Uint32Array;
  readonly mm: Uint32Array;
  readonly cpus: Uint32Array;
  /** NaN where there is none. */
  readonly va: Float64Array;
  readonly frame: Float64Array;
  readonly pages: Float64Array;
  readonly kinds: readonly string[];
  readonly texts: readonly string[];
  readonly cpuCount: number;
}

const classOfKind: Readonly<Record<string, EventClass>> = {
  'pte.clear': 'unmap',
  'pte.rights': 'unmap',
  'pte.set': 'map',
  'tlb.flush': 'flush',
  'tlb.flush.size': 'flush',
  'frame.alloc': 'frame',
  'frame.free': 'frame',
  'frame.write': 'frame',
  'slot.add': 'frame',
  'slot.remove': 'frame',
  'slot.replace': 'frame',
};

export function classOf(kind: string): number {
  return classes.indexOf(classOfKind[kind] ?? 'other');
}

const FIRST_SIZE = 1 << 16;
/** At 55 bytes each these are 0.9 GB, and twice that for a moment while the columns grow: more is not drawn. */
export const MOST_EVENTS = 1 << 24;

/** Grows while events come in, nearly in the order of time. */
export class TraceTableWriter {
  readonly #most: number;
  readonly #texts = new Map<string, number>([['', 0]]);
  readonly #kinds = new Map<string, number>();
  #order = new Uint32Array(FIRST_SIZE);
  #time = new Float64Array(FIRST_SIZE);
  #cpu = new Uint16Array(FIRST_SIZE);
  #kind = new Uint8Array(FIRST_SIZE);
  #task = new Uint32Array(FIRST_SIZE);
  #mm = new Uint32Array(FIRST_SIZE);
  #cpus = new Uint32Array(FIRST_SIZE);
  #va = new Float64Array(FIRST_SIZE);
  #frame = new Float64Array(FIRST_SIZE);
  #pages = new Float64Array(FIRST_SIZE);
  #count = 0;
  #isSorted = true;
  #cpuCount = 0;
  #left = 0;

  /** Takes the first `most` events. */
  constructor(most: number = MOST_EVENTS) {
    this.#most = most;
  }

  /** Events that came after the last one that is taken. */
  get left(): number {
    return this.#left;
  }

  add(event: ConcreteEvent): void {
    const n = this.#count;
    if (n >= this.#most) {
      this.#left++;
      return;
    }
    if (n === this.#time.length) this.#grow(2 * n);
    const fields = event as unknown as Readonly<Record<string, unknown>>;
    this.#time[n] = event.at;
    this.#cpu[n] = event.cpu;
    this.#kind[n] = indexIn(this.#kinds, event.event);
    this.#task[n] = this.#text(event.by ?? '');
    this.#mm[n] = this.#text(fields.mm === undefined ? '' : String(fields.mm));
    this.#cpus[n] = this.#text(Array.isArray(fields.cpus) ? fields.cpus.join(',') : '');
    this.#va[n] = numeric(fields.va);
    this.#frame[n] = numeric(fields.frame);
    this.#pages[n] = numeric(fields.pages);
    this.#cpuCount = Math.max(this.#cpuCount, event.cpu + 1);
    this.#place(n, event.at);
    this.#count = n + 1;
  }

  finish(): TraceTable {
    const count = this.#count;
    const sorted = <A extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(
      from: A,
    ): A => {
      if (this.#isSorted) return from.slice(0, count) as A;
      const to = new (from.constructor as new (size: number) => A)(count);
      for (let i = 0; i < count; i++) to[i] = from[this.#order[i] as number] as number;
      return to;
    };
    return {
      count,
      time: sorted(this.#time),
      cpu: sorted(this.#cpu),
      kind: sorted(this.#kind),
      task: sorted(this.#task),
      mm: sorted(this.#mm),
      cpus: sorted(this.#cpus),
      va: sorted(this.#va),
      frame: sorted(this.#frame),
      pages: sorted(this.#pages),
      kinds: [...this.#kinds.keys()],
      texts: [...this.#texts.keys()],
      cpuCount: this.#cpuCount,
    };
  }

  #text(text: string): number {
    return indexIn(this.#texts, text);
  }

  /** Most come in order; the others belong a little further up. */
  #place(n: number, at: number): void {
    const order = this.#order;
    const last =
      n === 0 ? Number.NEGATIVE_INFINITY : (this.#time[order[n - 1] as number] as number);
    if (at >= last) {
      order[n] = n;
      return;
    }
    this.#isSorted = false;
    let [low, high] = [0, n];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#time[order[middle] as number] as number) <= at) low = middle + 1;
      else high = middle;
    }
    order.copyWithin(low + 1, low, n);
    order[low] = n;
  }

  #grow(size: number): void {
    const larger = <A extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(
      from: A,
    ): A => {
      const to = new (from.constructor as new (size: number) => A)(size);
      to.set(from);
      return to;
    };
    this.#order = larger(this.#order);
    this.#time = larger(this.#time);
    this.#cpu = larger(this.#cpu);
    this.#kind = larger(this.#kind);
    this.#task = larger(this.#task);
    this.#mm = larger(this.#mm);
    this.#cpus = larger(this.#cpus);
    this.#va = larger(this.#va);
    this.#frame = larger(this.#frame);
    this.#pages = larger(this.#pages);
  }
}

function indexIn(map: Map<string, number>, text: string): number {
  const known = map.get(text);
  if (known !== undefined) return known;
  map.set(text, map.size);
  return map.size - 1;
}

function numeric(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

/** The buffers of a table, to hand over to another thread. */
export function buffersOf(table: TraceTable): ArrayBuffer[] {
  return Object.values(table).flatMap((one) =>
    ArrayBuffer.isView(one) ? [one.buffer as ArrayBuffer] : [],
  );
}

/** The first event that is not before `time`. */
export function firstFrom(times: Float64Array, time: number, from = 0): number {
  let [low, high] = [from, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
