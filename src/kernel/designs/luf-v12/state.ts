// What LUF v12 keeps: logical time, debts by key, by mm and by file, and the zone's generations.
// Generations count up from zero and do not wrap in the model.

import type { BoolRef, Id, IntRef, MaybeRef, SetRef } from '../../../lang/expr.ts';
import { bool, int, maybe, setOf } from '../../../lang/sorts.ts';
import type { KernelState } from '../../state.ts';
import type { LufTask } from '../luf-task.ts';
import { type BatchState, declareBatch } from '../mainline.ts';
import type { Luf12Options } from './options.ts';

/** `struct luf_batch`: CPUs in debt, and the newest time at which one of them got there. */
export interface LufBatch {
  readonly cpus: SetRef<'cpu'>;
  readonly ugen: IntRef;
}

interface Luf12Task extends LufTask {
  /** What pages taken off the free lists still owe. */
  readonly takeoff: SetRef<'cpu'>;
  readonly luf_ugen: IntRef;
  /** A stamp taken early, where the design is made to do so. */
  readonly early: IntRef;
  /** The zone generation this task has claimed, and the one it waits for; 0 is none. */
  readonly zone_ugen: IntRef;
  readonly wait_zone_ugen: IntRef;
  /** The key of what this task is migrating. */
  readonly migrate_key: MaybeRef<'key'>;
}

export interface Luf12State extends BatchState {
  readonly options: Luf12Options;
  readonly task: (t: Id<'thread'>) => Luf12Task;
  /** `luf_ugen`: the time of unmaps and flushes. */
  readonly luf_ugen: IntRef;
  readonly keyBatch: (key: Id<'key'>) => LufBatch;
  readonly mmBatch: (mm: Id<'mm'>) => LufBatch;
  readonly mappingBatch: (slot: Id<'slot'>) => LufBatch;
  /** Newest time at which a full flush of the CPU is known to have begun. */
  readonly ugen_done: (cpu: Id<'cpu'>) => IntRef;
  readonly zone: {
    readonly batch: SetRef<'cpu'>;
    readonly luf_ugen: IntRef;
    /** The open generation, less one, so that all state starts at zero. */
    readonly openLessOne: IntRef;
    readonly done: IntRef;
  };
  /** Where a free page is, and what it carries there. */
  readonly page: (frame: Id<'frame'>) => {
    readonly inPcp: BoolRef;
    readonly key: MaybeRef<'key'>;
    readonly zone_ugen: IntRef;
  };
}

export function declareLuf12(state: KernelState, options: Luf12Options): Luf12State {
  const k = declareBatch(state);
  const d = k.declarations;
  const ugen = int(k.world.ugens ?? 31);
  const generation = int(k.world.generations ?? 7);
  const batch = { cpus: setOf('cpu'), ugen };
  const zone = d.table('luf_zone', [], {
    batch: setOf('cpu'),
    luf_ugen: ugen,
    openLessOne: generation,
    done: generation,
  });
  return {
    ...k,
    options,
    task: d.table('luf_task', ['thread'], {
      ro: setOf('cpu'),
      roWritable: bool,
      luf: setOf('cpu'),
      lufWritable: bool,
      can_luf: bool,
      takeoff: setOf('cpu'),
      luf_ugen: ugen,
      early: ugen,
      zone_ugen: generation,
      wait_zone_ugen: generation,
      migrate_key: maybe('key'),
    }),
    luf_ugen: d.scalar('luf_ugen', ugen),
    keyBatch: d.table('luf_batch', ['key'], batch),
    mmBatch: d.table('mm_luf_batch', ['mm'], batch),
    mappingBatch: d.table('mapping_luf_batch', ['slot'], batch),
    ugen_done: d.column('ugen_done', ['cpu'], ugen),
    zone: zone(),
    page: d.table('luf_page', ['frame'], {
      inPcp: bool,
      key: maybe('key'),
      zone_ugen: generation,
    }),
  };
}
