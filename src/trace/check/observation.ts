// What a profile tells the judge: events of the vocabulary, and what only a trace needs to say about
// CPUs, because a trace shows consequences where a model has state. Profiles produce these from
// probes; the judge never sees a probe.

import type { ConcreteEvent } from '../../events/concrete.ts';
import type { Telling } from './rule-runner.ts';

export type Observation =
  | { readonly kind: 'event'; readonly event: ConcreteEvent; readonly telling?: Telling }
  /**
   * At this moment the CPU had `mm` loaded and was certainly not lazy: it could go through any
   * translation of `mm` that it still held.
   */
  | {
      readonly kind: 'runs';
      readonly at: number;
      readonly cpu: number;
      readonly mm: string;
      readonly by: string | undefined;
      /** How that is known, as the end of "CPU 0 could still use it: ...". */
      readonly how: string;
    }
  /**
   * The CPU stops having `mm` loaded (any, where left out). It cannot go through translations of it
   * until it comes back, and then compares generations (switch_mm_irqs_off, arch/x86/mm/tlb.c).
   * `by`: who ran until now, where that may have been a user task: if it is seen alive later, the CPU
   * was not lazy when it left.
   */
  | {
      readonly kind: 'leaves';
      readonly at: number;
      readonly cpu: number;
      readonly mm: string | undefined;
      readonly by: string | undefined;
    }
  /**
   * `by`, who may be a user task, was running on this CPU. If it is seen alive later, and the CPU had
   * its mm loaded, the CPU was not lazy.
   */
  | { readonly kind: 'seen'; readonly at: number; readonly cpu: number; readonly by: string }
  /** Records are missing from here on: nothing that was open can be decided any more. */
  | { readonly kind: 'lost'; readonly at: number; readonly cpu: number }
  /** Someone asked for a flush; whether a CPU carried it out is another observation. */
  | {
      readonly kind: 'asks';
      readonly at: number;
      readonly cpu: number;
      readonly by: string | undefined;
      readonly what: string;
      readonly mm: string | undefined;
    };

export type Observe = (observation: Observation) => void;
