// What a profile tells the judge: events of the vocabulary, and what only a trace needs to say about
// CPUs, because a trace shows consequences where a model has state. Profiles produce these from
// probes; the judge never sees a probe. Address spaces are numbers of `Names`, CPUs their own numbers.

import type { Happening, SlotPlace } from './happening.ts';

export interface Observer {
  /** The object is valid during the call only. */
  happens(one: Happening): void;
  /**
   * Whether an event of this form about this frame and address (those that the form has) would change
   * nothing: then it need not be told. Of `pte.clear` one that names no CPU is meant. Left out: each is told.
   */
  ignores?(which: number, frame: number, va: number): boolean;
  /** The same of an event about a slot of the page cache, where it goes by the slot. */
  ignoresSlot?(which: number, slot: SlotPlace): boolean;
  /**
   * At this moment the CPU had `mm` loaded and was certainly not lazy: it could go through any
   * translation of `mm` that it still held. `how` that is known: the end of "CPU 0 could still use it: ...".
   */
  runs(cpu: number, at: number, mm: number, by: string | undefined, how: string): void;
  /** Whether anything waits to hear of `runs`. Left out: it always does. */
  isWaiting?(): boolean;
  /**
   * The CPU stops having `mm` loaded (any, for `NO_MM`). It cannot go through translations of it
   * until it comes back, and then compares generations (switch_mm_irqs_off, arch/x86/mm/tlb.c).
   * `by`: who ran until now, where that may have been a user task: if it is seen alive later, the CPU
   * was not lazy when it left.
   */
  leaves(cpu: number, at: number, mm: number, by: string | undefined): void;
  /**
   * `by`, who may be a user task, was running on the CPU at this place (see CpuNames). If it is seen alive later, and the CPU had
   * its mm loaded, the CPU was not lazy.
   */
  seen(place: number, at: number, by: string): void;
  /** Records are missing from here on: nothing that was open can be decided any more. */
  lost(cpu: number, at: number): void;
  /** Someone asked for a flush; whether a CPU carried it out is another observation. */
  asks(cpu: number, at: number, mm: number, by: string | undefined, what: string): void;
}

/** The same observer, told nothing but losses while something is missing. */
export function unless(isMissing: () => boolean, observer: Observer): Observer {
  return {
    happens: (one) => {
      if (!isMissing()) observer.happens(one);
    },
    isWaiting: () => !isMissing() && observer.isWaiting?.() !== false,
    runs: (cpu, at, mm, by, how) => {
      if (!isMissing()) observer.runs(cpu, at, mm, by, how);
    },
    leaves: (cpu, at, mm, by) => {
      if (!isMissing()) observer.leaves(cpu, at, mm, by);
    },
    seen: (place, at, by) => {
      if (!isMissing()) observer.seen(place, at, by);
    },
    lost: (cpu, at) => observer.lost(cpu, at),
    asks: (cpu, at, mm, by, what) => {
      if (!isMissing()) observer.asks(cpu, at, mm, by, what);
    },
  };
}
