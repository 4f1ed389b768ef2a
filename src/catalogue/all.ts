// The catalogue, in the order in which it is listed.

import { arm64BatchDsb, lufArm64 } from './arm64.ts';
import { asidReuse } from './asid-reuse.ts';
import { atomicAlloc } from './atomic-alloc.ts';
import { batchVsMprotect, batchVsMunmap } from './batch-vs-mprotect.ts';
import { blockDevice } from './block-device.ts';
import { buddySplit, buddyTag } from './buddy-blocks.ts';
import { collapseBesideMigration } from './collapse-beside-migration.ts';
import { collapsePinned } from './collapse-pinned.ts';
import { comesToPass } from './comes-to-pass.ts';
import { cutEverywhere, cutInTmpfs } from './cut-everywhere.ts';
import { debtOfAFile } from './debt-of-a-file.ts';
import { debtVsTwoFlushes } from './debt-vs-two-flushes.ts';
import { debtsOutOfOrder } from './debts-out-of-order.ts';
import {
  collectBesideMigration,
  deviceCollect,
  hugetlbReused,
  hugetlbUnshare,
} from './device-collect.ts';
import { deviceHinting } from './device-hinting.ts';
import { deviceStore } from './device-store.ts';
import { gpuIgnoresFlush, iommuMapOver, iommuTimeout } from './device-tables.ts';
import { directWrite } from './direct-write.ts';
import { dirtyWriteout } from './dirty-writeout.ts';
import { dontneedStore } from './dontneed-store.ts';
import { dyingMm } from './dying-mm.ts';
import { evictedInUse } from './evicted-in-use.ts';
import { faultRace } from './fault-race.ts';
import { forkFlush } from './fork.ts';
import { forkBesideHinting, forkBesideMigration } from './fork-beside.ts';
import { forkTwoPages, forkWhileStoring } from './fork-while-storing.ts';
import { framesComeBack } from './frames-come-back.ts';
import { freeBeforeFlush } from './free-before-flush.ts';
import { freeListExits } from './free-list-exits.ts';
import { fuseInvalidate, writtenAndInvalidated } from './fuse-invalidate.ts';
import { generationOvertakes } from './generation-overtakes.ts';
import { gpuEviction } from './gpu-eviction.ts';
import { holePunch, tmpfsHolePunch } from './hole-punch.ts';
import { hugeFromDebts } from './huge-from-debts.ts';
import { interruptedAlloc } from './interrupted-alloc.ts';
import { iomapWrite, refault } from './iomap-write.ts';
import { keptFolio } from './kept-folio.ts';
import { ksmMerge, lufKsm } from './ksm.ts';
import { kvmFlushAfterLock, kvmFlushLost, kvmRetry } from './kvm-notifier.ts';
import { latrAddress, latrFrame } from './latr.ts';
import { asidReplaced, s390LazyFlush } from './lazy-flush.ts';
import { lazyTlb } from './lazy-tlb.ts';
import { cleanEntry, lufWindow, upgrade } from './legitimate.ts';
import { lufBuddy } from './luf-buddy.ts';
import { lufCollapse } from './luf-collapse.ts';
import { lufDebtVsFlush, lufTwoPayers } from './luf-debt-races.ts';
import { lufKept } from './luf-kept.ts';
import { lufLazy, lufLazyStore, lufPcid } from './luf-lazy.ts';
import {
  lufMemoryFailure,
  lufMigrateMprotect,
  lufMigrateWrite,
  lufPcreplace,
} from './luf-migrate.ts';
import { lufMigrateProtect } from './luf-migrate-protect.ts';
import { lufMunmap } from './luf-munmap.ts';
import { lufPageout } from './luf-pageout.ts';
import { lufReplacepage } from './luf-replacepage.ts';
import { lufRwalias } from './luf-rwalias.ts';
import { lufDontneed, lufSwapProtect, lufSwapWrite, swapWriteout } from './luf-swap.ts';
import { lufFlushRequired, lufFoldRace } from './luf-v12-debt.ts';
import { lufWrite2 } from './luf-write2.ts';
import { batchVsMadvise, madviseFree, parallelFree } from './madvise-free.ts';
import {
  dirtyWhileArmed,
  dirtyWhileCollected,
  dirtyWhileMoved,
  dirtyWhileRemapped,
  pinnedWhileCleaned,
} from './marked-dirty.ts';
import { mergedWhilePinned } from './merged-while-pinned.ts';
import { migrateWritable } from './migrate-writable.ts';
import { mkclean, zapVsMkclean } from './mkclean.ts';
import { movedAndTaken, movedBesideFlush } from './moved-and-taken.ts';
import { mremapDirty, mremapFrame, mremapPending } from './mremap.ts';
import { nestedZap } from './nested-zap.ts';
import { nfsChangedAgain, nfsLock, nfsRead } from './nfs.ts';
import { numaUnflushed, pendingFlag } from './numa.ts';
import {
  lazyHotplug,
  tableFallback,
  tableFlushedAtAddress,
  tableFlushedWhole,
  tableLazyCpu,
  tableLeafFlush,
  tableOneUser,
} from './page-tables.ts';
import { oomReaper, parallelZap } from './parallel-zap.ts';
import { stealTime } from './paravirt.ts';
import { pendingAskedTwice } from './pending-asked-twice.ts';
import { pendingFlagLost } from './pending-flag-lost.ts';
import { privateCopiesStay } from './private-copies-stay.ts';
import { forkSwap, migrateDiscard } from './private-memory.ts';
import { privateStores } from './private-stores.ts';
import { promotion, promotionLegit, promotionMixed } from './promotion.ts';
import { reclaimWritable } from './reclaim-writable.ts';
import type { Scenario } from './scenario.ts';
import { secondaryTlb } from './secondary-tlb.ts';
import { loadedMmFilter, maskOrder } from './switch-vs-flush.ts';
import { collapseUnnotified, kernelTable, poolBeforeFlush } from './tables-elsewhere.ts';
import { collapseFlush, collapseGupFast, collapseRace } from './thp-collapse.ts';
import { invalidateDirty, splitReadOnly, splitWhole, zapHuge } from './thp-split.ts';
import { storeBesideTruncate, truncated, truncatedAndWritten } from './truncate.ts';
import { tsb } from './tsb.ts';
import {
  childStores,
  copyTold,
  migrateThenReclaim,
  munmapBesideMmap,
  tableUnmapped,
  twoCopies,
  twoDebts,
  twoFlushes,
  twoProcesses,
  twoReaders,
} from './two-of-a-kind.ts';
import { movedInSwapCache, twoSwapIns } from './two-swap-ins.ts';
import { softDirtyCopied, uffdWp } from './uffd-wp.ts';
import { writtenOutTwiceMapped } from './written-out-twice-mapped.ts';
import { staleStamp } from './xen-clock.ts';
import { zapVsInvalidate } from './zap-vs-invalidate.ts';

