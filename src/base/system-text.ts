// What the generator hands to the explorer: a system as text, so that every worker makes its own code
// of it, in whatever kind of thread it runs.

/** What is explored, as text, so that each worker makes it for itself. */
export interface SystemText {
  /** 32-bit words per state. */
  readonly words: number;
  /** Upper bound of the successors of one state. */
  readonly ways: number;
  /** Bit i of reports: property i. */
  readonly properties: readonly string[];
  /** One state. */
  readonly initial: Int32Array;
  /** By action number: 1 if a thread's, 0 if hardware's. */
  readonly threadActions: Uint8Array;
  /**
   * Which steps are left out depends on names: a way to a violation leads through representatives, and
   * an action of it is one of the representative that stands for what the actions before have led to.
   */
  readonly renamed?: boolean;
  /** Body of a function without arguments that returns Compiled. */
  readonly source: string;
}

export interface Compiled {
  /**
   * Writes each successor of the state at from[at .. at + words) into `into` (successor n at
   * into[n * words]), its action number into actions[n] and its reports into reports[n], starting
   * with n; answers the next n. The order is that of Machine.successors: growing action numbers.
   * Throws a `Failed` (lang/generate/failure.ts) if the model is wrong there.
   */
  expand(
    from: Int32Array,
    at: number,
    into: Int32Array,
    actions: Int32Array,
    reports: Int32Array,
    n: number,
  ): number;
  /**
   * What a search needs of the same: steps of the hardware that are known to lead back to their own
   * state are left out, tally[0] grows by their number, and their reports are added to tally[1]. Where
   * there is `writes`, only the words named there are written. Absent where that saves nothing.
   */
  moves?(
    from: Int32Array,
    at: number,
    into: Int32Array,
    actions: Int32Array,
    reports: Int32Array,
    n: number,
    tally: Int32Array,
  ): number;
  /** By action number, as bits: words that `moves` writes. The others are those of the state. */
  readonly writes?: Int32Array;
  /** Whether every thread is done. Asked only of states from which no thread can go on. */
  finished(from: Int32Array, at: number): boolean;
  /** Replaces the state in place by its canonical representative; absent without symmetry. */
  canonical?(states: Int32Array, at: number): void;
}

/**
 * Makes the code of a system's text: the generator's own, never a user's.
 *
 *     compile('return { expand: ..., finished: () => true }')  // a Compiled
 */
export function compile(source: string): Compiled {
  return new Function(source)() as Compiled;
}
