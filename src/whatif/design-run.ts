// One design, run along a recording: its hooks (src/kernel/designs), at the places where the paths of
// the modelled kernel call them, in the executor that takes state of any size. What it does is counted
// by the events that its own text emits; nothing here knows how a design works.

import { buildKernel, type CancelPoint, type Design, type Kernel } from '../kernel/kernel.ts';
import { set_pending_or_flush } from '../kernel/paths/unmap-flush.ts';
import { boundId, localRef, me, some, theId } from '../lang/expr.ts';
import type { Bound, Local, Node } from '../lang/nodes.ts';
import { block, type Codes, step } from '../lang/program.ts';
import { bool, maybe } from '../lang/sorts.ts';
import { cellOf, Executor, type Listener } from './executor.ts';
import { EMPTY, type Value } from './sparse-state.ts';
import { Tally } from './tally.ts';

/** LUF v12 has as many keys. */
const KEYS = 65_535;

/** An entry that reclaim has emptied. */
export interface Emptied {
  readonly mm: number;
  readonly va: number;
  readonly frame: number;
  readonly writable: boolean;
  /** The file behind it, if any. */
  readonly file: number | null;
}

function bound<N extends string>(of: N): Bound & { of: N } {
  return { name: of, of };
}

export class DesignRun {
  readonly design: Design;
  readonly tally = new Tally();
  readonly #kernel: Kernel;
  readonly #executor: Executor;
  readonly #mm = bound('mm');
  readonly #va = bound('va');
  readonly #frame = bound('frame');
  readonly #slot = bound('slot');
  readonly #writable: Local & { sort: typeof bool } = { name: 'writable', sort: bool };
  readonly #file = { name: 'file', sort: maybe('slot') } as const;
  readonly #later = { name: 'defer', sort: bool } as const;
  readonly #prepared = new Map<string, () => void>();
  /** CPUs flushed by each call that is on its way. */
  readonly #calls: Set<number>[] = [];
  /** What the running hook has done so far. */
  #flushes: ReadonlySet<number>[] = [];
  #paid: string | undefined;
  #now = 0;
  #cpu = 0;

  constructor(design: Design, cpus: number) {
    this.design = design;
    const world = { cpus, mms: 1, vas: 1, frames: 1, slots: 1, keys: KEYS };
    this.#kernel = buildKernel(world, { design });
    this.#executor = new Executor({ cpu: cpus, key: KEYS, way: 2 }, this.#listener());
  }

  get stuck(): number {
    return this.#executor.stuck;
  }

  /** Who acts from here on: when, on which CPU, which thread. */
  at(now: number, cpu: number, thread: number): void {
    this.#now = now;
    this.#cpu = cpu;
    this.#executor.thread = thread;
    this.#set(this.#kernel.cpuOf(me).node, [thread], cpu);
  }

  /** `try_to_unmap` of one folio begins. */
  unmapStarts(): void {
    this.#run('try_to_unmap', () => [this.#kernel.hooks.try_to_unmap_start()]);
  }

