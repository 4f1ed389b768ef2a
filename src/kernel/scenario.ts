// From a scenario to a model: the world with its mappings, the threads pinned to CPUs, the hardware
// and whoever watches.

import { Problem } from '../base/problem.ts';
import { emptySet, theId } from '../lang/expr.ts';
import type { ModelText } from '../lang/machine.ts';
import type { Code, Stmt } from '../lang/nodes.ts';
import type { Observer } from '../lang/observer.ts';
import { flatStmts, type Stmts } from '../lang/program.ts';
import { bool } from '../lang/sorts.ts';
import { type TruthWorld, truth } from '../rules/truth/truth.ts';
import { hardware } from './hardware.ts';
import { buildKernel, type DesignChoice, type Kernel } from './kernel.ts';
import { invalidationCompletes } from './paths/iommu.ts';
import { contentInit } from './state.ts';
import type { UserKernel } from './user-kernel.ts';
import { type Witness, witnessing } from './witness.ts';
import { sizesOf, type World } from './world.ts';

/** A page of address space at the start. */
export interface VmaSetup {
  readonly mm: number;
  readonly va: number;
  /** The file page mapped; left out for anonymous memory. */
  readonly file?: number;
  readonly writable: boolean;
  readonly shared: boolean;
  /** Registered with userfaultfd for write-protect faults. */
  readonly uffd?: boolean;
  /** Anonymous memory that is there at the start: its frame. */
  readonly frame?: number;
  /** Somebody holds a reference to that frame, all the time. */
  readonly referenced?: boolean;
  /** The page-table entry is there already, with this right (needs the page to be there). */
  readonly present?: 'read-only' | 'writable' | 'writable and dirty';
}

export interface Setup {
  readonly vmas: readonly VmaSetup[];
  /** Frame that holds each file page at the start; null for one that is on disk only. */
  readonly cached: readonly (number | null)[];
  /** The address space loaded on each CPU; null on a CPU that runs kernel threads only. */
  readonly loaded: readonly (number | null)[];
  /** The user thread that each CPU runs, by name, in a world where CPUs switch; null for a kernel thread. */
  readonly running?: readonly (string | null)[];
  /** The CPUs that are devices, in a world that has some: they are in no mm_cpumask. */
  readonly devices?: readonly number[];
  /** The virtual CPUs or devices behind the second MMU, in a world that has one. */
  readonly behindSecondMmu?: readonly number[];
  /** The frame of each mm's page table, in a world where page tables are pages. */
  readonly tables?: readonly number[];
  /** Addresses that the second MMU maps already, writable, to the frame that is there. */
  readonly secondMapped?: readonly { readonly mm: number; readonly va: number }[];
  /** The huge page, in a world that has one: if it is mapped, its frames are given in `vmas` too. */
  readonly huge?: HugeSetup;
}

/** The huge page of a world that has one. */
export interface HugeSetup {
  /** Its frames, one for each page of address space. */
  readonly frames: readonly number[];
  /** The address spaces that it is mapped in at the start, each with the right it has there. */
  readonly mapped?: readonly {
    readonly mm: number;
    readonly as: 'read-only' | 'writable' | 'writable and dirty';
  }[];
}

export interface ThreadSetup {
  readonly name: string;
  /** The CPU it is pinned to. */
  readonly cpu: number;
  readonly code: (k: UserKernel) => readonly Code[];
}

export interface ModelRequest {
  readonly world: World;
  readonly setup: Setup;
  readonly threads: readonly ThreadSetup[];
  readonly design: DesignChoice;
  /** What must come about in some interleaving. */
  readonly reaches?: readonly Witness[];
  /** Rules that watch besides truth. */
  readonly rules?: readonly Observer[];
}

