// What the generator makes, in the shape that the explorer takes (explore/system.ts): text, so that
// each worker compiles it for itself.

export interface SystemText {
  /** 32-bit words per state. */
  readonly words: number;
  /** Upper bound of the successors of one state. */
  readonly ways: number;
  /** Bit i of a transition's reports: property i. */
  readonly properties: readonly string[];
  readonly initial: Int32Array;
  /** By action: 1 if it is a thread's, 0 if it is the hardware's. */
  readonly threadActions: Uint8Array;
  /** Body of a function without arguments that answers a `Compiled`. */
  readonly source: string;
}

export interface Compiled {
  /**
   * Writes each successor of the state at `from[at]` into `into` (the n-th at `n * words`), its
   * action and its reports, starting with number `n`. Answers the next number. Throws a `Failed`
   * (see failure.ts) if the model is wrong there.
   */
  expand(
    from: Int32Array,
    at: number,
    into: Int32Array,
    actions: Int32Array,
    reports: Int32Array,
    n: number,
  ): number;
  /** Whether every thread is done. */
  finished(from: Int32Array, at: number): boolean;
}

/** `new Function` where it is allowed: the text is the generator's own, never a user's. */
export function compile(source: string): Compiled {
  return new Function(source)() as Compiled;
}
