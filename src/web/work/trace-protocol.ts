// What the page and its workers for recordings say to each other.

import type { TraceVerdict } from '../../trace/check/verdict.ts';
import type { WhatIf } from '../../whatif/what-if.ts';
import type { DebtSpans } from '../compute/debts.ts';
import type { TraceTable } from '../compute/trace-table.ts';
import type { Trouble } from './protocol.ts';

export interface TraceQuestion {
  readonly kind: 'table' | 'verdict' | 'whatif';
  readonly name: string;
  readonly file: Blob;
}

export interface TracePicture {
  readonly table: TraceTable;
  readonly debts: readonly DebtSpans[];
  readonly gaps: readonly { readonly cpu: number; readonly from: number; readonly until: number }[];
  /** To be added to every time, ns. */
  readonly base: bigint;
  readonly facts: string;
}

export interface TraceAnswers {
  readonly table: TracePicture;
  readonly verdict: TraceVerdict;
  readonly whatif: WhatIf;
}

export type TraceReply =
  | { readonly kind: 'progress'; readonly records: number; readonly reading: number }
  | { readonly kind: 'answer'; readonly answer: TraceAnswers[keyof TraceAnswers] }
  | { readonly kind: 'trouble'; readonly trouble: Trouble };
