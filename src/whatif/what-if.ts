// The question `lufcheck whatif` answers, as data: what each design would have done on a recording of a
// kernel without it.

import { Problem } from '../base/problem.ts';
import { designs as allDesigns } from '../kernel/designs/all.ts';
import type { Design, FlushPoint } from '../kernel/kernel.ts';
import type { ByteSource } from '../trace/formats/byte-source.ts';
import { readTrace } from '../trace/formats/read-trace.ts';
import { type ProbeName, probes } from '../trace/profiles/probes.ts';
import { type Survey, Surveyor } from '../trace/profiles/survey.ts';
import type { DesignRun } from './design-run.ts';
import type { FlushCount } from './happened.ts';
import { Replay } from './replay.ts';

export interface WhatIfPlace extends FlushCount {
  /** A flush point, or the path of the kernel that flushed by itself. */
  readonly place: string;
  /** It is a point at which the design pays early. */
  readonly isPoint: boolean;
}

export interface Durations {
  readonly count: number;
  readonly median: number;
  readonly longest: number;
}

export interface WhatIfDesign {
  readonly design: string;
  readonly says: string;
  readonly flushes: number;
  readonly shootdowns: number;
  readonly ipis: number;
  /** Flushes put off: how often the design noted a debt. */
  readonly deferred: number;
  /** Of those: paid by a flush that paid for others too, or that never had to be paid so far. */
  readonly merged: number;
  readonly places: readonly WhatIfPlace[];
  /** ns that frames were free and still owed a flush, by when they were used again. */
  readonly carried: Durations;
  /** ns that frames were kept from the allocator. */
  readonly held: Durations;
  readonly mostCarried: number;
  readonly mostHeld: number;
  /** Frames still owing or kept when the recording ended. */
  readonly left: number;
  /** Flush points of the design that the recording cannot show. */
  readonly unseen: readonly string[];
}

export interface WhatIf {
  readonly schema: 'lufcheck.whatif/1';
  readonly file: string;
  readonly events: number;
  readonly seconds: number;
  readonly cpus: number;
  readonly unmapped: number;
  readonly unmappedShared: number;
  readonly batched: FlushCount;
  readonly others: FlushCount;
  readonly designs: readonly WhatIfDesign[];
  readonly assumptions: readonly string[];
}

export interface WhatIfOptions {
  readonly designs?: readonly Design[];
  readonly onProgress?: (reading: 1 | 2, records: number) => void;
}

/** What reclaim does is in these; without them nothing can be replayed. */
const needed: readonly ProbeName[] = ['unmap_one', 'rmap_del', 'mm_page_free', 'mm_page_alloc'];
const PROGRESS_STEP = 1 << 14;

/** Designs that act where a recording does not look: LATR's munmap has no counterpart here. */
export const replayable: readonly Design[] = allDesigns.filter(
  ({ defersIn }) => defersIn === undefined || defersIn.includes('try_to_unmap'),
);

/**
 * Replays a recording against designs.
 *
 * @throws Problem LUF-E204 if the recording lacks what a replay needs; what `readTrace` throws.
 */
export async function whatIf(source: ByteSource, options: WhatIfOptions = {}): Promise<WhatIf> {
  const { designs = replayable, onProgress } = options;
  const surveyor = new Surveyor();
  let records = 0;
  const first = await readTrace(source, (record) => {
    surveyor.note(record);
    if (++records % PROGRESS_STEP === 0) onProgress?.(1, records);
  });
  const survey = surveyor.result(first);
  const base = baseOf(survey, source.name);
  const replay = new Replay(designs, survey, base, Math.max(first.cpus, 1));
  records = 0;
  await readTrace(source, (record) => {
    replay.take(record);
    if (++records % PROGRESS_STEP === 0) onProgress?.(2, records);
  });
  const { happened } = replay;
  return {
    schema: 'lufcheck.whatif/1',
    file: source.name,
    events: first.records,
    seconds: Math.max(0, happened.until - happened.from) / 1e9,
    cpus: first.cpus,
    unmapped: happened.unmapped,
    unmappedShared: happened.unmappedShared,
    batched: happened.batched,
    others: happened.others,
    designs: replay.runs.map((run) => answerOf(run, survey)),
    assumptions: assumptionsOf(survey, replay.runs),
  };
}