  /** In `try_to_unmap_one`: an entry was emptied; `cpus`: the mask of its mm at that moment. */
  empties(entry: Emptied, cpus: ReadonlySet<number>): void {
    const k = this.#kernel;
    this.#set(k.mmCpumask(theId('mm', 0)).node, [entry.mm], cpus);
    this.#bind({ mm: entry.mm, va: entry.va, frame: entry.frame });
    this.#executor.assign(this.#writable, entry.writable ? 1 : 0);
    this.#executor.assign(this.#file, entry.file);
    this.#run('try_to_unmap_one', () => {
      const writable = localRef(this.#writable);
      return set_pending_or_flush(
        k,
        {
          mm: boundId(this.#mm),
          va: boundId(this.#va),
          folio: boundId(this.#frame),
          writable,
          dirty: writable,
          slot: localRef(this.#file),
        },
        localRef(this.#later),
      );
    });
  }

  unmapEnds(): void {
    this.#run('try_to_unmap', () => [this.#kernel.hooks.try_to_unmap_end()], 'end');
  }

  /**
   * The end of `shrink_folio_list`: the folios of a batch go free. A design may treat apart what it
   * may defer; what it notes of the first of each kind it notes of all of them.
   */
  frees(frames: readonly number[], mayDefer: ReadonlySet<number>): void {
    const groups = [
      frames.filter((one) => mayDefer.has(one)),
      frames.filter((one) => !mayDefer.has(one)),
    ];
    groups.forEach((group, n) => {
      const [first] = group;
      if (first === undefined) return;
      if (this.#canLuf !== undefined)
        this.#set(this.#canLuf, [this.#executor.thread], n === 0 ? 1 : 0);
      const before = this.tally.debts;
      this.#bind({ frame: first });
      this.#run('shrink_folio_list', () => [
        this.#kernel.hooks.free_reclaimed(boundId(this.#frame)),
      ]);
      const isFree = this.tally.frees(first);
      for (const frame of group) {
        if (frame !== first) this.#copyNotes(first, frame);
        if (!isFree) this.tally.hold(frame, this.#now);
        else if (this.tally.debts > before) this.tally.tag(frame, this.#now);
      }
    });
  }

  /** Whether what this thread has unmapped since `unmapStarts` may be deferred; designs without a say: yes. */
  mayDefer(): boolean {
    const cell = this.#canLuf;
    if (cell === undefined) return true;
    return this.#executor.state.get(cellOf(cell), [this.#executor.thread]) === 1;
  }

  /** The allocator hands out a frame that this design once freed. */
  allocates(frame: number): void {
    if (!this.tally.knows(frame)) return;
    this.#bind({ frame });
    if (this.tally.isHeld(frame)) {
      this.#run('get_page_from_freelist', () => [this.#kernel.hooks.get_page_from_freelist()]);
      this.tally.release(frame, this.#now);
    }
    this.#run('rmqueue', () => [
      step('rmqueue', this.#kernel.hooks.rmqueue(boundId(this.#frame), 'rmqueue')),
      this.#kernel.hooks.prep_new_page(boundId(this.#frame), 'rmqueue'),
    ]);
    this.tally.reused(frame, this.#now);
  }

  /** A point of the kernel at which LUF cancels what it deferred. */
  cancels(
    point: CancelPoint,
    { mm, file }: { readonly mm?: number; readonly file?: number },
  ): void {
    this.#bind({
      ...(mm === undefined ? {} : { mm }),
      ...(file === undefined ? {} : { slot: file }),
    });
    const scope = {
      ...(mm === undefined ? {} : { mm: boundId(this.#mm) }),
      ...(file === undefined ? {} : { file: some(boundId(this.#slot)) }),
    };
    this.#run(point, () => [this.#kernel.hooks.cancel(point, scope)], Object.keys(scope).join());
  }

  /** Whoever looks at page tables asks whether a batch is pending. */
  batchedPending(mm: number): void {
    this.#bind({ mm });
    this.#run('flush_tlb_batched_pending', () => [
      this.#kernel.hooks.flush_tlb_batched_pending(boundId(this.#mm), 'zap_pte_range'),
    ]);
  }

  /** An entry is about to be set. */
  setsEntry(mm: number, va: number): void {
    this.#bind({ mm, va });
    this.#run('set_pte', () => [
      this.#kernel.hooks.before_pte_change(boundId(this.#mm), boundId(this.#va)),
    ]);
  }

  #listener(): Listener {
    return {
      enter: () => {
        this.#calls.push(new Set());
      },
      leave: () => {
        const cpus = this.#calls.pop();
        if (cpus !== undefined && cpus.size > 0) this.#flushes.push(cpus);
      },
      event: (name, fields) => {
        if (name === 'tlb.flush') {
          const cpus = (fields.cpus ?? EMPTY) as ReadonlySet<number>;
          const call = this.#calls[this.#calls.length - 1];
          for (const cpu of cpus) call?.add(cpu);
        } else if (name === 'debt.record') {
          if (((fields.cpus ?? EMPTY) as ReadonlySet<number>).size > 0) this.tally.debt();
        } else if (name === 'debt.pay') {
          this.#paid ??= String(fields.point);
        } else if (name === 'frame.free') {
          this.tally.freed(fields.frame as number, this.#now);
        }
      },
    };
  }

  #run(label: string, codes: () => Codes, variant = ''): void {
    const key = `${label} ${variant}`;
    let run = this.#prepared.get(key);
    if (run === undefined) {
      run = this.#executor.prepare(block(label, ...codes()));
      this.#prepared.set(key, run);
    }
    this.#flushes = [];
    this.#paid = undefined;
    run();
    for (const cpus of this.#flushes) {
      const others = cpus.size - (cpus.has(this.#cpu) ? 1 : 0);
      this.tally.flush(this.#paid ?? label, others);
    }
  }

  #bind(ids: { mm?: number; va?: number; frame?: number; slot?: number }): void {
    if (ids.mm !== undefined) this.#executor.bind(this.#mm, ids.mm);
    if (ids.va !== undefined) this.#executor.bind(this.#va, ids.va);
    if (ids.frame !== undefined) this.#executor.bind(this.#frame, ids.frame);
    if (ids.slot !== undefined) this.#executor.bind(this.#slot, ids.slot);
  }

  #set(node: Node, index: readonly number[], value: Value): void {
    this.#executor.state.set(cellOf(node), index, value);
  }

  /** `can_luf` of the task, in designs that have it. */
  get #canLuf(): Node | undefined {
    const cell = this.#kernel.declarations.cells.find(({ name }) => name.endsWith('.can_luf'));
    return cell === undefined ? undefined : { op: 'cell', cell, index: [] };
  }

  #copyNotes(from: number, to: number): void {
    const { state } = this.#executor;
    for (const cell of this.#kernel.declarations.cells) {
      if (cell.owner !== 'design' || cell.index.length !== 1 || cell.index[0] !== 'frame') continue;
      state.set(cell, [to], state.get(cell, [from]));
    }
  }
}
