// Other threads, as the search sees them. How they are started differs between Node and a browser;
// the glue (src/explore-node/ for Node) starts a thread, in which `helper` is called once, and then
// its answer once for each phase that is posted. A phase's end is told through `ctl`, so that
// nobody needs an event loop to wait for it.

import type { SystemText } from '../base/system-text.ts';
import { Part, type Phase } from './part.ts';
import type { Plan } from './plan.ts';
import { RUNNING, STOP } from './space.ts';
import { type System, systemOf } from './system.ts';

/** What a thread gets when it starts. */
export interface HelperSetup {
  readonly text: SystemText;
  readonly plan: Plan;
  /** Its number; 0 is the thread that started the search. */
  readonly number: number;
}

export interface Helpers {
  /** Whether all of them have begun: until then nobody waits for them, and the search goes on alone. */
  ready(): boolean;
  /** Has every helper called with this phase. */
  post(phase: Phase): void;
  /** What went wrong in one of them, if anything did. */
  failure(): string | undefined;
  /** How one of them ended before its work was done, if one did and that is known already. */
  lost(): string | undefined;
  close(): void;
}

export interface Crew {
  /** Starts threads, one for each setup. Need not wait until they run. */
  start(setups: readonly HelperSetup[]): Helpers;
}

/**
 * Makes a thread's own code, and answers what it does for each phase. What goes wrong, also in the
 * making, is told before a phase ends.
 */
export function helper(
  { text, plan, number }: HelperSetup,
  tell: (error: unknown) => void,
): (phase: Phase) => void {
  const run = runOf(text, plan, number);
  return (phase) => {
    const { ctl } = phase.buffers;
    try {
      run(phase);
    } catch (error) {
      Atomics.store(ctl, STOP, 1);
      tell(error);
    } finally {
      Atomics.sub(ctl, RUNNING, 1);
      Atomics.notify(ctl, RUNNING);
    }
  };
}

function runOf(text: SystemText, plan: Plan, number: number): (phase: Phase) => void {
  try {
    const part = new Part(systemOf(text), plan, number);
    return (phase) => part.run(phase);
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** The threads of one search, started when they are first wanted. */
export function crewFor(
  system: System,
  plan: Plan,
  { crew, workers = 1 }: { readonly crew?: Crew; readonly workers?: number },
): { readonly workers: number; helpers(): Helpers; close(): void } {
  const { source } = system;
  let helpers: Helpers | undefined;
  if (workers > 1 && (crew === undefined || source === undefined)) {
    throw new Error('several workers need a system as text, and somebody to start them');
  }
  return {
    workers,
    helpers() {
      const { words, ways, properties, initial, threadActions } = system;
      const text = { words, ways, properties, initial, threadActions, source: source as string };
      const setups = Array.from({ length: workers - 1 }, (_, i) => ({ text, plan, number: i + 1 }));
      helpers ??= (crew as Crew).start(setups);
      return helpers;
    },
    close: () => helpers?.close(),
  };
}