function baseOf(survey: Survey, where: string): bigint {
  const lacks = needed.filter((probe) => !survey.seen.has(probe));
  const { base } = survey;
  if (lacks.length === 0 && base.found !== undefined) return base.found.base;
  const what =
    lacks.length > 0
      ? `no ${lacks.map((probe) => `${probe} (${probes[probe].stands})`).join(', ')}`
      : `vmemmap_base cannot be learned: ${base.found === undefined ? base.why : ''}`;
  throw new Problem('LUF-E204', `what reclaim did is not recorded: ${what}`, {
    where,
    hint: 'record it with: lufcheck record --print --profile full',
  });
}

function answerOf(run: DesignRun, survey: Survey): WhatIfDesign {
  const { tally, design } = run;
  const places = [...tally.places].map(([place, count]): WhatIfPlace => {
    const isPoint = design.points.some((one) => one === place || one.startsWith(`${place}@`));
    return { place, isPoint, ...count };
  });
  places.sort((a, b) => b.ipis - a.ipis || b.flushes - a.flushes || (a.place < b.place ? -1 : 1));
  const sum = (pick: (one: WhatIfPlace) => number): number =>
    places.reduce((total, one) => total + pick(one), 0);
  const paying = sum((one) => one.flushes);
  return {
    design: design.id,
    says: design.says,
    flushes: paying,
    shootdowns: sum((one) => one.shootdowns),
    ipis: sum((one) => one.ipis),
    deferred: tally.debts,
    merged: Math.max(0, tally.debts - paying),
    places,
    carried: durations(tally.carried),
    held: durations(tally.held),
    mostCarried: tally.mostCarried,
    mostHeld: tally.mostHeld,
    left: tally.left,
    unseen: design.points.filter((point) => !isSeen(point, survey)),
  };
}

function durations(all: readonly number[]): Durations {
  const sorted = Float64Array.from(all).sort();
  const at = (n: number): number => sorted[n] ?? 0;
  return {
    count: sorted.length,
    median: at(Math.floor(sorted.length / 2)),
    longest: at(sorted.length - 1),
  };
}

/** By which probe the replay comes by a flush point; the points of other paths it does not see. */
const seenBy: Partial<Record<FlushPoint, readonly ProbeName[]>> = {
  try_to_unmap_flush: ['unmap_one'],
  'flush_tlb_batched_pending@zap_pte_range': ['batch_pending'],
  'flush_tlb_batched_pending@change_pte_range': ['batch_pending'],
  'flush_tlb_batched_pending@move_ptes': ['batch_pending'],
  prep_new_page: ['mm_page_alloc'],
  luf_takeoff: ['mm_page_alloc'],
  get_page_from_freelist: ['mm_page_alloc'],
  file_end_write: ['perform_write'],
  mapping_write_begin: ['perform_write'],
  handle_mm_fault: ['fault'],
  tlb_end_vma: ['zap', 'rmap_add_file', 'rmap_add_new_anon'],
  do_mmap: ['rmap_add_file', 'rmap_add_new_anon'],
  pte_gen: ['rmap_add_file', 'rmap_add_new_anon'],
  set_pte: ['rmap_add_file', 'rmap_add_new_anon'],
};

function isSeen(point: FlushPoint, survey: Survey): boolean {
  return seenBy[point]?.some((probe) => survey.seen.has(probe)) === true;
}

function assumptionsOf(survey: Survey, runs: readonly DesignRun[]): string[] {
  const list = [
    'the designs are the ones that lufcheck check explores; each ran along the same recorded events, one at a time, and none of them changes what the workload does next',
    'an entry of a writable mapping counts as writable: which ones were read-only is not recorded, so that more may be deferred than is said here',
    'the folios that one task unmaps before it frees the first of them are one batch, and share what a design notes of it',
    'a frame goes to the per-CPU lists, where it keeps its key; debts that move to the zone (LUF v12) are not replayed',
    'only reclaim is replayed: what migration, memory failure and huge pages would defer is not',
    'lazy CPUs are interrupted like others, and no CPU is flushed by switching: the mask is what a flush asks for',
    'each file is one, whatever page of it is written; each address space too',
  ];
  if (survey.seen.get('rmap_del')?.fields.has('cpus') !== true) {
    list.push(
      'the recording has no CPU masks: nothing of what reclaim unmaps counts as used by any CPU',
    );
  }
  if (survey.seen.get('perform_write')?.fields.has('mapping') !== true) {
    list.push(
      'the recording does not name the file of a write: each counts as one to every file that was unmapped from lazily',
    );
  }
  if (!survey.seen.has('fault')) {
    list.push('write faults are not recorded: nothing is paid at them');
  }
  const stuck = runs.filter((run) => run.stuck > 0).map(({ design }) => design.id);
  if (stuck.length > 0) list.push(`a step had to be passed over in ${stuck.join(', ')}`);
  return list;
}
