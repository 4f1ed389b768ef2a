// What the metadata of a trace.dat says, in one shape for v6 and v7: everything that is needed to
// find and decode the records.

import type { Decompress } from './decompress.ts';
import type { EventTable } from './event-table.ts';
import type { ReadSymbols } from './kernel-stack.ts';
import type { PageLayout } from './page-layout.ts';
import type { RecorderFacts } from './recorder-facts.ts';
import type { TraceFormat } from './trace-record.ts';

/** The bytes of one CPU's ring buffer in the file; they may reach beyond a truncated file. */
export interface CpuSpan {
  readonly cpu: number;
  readonly offset: number;
  readonly size: number;
}

/** One ring buffer: the top one or an instance. */
export interface DatBuffer {
  readonly name: string;
  readonly clock: string | undefined;
  /** Bytes per sub-buffer. */
  readonly pageSize: number;
  readonly compressed: boolean;
  readonly cpus: readonly CpuSpan[];
}

/** A trace.dat whose metadata has been read. */
export interface DatFile {
  readonly format: TraceFormat;
  readonly littleEndian: boolean;
  readonly layout: PageLayout;
  readonly events: EventTable;
  /** Sanitised task names by pid. */
  readonly tasks: ReadonlyMap<number, string>;
  readonly buffers: readonly DatBuffer[];
  readonly facts: DatFacts;
  readonly decompress: Decompress;
  /** The kernel's symbols, as recorded; read when a stack asks for them. */
  readonly symbols: ReadSymbols;
  /** Buffers were found by scanning or are known to be missing. */
  readonly truncated: boolean;
}

/** Facts that options state; mutable while they are collected. */
export interface DatFacts {
  clock: string | undefined;
  cpus: number;
  release: string | undefined;
  /** ns that the recorder wants added to every stamp (wall-clock recordings). */
  shift: bigint;
  overwritten: number;
  /** The same by CPU, for people: `CPU 1: 5068`. */
  readonly overwrittenOn: string[];
  /** What lufcheck's own recorder says, if it made the file. */
  recorder: RecorderFacts | undefined;
}
