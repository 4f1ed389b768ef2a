// How large a modelled machine is. Everything the explorer says holds for the world it was asked
// about, so every verdict prints it.

import type { Sizes } from '../lang/sorts.ts';

export interface World {
  readonly cpus: number;
  /** Address spaces. */
  readonly mms: number;
  /** Pages of address space in each. */
  readonly vas: number;
  /** Physical pages. */
  readonly frames: number;
  /** Pages of files; each stands for a file of its own. */
  readonly slots: number;
  /** Swap slots; none if left out. */
  readonly swaps?: number;
  /** Newest version a content can reach: how often it is written. */
  readonly versions?: number;
  /** Largest value of a design's generation counters. */
  readonly generations?: number;
  /** Largest value of LUF v12's logical time. */
  readonly ugens?: number;
  /** Keys under which LUF v12 keeps debts; the kernel has 65535. */
  readonly keys?: number;
  /** Debugging options of the modelled kernel. */
  readonly init_on_free?: boolean;
  /**
   * A store to a private page copies it whenever anybody holds a reference, as before Linux 5.19;
   * since then a page that is exclusive is reused.
   */
  readonly reuse_by_count?: boolean;
  /** Some range is registered with userfaultfd for write-protect faults. */
  readonly uffd?: boolean;
}

export function sizesOf(world: World, threads: number): Sizes {
  return {
    cpu: world.cpus,
    mm: world.mms,
    va: world.vas,
    frame: world.frames,
    slot: world.slots,
    swap: world.swaps ?? 0,
    content: world.slots + world.mms * world.vas,
    thread: threads,
    key: world.keys ?? 1,
    // For what the kernel may do either way, whatever the model knows.
    way: 2,
  };
}

/** `3 CPUs, 2 frames, 1 page of one file, ...`: the bound a verdict carries. */
export function describeWorld(world: World): string {
  const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
  return [
    count(world.cpus, 'CPU', 'CPUs'),
    count(world.mms, 'mm', 'mms'),
    count(world.vas, 'page of address space', 'pages of address space'),
    count(world.frames, 'frame', 'frames'),
    count(world.slots, 'file page', 'file pages'),
  ].join(', ');
}
