// The nouns every consumer of a recorded trace meets: what a trace is (TraceInfo), one record of it
// (TraceRecord), and how reading it ended (TraceSummary). The same for binary and text.

import type { FieldList, FieldNames } from './field-names.ts';
import type { KernelStack } from './kernel-stack.ts';
import type { RecorderFacts } from './recorder-facts.ts';
import type { Wide } from './wide.ts';

/** The containers that are read. */
export type TraceFormat = 'trace.dat v6' | 'trace.dat v7' | 'perf.data' | 'ftrace text';

/** Facts about a trace, known before its first record. */
export interface TraceInfo {
  readonly format: TraceFormat;
  /** Kernel trace clock such as `local`, `global`, `mono`; undefined where text does not say. */
  readonly clock: string | undefined;
  /** CPUs of the machine as far as the trace tells; 0 in `onInfo` if only the records will tell. */
  readonly cpus: number;
  /** Add this to every record's `time` to get the stamp in ns. Zero unless stamps exceed 2^52. */
  readonly timeBase: bigint;
  /** Steps of the time stamps in ns: 1, or 1000 where the text has microseconds. */
  readonly timeResolution: 1 | 1000;
  /** Kernel release, such as `6.1.0-56-cloud-amd64`. */
  readonly release: string | undefined;
  /** Names of the ring buffers; the top buffer is the empty string. */
  readonly buffers: readonly string[];
  /** What lufcheck's own recorder stored beside the records; undefined if another one made it. */
  readonly recorder?: RecorderFacts;
  /** Records that the recorder itself says it overwrote or dropped; 0 if it says nothing. */
  readonly overwritten: number;
  /** What a user should know before trusting a result. Bounded in number and length. */
  readonly warnings: readonly string[];
}

/**
 * One record. The reader hands out the same object again and again: it is valid only during the
 * callback, so copy what you keep.
 */
export interface TraceRecord {
  readonly cpu: number;
  /** ns since the clock's zero, minus `TraceInfo.timeBase`. */
  readonly time: number;
  readonly pid: number;
  /** Name of the task, `<idle>` for pid 0, `<...>` if not recorded; no control characters. */
  readonly task: string;
  /** Event group, such as `kmem`; empty in text, which does not print it. */
  readonly system: string;
  /** Event name; `#<id>` for a binary record whose format is not in the file. */
  readonly event: string;
  /** Number of the event in this trace, for readers that have one: the same event, the same name. */
  readonly eventId?: number;
  /** Name of the ring buffer; the empty string is the top buffer. */
  readonly buffer: string;
  /** Records lost on this CPU just before this one: 0 none, -1 some but unknown how many. */
  readonly lostBefore: number;
  /** An integer field; undefined if absent, not a number, or beyond 2^53 (then use `hex`). */
  number(field: string): number | undefined;
  /** An integer field, exact, as up to 64 bits of lower-case hex without 0x or leading zeros. */
  hex(field: string): string | undefined;
  /** The same as `hex` in two halves, for readers that can tell it without text; false: undefined. */
  wide?(field: string, into: Wide): boolean;
  /** The same as `number` of the first of these names that gives one, for readers that remember where it is. */
  numberOf?(field: FieldNames): number | undefined;
  /** The same of `wide`. */
  wideOf?(field: FieldNames, into: Wide): boolean;
  /**
   * All fields of a list at once, in halves: low and high one after the other. Says by bits which of them
   * are there; the places of others keep what they had.
   */
  halvesOf?(list: FieldList, into: Int32Array): number;
  /** A string field without control characters. In text: any field, as it was printed. */
  text(field: string): string | undefined;
  /** Names of the event's own fields. */
  fieldNames(): readonly string[];
}

/** How reading ended, with the final state of the facts. */
export interface TraceSummary extends TraceInfo {
  /** Records delivered. */
  readonly records: number;
  /** Sum of the known losses that the trace itself marks. */
  readonly lost: number;
  /** Some marked loss has no count, or a damaged part was passed over. */
  readonly lostUnknown: boolean;
  /** Part of the file is missing or unreadable; `warnings` says where. */
  readonly truncated: boolean;
}

/** What a caller may ask for besides the records. */
export interface ReadTraceOptions {
  /** Called once, before the first record. */
  readonly onInfo?: (info: TraceInfo) => void;
  /** Called for each recorded call chain, after the record of the CPU that it belongs to. */
  readonly onStack?: (stack: KernelStack) => void;
}