export function buildModel(request: ModelRequest): ModelText {
  const { world, setup, threads, reaches = [] } = request;
  const kernel = buildKernel(world, request.design);
  const k: UserKernel = {
    ...kernel,
    told: kernel.declarations.column('told', ['thread'], bool),
    thread: (name) => {
      const n = threads.findIndex((one) => one.name === name);
      if (n < 0) throw new Error(`no thread '${name}' in this scenario`);
      return theId('thread', n);
    },
  };
  return {
    sizes: sizesOf(world, threads.length),
    declarations: kernel.declarations,
    init: [
      ...initialState(k, setup),
      ...pinned(k, threads),
      ...cpusAtStart(k, setup),
      ...hugeAtStart(k, setup),
    ],
    threads: threads.map(({ name, code }) => ({ name, code: code(knownOnly(k)) })),
    ambient: [
      ...hardware(k),
      ...(k.second === undefined ? [] : [invalidationCompletes(k, k.second)]),
      ...k.hooks.ambient,
    ],
    observers: [
      truth(truthWorld(k, setup)),
      ...(reaches.length === 0 ? [] : [witnessing(k, reaches)]),
      ...(request.rules ?? []),
    ],
  };
}

function pinned(k: Kernel, threads: readonly ThreadSetup[]): Stmt[] {
  return threads.map(({ cpu }, t) => k.cpuOf(theId('thread', t)).set(theId('cpu', cpu)));
}

function initialState(k: Kernel, setup: Setup): Stmt[] {
  const stmts: Stmts[] = [contentInit(k)];
  let free = emptySet('frame');
  for (let f = 0; f < k.world.frames; f++) {
    const anon = setup.vmas.some((one) => one.frame === f);
    const table = setup.tables?.includes(f) === true;
    if (!setup.cached.includes(f) && !anon && !table) free = free.with(theId('frame', f));
  }
  stmts.push([k.free.set(free)]);
  (setup.tables ?? []).forEach((f, m) => {
    if (k.tables === undefined) throw new Error('page tables are no pages in this world');
    stmts.push([k.tables.table(theId('mm', m)).set(theId('frame', f))]);
  });
  setup.cached.forEach((f, s) => {
    if (f === null) return;
    const [slot, frame] = [theId('slot', s), theId('frame', f)];
    stmts.push([k.cache(slot).set(frame), k.folio(frame).mapping.set(theId('content', s))]);
  });
  setup.loaded.forEach((m, c) => {
    if (m === null) return;
    const [cpu, mm] = [theId('cpu', c), theId('mm', m)];
    stmts.push([k.loaded(cpu).set(mm)]);
    const other =
      setup.devices?.includes(c) === true || setup.behindSecondMmu?.includes(c) === true;
    if (!other) stmts.push([k.mmCpumask(mm).add(cpu.only())]);
  });
  for (const one of setup.vmas) {
    const [mm, va] = [theId('mm', one.mm), theId('va', one.va)];
    const vma = k.vma(mm, va);
    stmts.push([
      vma.mapped.set(true),
      one.file === undefined ? [] : [vma.file.set(theId('slot', one.file))],
      vma.shared.set(one.shared),
      vma.writable.set(one.writable),
      vma.uffd.set(one.uffd === true),
    ]);
    if (one.frame !== undefined) {
      const folio = k.folio(theId('frame', one.frame));
      stmts.push([
        folio.mapping.set(k.anonOf(mm, va)),
        one.referenced === true ? folio.refs.set(1) : [],
      ]);
    }
    if (one.present === undefined) continue;
    const frame = (one.file === undefined ? one.frame : setup.cached[one.file]) ?? null;
    if (frame === null) throw new Error('only a page that is there can be present at the start');
    stmts.push([
      k.pte(mm, va).frame.set(theId('frame', frame)),
      k.pte(mm, va).writable.set(one.present !== 'read-only'),
      k.pteDirty(mm, va).bit.set(one.present === 'writable and dirty'),
    ]);
  }
  return flatStmts(stmts);
}