export const scenarios: readonly Scenario[] = [
  lufMunmap,
  lufWrite2,
  lufRwalias,
  truncated,
  truncatedAndWritten,
  holePunch,
  tmpfsHolePunch,
  fuseInvalidate,
  nfsLock,
  nfsRead,
  directWrite,
  iomapWrite,
  refault,
  blockDevice,
  deviceStore,
  mkclean,
  zapVsMkclean,
  keptFolio,
  lufBuddy,
  freeListExits,
  atomicAlloc,
  interruptedAlloc,
  lufReplacepage,
  batchVsMprotect,
  batchVsMunmap,
  batchVsMadvise,
  dirtyWriteout,
  reclaimWritable,
  faultRace,
  latrFrame,
  latrAddress,
  lufWindow,
  forkFlush,
  lufKept,
  lufSwapWrite,
  lufDontneed,
  lufPageout,
  swapWriteout,
  lufSwapProtect,
  parallelZap,
  parallelFree,
  madviseFree,
  nestedZap,
  deviceCollect,
  hugetlbUnshare,
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
  dontneedStore,
  upgrade,
  cleanEntry,
  storeBesideTruncate,
  lazyTlb,
  lufLazy,
  lufPcid,
  lufLazyStore,
  lufDebtVsFlush,
  lufTwoPayers,
  maskOrder,
  loadedMmFilter,
  asidReuse,
  dyingMm,
  arm64BatchDsb,
  lufArm64,
  secondaryTlb,
  lufFlushRequired,
  lufFoldRace,
  pendingFlagLost,
  freeBeforeFlush,
  deviceHinting,
  tsb,
  kvmFlushAfterLock,
  kvmFlushLost,
  kvmRetry,
  iommuTimeout,
  gpuIgnoresFlush,
  iommuMapOver,
  tableFallback,
  tableOneUser,
  tableLeafFlush,
  tableLazyCpu,
  lazyHotplug,
  s390LazyFlush,
  asidReplaced,
  staleStamp,
  poolBeforeFlush,
  kernelTable,
  collapseUnnotified,
  stealTime,
  gpuEviction,
  buddySplit,
  buddyTag,
  collapseFlush,
  collapseGupFast,
  invalidateDirty,
  zapHuge,
  promotion,
  promotionLegit,
  collapseRace,
  lufCollapse,
  twoDebts,
  twoCopies,
  childStores,
  migrateThenReclaim,
  munmapBesideMmap,
  tableUnmapped,
  copyTold,
  twoProcesses,
  twoReaders,
  twoFlushes,
  pendingAskedTwice,
  privateStores,
  twoSwapIns,
  movedInSwapCache,
  forkBesideMigration,
  forkBesideHinting,
  cutEverywhere,
  cutInTmpfs,
  dirtyWhileArmed,
  pinnedWhileCleaned,
  collapsePinned,
  dirtyWhileMoved,
  dirtyWhileCollected,
  hugetlbReused,
  hugeFromDebts,
  promotionMixed,
  splitReadOnly,
  tableFlushedWhole,
  tableFlushedAtAddress,
  collectBesideMigration,
  writtenAndInvalidated,
  framesComeBack,
  comesToPass,
  forkWhileStoring,
  forkTwoPages,
  privateCopiesStay,
  dirtyWhileRemapped,
  splitWhole,
  softDirtyCopied,
  nfsChangedAgain,
  evictedInUse,
  debtsOutOfOrder,
  zapVsInvalidate,
  movedAndTaken,
  movedBesideFlush,
  debtOfAFile,
  debtVsTwoFlushes,
  generationOvertakes,
  writtenOutTwiceMapped,
  collapseBesideMigration,
  mergedWhilePinned,
];
