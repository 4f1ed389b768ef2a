// The verdict on a recorded trace, as data. Rendering is in src/report/trace-text.ts; `--json`
// prints this object as it is.

import type { ExercisedOn } from './exercised-on.ts';

export type TraceVerdictWord = 'violated' | 'clean' | 'unknown';

/** A moment in a trace; `time` in seconds as the trace's clock shows it. */
export interface TraceMoment {
  readonly time: string;
  readonly cpu: number;
  /** Name and pid. */
  readonly task: string;
  /** Kernel function or tracepoint. */
  readonly what: string;
  /** The functions it was called from, innermost first, where the recording has them. */
  readonly stack?: readonly string[];
}

/** How it is known that a CPU could still use the old translation when the rule was broken. */
export interface TraceProof {
  readonly cpu: number;
  readonly time: string;
  readonly task?: string;
  readonly how: string;
  /** Its last flush of any kind before; left out if none was seen. */
  readonly lastFlush?: string;
  /** Since when it had this mm loaded; left out if not seen. */
  readonly loadedSince?: string;
}

export interface TraceViolation {
  readonly rule: string;
  /** Page frame number. */
  readonly frame: number;
  readonly location?: { readonly mm: string; readonly va: string };
  /** Page-cache position `device:inode:page`, where the rule is about one. */
  readonly slot?: string;
  /** CPUs that owed a flush and could still use the old translation. */
  readonly cpus: readonly number[];
  /** Owed as well, but the trace does not prove that they could use it: lazy, gone, or it ended. */
  readonly alsoOwed: readonly number[];
  readonly unmapped: TraceMoment;
  /** What happened to the frame in between. */
  readonly between: readonly TraceMoment[];
  readonly reused: TraceMoment;
  readonly proofs: readonly TraceProof[];
  /** The last request for a flush that could have covered it, if one was seen since the unmap. */
  readonly asked?: TraceMoment;
  /** The flush that the kernel owed, in a sentence. */
  readonly missing: string;
  readonly text: string;
}

/** With a later flush it would have been a violation; in the recording it was none. */
export interface TracePossible {
  /** The rule that would be broken. */
  readonly rule: string;
  readonly frame: number;
  readonly location: { readonly mm: string; readonly va: string };
  readonly unmapped: TraceMoment;
  readonly freed: TraceMoment;
  readonly reused: TraceMoment;
  /** The flushes that came in time by chance, by the CPUs that they reached, and who asked for each. */
  readonly flushes: readonly {
    readonly cpu: number;
    readonly time: string;
    readonly asked: TraceMoment;
  }[];
  /** That those CPUs could have used the old translation. */
  readonly proofs: readonly TraceProof[];
  /** The order of events that would have been wrong. */
  readonly reordering: string;
}

/** What `--predict` found; the verdict does not depend on it. */
export interface TracePrediction {
  readonly possible: readonly TracePossible[];
  /** Those beyond the ones listed. */
  readonly omitted: number;
  /** Why nothing could be predicted; left out where it could. */
  readonly lacks?: readonly string[];
}

/** Violations of one kind: same rule, unmapped the same way, same CPUs. */
export interface ViolationGroup {
  readonly rule: string;
  readonly by: string;
  readonly cpus: readonly number[];
  readonly count: number;
  /** Index of the first in `violations`. */
  readonly first: number;
  readonly from: string;
  readonly to: string;
}

export interface TraceRule {
  readonly id: string;
  /** How often an event that can break the rule reached something with a history. */
  readonly exercised: number;
  /** On how many different frames, locations, address spaces; left out where on none. */
  readonly on?: ExercisedOn;
  readonly violations: number;
  /** Reports that a lazy or departed CPU explains: legal, or at least not provable. */
  readonly explained: number;
  /** Reports that the trace ends too early to decide. */
  readonly undecided: number;
  /** Why it could not be judged; left out where it was. */
  readonly lacks?: readonly string[];
}

/** Why the verdict is not more than `unknown`; with the place where knowledge was lost. */
export interface UnknownReason {
  readonly text: string;
  readonly time?: string;
  readonly cpu?: number;
}

export interface TraceVerdict {
  readonly schema: 'lufcheck.trace/1';
  readonly file: string;
  readonly verdict: TraceVerdictWord;
  readonly events: number;
  /** Records known to be missing. */
  readonly lost: number;
  readonly format: string;
  readonly clock?: string;
  readonly release?: string;
  readonly cpus: number;
  readonly rules: readonly TraceRule[];
  readonly violations: readonly TraceViolation[];
  /** Violations beyond those listed. */
  readonly omitted: number;
  readonly groups: readonly ViolationGroup[];
  readonly reasons: readonly UnknownReason[];
  /** What the verdict takes for granted or inferred, in sentences. */
  readonly notes: readonly string[];
  /** Where it was asked for. */
  readonly prediction?: TracePrediction;
}
