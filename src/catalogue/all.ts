// The catalogue, in the order in which it is listed.

import { batchVsMprotect, batchVsMunmap } from './batch-vs-mprotect.ts';
import { dirtyWriteout } from './dirty-writeout.ts';
import { faultRace } from './fault-race.ts';
import { forkFlush } from './fork.ts';
import { ksmMerge, lufKsm } from './ksm.ts';
import { cleanEntry, lufWindow, upgrade } from './legitimate.ts';
import { lufBuddy } from './luf-buddy.ts';
import { lufKept } from './luf-kept.ts';
import {
  lufMemoryFailure,
  lufMigrateMprotect,
  lufMigrateWrite,
  lufPcreplace,
} from './luf-migrate.ts';
import { lufMigrateProtect } from './luf-migrate-protect.ts';
import { lufMunmap } from './luf-munmap.ts';
import { lufReplacepage } from './luf-replacepage.ts';
import { lufRwalias } from './luf-rwalias.ts';
import { lufDontneed, lufSwapProtect, lufSwapWrite, swapWriteout } from './luf-swap.ts';
import { lufWrite2 } from './luf-write2.ts';
import { migrateWritable } from './migrate-writable.ts';
import { mremapDirty, mremapFrame, mremapPending } from './mremap.ts';
import { numaUnflushed, pendingFlag } from './numa.ts';
import { oomReaper, parallelZap } from './parallel-zap.ts';
import { forkSwap, migrateDiscard } from './private-memory.ts';
import { reclaimWritable } from './reclaim-writable.ts';
import type { Scenario } from './scenario.ts';
import { uffdWp } from './uffd-wp.ts';

export const scenarios: readonly Scenario[] = [
  lufMunmap,
  lufWrite2,
  lufRwalias,
  lufBuddy,
  lufReplacepage,
  batchVsMprotect,
  batchVsMunmap,
  dirtyWriteout,
  reclaimWritable,
  faultRace,
  lufWindow,
  forkFlush,
  lufKept,
  lufSwapWrite,
  lufDontneed,
  swapWriteout,
  lufSwapProtect,
  parallelZap,
  oomReaper,
  pendingFlag,
  numaUnflushed,
  uffdWp,
  ksmMerge,
  lufKsm,
  mremapFrame,
  mremapDirty,
  mremapPending,
  migrateWritable,
  lufMigrateWrite,
  lufMigrateMprotect,
  lufMemoryFailure,
  lufPcreplace,
  ...lufMigrateProtect,
  forkSwap,
  migrateDiscard,
  upgrade,
  cleanEntry,
];
