// What a design did along a recording, counted.

/** Flushes at one place: a flush point, or the path that flushed. */
export interface PlaceCount {
  flushes: number;
  /** Of those, with other CPUs in them. */
  shootdowns: number;
  /** Other CPUs interrupted. */
  ipis: number;
}

interface Since {
  readonly at: number;
}

export class Tally {
  /** Times at which the design noted that a flush is owed. */
  debts = 0;
  readonly places = new Map<string, PlaceCount>();
  /** ns that a frame carried a debt, and that a frame was kept from the allocator. */
  readonly carried: number[] = [];
  readonly held: number[] = [];
  mostCarried = 0;
  mostHeld = 0;
  readonly #tagged = new Map<number, Since>();
  readonly #holding = new Map<number, Since>();
  #lastFreed = -1;

  debt(): void {
    this.debts++;
  }

  flush(place: string, others: number): void {
    let count = this.places.get(place);
    if (count === undefined) {
      count = { flushes: 0, shootdowns: 0, ipis: 0 };
      this.places.set(place, count);
    }
    count.flushes++;
    if (others > 0) count.shootdowns++;
    count.ipis += others;
  }

  /** The design's text says that the frame went free. */
  freed(frame: number, now: number): void {
    this.#lastFreed = frame;
    this.release(frame, now);
  }

  /** Whether the frame just given back went free, and was not kept. */
  frees(frame: number): boolean {
    return this.#lastFreed === frame;
  }

  tag(frame: number, now: number): void {
    this.#tagged.set(frame, { at: now });
    this.mostCarried = Math.max(this.mostCarried, this.#tagged.size);
  }

  hold(frame: number, now: number): void {
    this.#holding.set(frame, { at: now });
    this.mostHeld = Math.max(this.mostHeld, this.#holding.size);
  }

  knows(frame: number): boolean {
    return this.#tagged.has(frame) || this.#holding.has(frame);
  }

  isHeld(frame: number): boolean {
    return this.#holding.has(frame);
  }

  release(frame: number, now: number): void {
    const since = this.#holding.get(frame);
    if (since === undefined) return;
    this.held.push(now - since.at);
    this.#holding.delete(frame);
  }

  reused(frame: number, now: number): void {
    const since = this.#tagged.get(frame);
    if (since === undefined) return;
    this.carried.push(now - since.at);
    this.#tagged.delete(frame);
  }

  /** Frames that still carried a debt, or were kept, when the recording ended. */
  get left(): number {
    return this.#tagged.size + this.#holding.size;
  }
}
