// One call of a modelled kernel function as it was recorded: what its task did from the entry to the return.

/** One recorded letter, with what it is about. */
export interface SeenLetter {
  readonly letter: string;
  /** ns, as in the recording. */
  readonly at: number;
  /** It may have happened as early as this: see trace/profiles/clear-brackets.ts. */
  readonly since: number;
  readonly cpu: number;
  readonly mm?: string;
  readonly va?: number;
  /** Of a call that is about a range. */
  readonly pages?: number;
  readonly frame?: number;
  readonly slot?: string;
  /** CPUs that may hold the translation were recorded, and there are some. */
  readonly held: boolean;
}

export interface Occurrence {
  /** The kernel function or system call. */
  readonly name: string;
  readonly task: string;
  readonly cpu: number;
  readonly from: number;
  readonly until: number;
  readonly letters: readonly SeenLetter[];
}