function hugeAtStart({ huge }: Kernel, setup: Setup): Stmt[] {
  if (huge === undefined) return [];
  const { frames = [], mapped = [] } = setup.huge ?? {};
  return [
    ...frames.map((frame, va) => huge.part(theId('va', va)).set(theId('frame', frame))),
    ...mapped.flatMap((one) => {
      const mm = theId('mm', one.mm);
      return [
        huge.pmd(mm).huge.set(true),
        huge.pmd(mm).writable.set(one.as !== 'read-only'),
        huge.pmdDirty(mm).bit.set(one.as === 'writable and dirty'),
      ];
    }),
  ];
}

/** Devices, and what the CPUs run: each has its address space under its first ASID, up to date. */
function cpusAtStart(k: UserKernel, setup: Setup): Stmt[] {
  const stmts: Stmts[] = [];
  for (const c of setup.devices ?? []) {
    if (k.devices === undefined) throw new Error('this world has no devices');
    stmts.push([k.devices.add(theId('cpu', c).only())]);
  }
  stmts.push(secondAtStart(k, setup));
  const { switching } = k;
  if (switching === undefined) return flatStmts(stmts);
  setup.loaded.forEach((m, c) => {
    if (m === null) return;
    const [cpu, asid] = [theId('cpu', c), theId('asid', 0)];
    stmts.push([switching.ctx(cpu, asid).mm.set(theId('mm', m))]);
  });
  (setup.running ?? []).forEach((name, c) => {
    const cpu = theId('cpu', c);
    if (name !== null) stmts.push([switching.curr(cpu).set(k.thread(name))]);
    else if (setup.loaded[c] !== null) stmts.push([switching.tlbstate(cpu).is_lazy.set(true)]);
  });
  return flatStmts(stmts);
}

function secondAtStart(k: UserKernel, setup: Setup): Stmts {
  const { second } = k;
  if (second === undefined) return [];
  const users = (setup.behindSecondMmu ?? []).map((c) => second.users.add(theId('cpu', c).only()));
  const entries = (setup.secondMapped ?? []).map(({ mm, va }): Stmts => {
    const frame = setup.vmas.find((one) => one.mm === mm && one.va === va)?.frame;
    if (frame === undefined)
      throw new Error('only memory that is there can be mapped at the start');
    const pte = second.pte(theId('mm', mm), theId('va', va));
    return [pte.frame.set(theId('frame', frame)), pte.writable.set(true)];
  });
  return [users, entries];
}

function truthWorld(k: Kernel, setup: Setup): TruthWorld {
  return {
    versions: k.world.versions ?? 3,
    ...(setup.tables === undefined ? {} : { tables: setup.tables.map((f) => theId('frame', f)) }),
    contentOf: k.contentOf,
    anonOf: k.anonOf,
    mapped: setup.vmas.map((one) => {
      const [mm, va] = [theId('mm', one.mm), theId('va', one.va)];
      return {
        mm,
        va,
        content: one.file === undefined ? k.anonOf(mm, va) : k.contentOf(theId('slot', one.file)),
        writable: one.writable,
        shared: one.shared,
      };
    }),
    cached: [
      ...setup.cached.flatMap((f, s) =>
        f === null ? [] : [{ frame: theId('frame', f), content: k.contentOf(theId('slot', s)) }],
      ),
      ...setup.vmas.flatMap((one) =>
        one.frame === undefined
          ? []
          : [
              {
                frame: theId('frame', one.frame),
                content: k.anonOf(theId('mm', one.mm), theId('va', one.va)),
              },
            ],
      ),
    ],
  };
}

/** A kernel that answers only for what it has, so that a slip in a user's file is named. */
function knownOnly(k: UserKernel): UserKernel {
  return new Proxy(k, {
    get: (target, key, receiver) => {
      if (typeof key === 'string' && !(key in target)) {
        throw new Problem('LUF-E001', `the modelled kernel has no '${key}'`, {
          hint: `it has: ${Object.keys(target).sort().join(', ')}`,
        });
      }
      return Reflect.get(target, key, receiver);
    },
  });
}
