// What a profile tells its observer of one record: the one event that is used again and again, who is
// told of it, and whether anybody is while records are missing.

import { form, Happening } from '../check/happening.ts';
import { type Observer, unless } from '../check/observation.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import type { Task } from './fields.ts';
import type { LastStacks } from './last-stacks.ts';

export class Telling {
  /** Told of everything. */
  readonly observer: Observer;
  /** The same, told nothing but losses in a gap: the CPUs are followed there, and nothing is judged. */
  readonly told: Observer;
  readonly event: Happening;
  isInGap = false;
  readonly #stacks: LastStacks | undefined;

  /** `setWords`: 32-bit words of a set of CPUs. */
  constructor(observer: Observer, setWords: number, stacks: LastStacks | undefined) {
    this.observer = observer;
    this.told = unless(() => this.isInGap, observer);
    this.event = new Happening(setWords);
    this.#stacks = stacks;
  }

  /** Whether anybody asks for events of this form: those that only some rules need. */
  isHeard(which: number): boolean {
    return this.observer.ignores !== undefined && !this.ignores(which, 0, 0);
  }

  /** Whether such an event need not be made. */
  ignores(which: number, frame: number, va: number): boolean {
    const { observer } = this;
    // Called as its method, the engine can put it in line; a bound function it cannot.
    return observer.ignores?.(which, frame, va) === true;
  }

  /** The same of a page-cache slot that gets a frame: it is in `event.place`. */
  ignoresSlot(): boolean {
    return this.observer.ignoresSlot?.(form.slotAdd, this.event.place) === true;
  }

  /** Begins an event of this form; `tell` when all its fields are there. */
  begin(which: number, { time, cpu }: TraceRecord, place: number, { by }: Task): Happening {
    this.event.begin(which, time, cpu, place, by);
    if (this.#stacks !== undefined) this.event.stackHere = this.#stacks.here;
    return this.event;
  }

  tell(): void {
    if (!this.isInGap) this.observer.happens(this.event);
  }
}
