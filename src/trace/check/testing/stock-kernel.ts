// A little kernel that keeps its TLBs right, to record traces from: several CPUs, tasks and kernel
// threads, page faults, COW, munmap, batched reclaim, exits, migration between CPUs, lazy mode, mm
// pointers that are used again. It follows arch/x86/mm/tlb.c of 6.1 step by step and interleaves the
// steps at random, interrupts included. A fault can be planted; then its TLBs do go stale, and it
// counts what a user would have seen.

import type { MadeRecord } from './records.ts';
import {
  ANON_AT,
  anonFields,
  bits,
  cacheFields,
  FILE_AT,
  maskOf,
  pageOf,
  rmapFields,
} from './stock-fields.ts';
import { StockMachine } from './stock-machine.ts';
import {
  type Cpu,
  kernelThread,
  type Mm,
  newMm,
  PAGE,
  type Task,
  userTask,
  type Work,
} from './stock-parts.ts';

export type Plant = 'none' | 'skip-range' | 'skip-batch' | 'skip-clear-flush';

export interface StockKernelOptions {
  readonly seed: number;
  readonly cpus?: number;
  readonly steps?: number;
  readonly plant?: Plant;
}

const FILE_PAGES = 24;
const ANON_PAGES = 12;

export class StockKernel {
  /** Uses of a translation whose frame had a new owner. */
  staleUses = 0;
  readonly #machine: StockMachine;
  readonly #plant: Plant;
  readonly #tasks: Task[] = [];
  readonly #cache = new Map<number, number>();
  readonly #pins = new Map<number, number>();
  /** Slots whose folio is locked by reclaim, and those whose folio it has taken off the LRU lists. */
  readonly #locked = new Set<number>();
  readonly #isolated = new Set<number>();
  #pid = 100;

  constructor({ seed, cpus = 3, steps = 4000, plant = 'none' }: StockKernelOptions) {
    this.#plant = plant;
    this.#machine = new StockMachine(seed, cpus, plant === 'skip-range');
    for (const name of ['kworker/0:1', 'kcompactd0'])
      this.#tasks.push(kernelThread(this.#pid++, name));
    const kswapd = kernelThread(this.#pid++, 'kswapd0');
    this.#tasks.push(kswapd);
    this.#spawn();
    this.#spawn();
    for (let i = 0; i < steps; i++) this.#step();
  }

  get records(): MadeRecord[] {
    return this.#machine.records;
  }

  // --- who runs -----------------------------------------------------------------------------

  #step(): void {
    const cpu = this.#machine.cpus[this.#machine.pick(this.#machine.cpus.length)] as Cpu;
    const ipi = cpu.ipis[0];
    if (ipi !== undefined && this.#machine.chance(0.7)) {
      cpu.ipis.shift();
      this.#machine.handle(cpu, ipi);
      ipi.waiting--;
      return;
    }
    const { current } = cpu;
    if (current.work === undefined) {
      if (this.#machine.chance(0.25)) this.#schedule(cpu);
      else current.work = this.#choose(cpu, current);
      return;
    }
    const { done, value } = current.work.next();
    if (done === true) current.work = undefined;
    if (current.isDead || (value !== 'held' && this.#machine.chance(0.06))) this.#schedule(cpu);
  }

  #choose(cpu: Cpu, task: Task): Work | undefined {
    if (task.pid === 0) return undefined;
    if (task.mm === undefined)
      return task.name === 'kswapd0' ? this.#reclaim(cpu, task) : undefined;
    const dice = this.#machine.pick(100);
    if (dice < 62) return this.#use(task, this.#someVa());
    if (dice < 74) return this.#munmap(task);
    if (dice < 86) return this.#cow(task);
    if (dice < 90) return this.#reclaim(cpu, task);
    if (dice < 94) return this.#clone(task);
    return dice < 96 ? this.#exit(task) : undefined;
  }

  #schedule(cpu: Cpu): void {
    const ready = this.#tasks.filter((task) => task.cpu === undefined && !task.isDead);
    const prev = cpu.current;
    const dice = this.#machine.pick(ready.length + 1);
    const next = ready[dice] ?? (prev.pid === 0 ? prev : kernelThread(0, '<idle>'));
    if (next === prev) return;
    if (next.mm === undefined) cpu.lazy = true;
    else this.#machine.switchTo(cpu, next.mm, cpu.loaded.pointer);
    prev.cpu = undefined;
    next.cpu = cpu.id;
    cpu.current = next;
  }

  // --- what tasks do ---------------------------------------------------------------------------

  /** A user access: through the TLB, or a page fault. */
  *#use(task: Task, va: number): Work {
    const mm = task.mm as Mm;
    for (let again = this.#machine.pick(3); again >= 0; again--) {
      const cpu = this.#machine.on(task);
      const cached = cpu.tlb.get(va);
      if (cached !== undefined) {
        if (this.#machine.owner.get(cached.frame) !== cached.owner) this.staleUses++;
      } else {
        const pte = mm.ptes.get(va);
        if (pte === undefined) yield* this.#fault(task, mm, va);
        else cpu.tlb.set(va, { frame: pte.frame, owner: this.#machine.owner.get(pte.frame) ?? 0 });
      }
      yield 'free';
    }
  }

  *#fault(task: Task, mm: Mm, va: number): Work {
    if (va >= FILE_AT) {
      const slot = (va - FILE_AT) / PAGE;
      if (this.#locked.has(slot)) return;
      if (!this.#cache.has(slot)) {
        const frame = this.#machine.alloc(this.#machine.on(task));
        if (frame === undefined) return;
        yield 'free';
        if (this.#cache.has(slot)) {
          this.#machine.free(this.#machine.on(task), frame);
          return;
        }
        this.#cache.set(slot, frame);
        this.#machine.record(
          this.#machine.on(task),
          'mm_filemap_add_to_page_cache',
          cacheFields(slot, frame),
        );
        yield 'free';
      }
      yield* this.#machine.lock(mm);
      const frame = this.#cache.get(slot);
      if (frame !== undefined && !this.#locked.has(slot) && !mm.ptes.has(va)) {
        this.#machine.record(
          this.#machine.on(task),
          'rmap_add_file',
          rmapFields(mm, va, frame, slot),
        );
        yield 'held';
        mm.ptes.set(va, { frame, slot });
      }
      mm.locked = false;
      return;
    }
    const frame = this.#machine.alloc(this.#machine.on(task));
    if (frame === undefined) return;
    yield 'free';
    yield* this.#machine.lock(mm);
    if (mm.ptes.has(va)) this.#machine.free(this.#machine.on(task), frame);
    else {
      this.#machine.record(this.#machine.on(task), 'rmap_add_new_anon', anonFields(mm, va, frame));
      yield 'held';
      mm.ptes.set(va, { frame, slot: undefined });
    }
    mm.locked = false;
  }

  /** wp_page_copy: ptep_clear_flush, page_add_new_anon_rmap, page_remove_rmap. */
  *#cow(task: Task): Work {
    const mm = task.mm as Mm;
    const va = ANON_AT + this.#machine.pick(ANON_PAGES) * PAGE;
    const frame = this.#machine.alloc(this.#machine.on(task));
    if (frame === undefined) return;
    yield 'free';
    yield* this.#machine.lock(mm);
    const old = mm.ptes.get(va);
    if (old === undefined) {
      this.#machine.free(this.#machine.on(task), frame);
      mm.locked = false;
      return;
    }
    if (this.#plant !== 'skip-clear-flush') {
      this.#machine.record(this.#machine.on(task), 'clear_flush', { mm: mm.pointer, addr: va });
    }
    yield 'held';
    mm.ptes.delete(va);
    yield 'held';
    if (this.#plant !== 'skip-clear-flush')
      yield* this.#machine.flushRange(task, mm, va, va + PAGE);
    this.#machine.record(this.#machine.on(task), 'rmap_add_new_anon', anonFields(mm, va, frame));
    mm.ptes.set(va, { frame, slot: undefined });
    yield 'held';
    this.#machine.record(
      this.#machine.on(task),
      'rmap_del',
      rmapFields(mm, va, old.frame, old.slot, maskOf(mm)),
    );
    mm.locked = false;
    yield 'held';
    this.#machine.free(this.#machine.on(task), old.frame);
  }

  *#munmap(task: Task): Work {
    const mm = task.mm as Mm;
    const start = this.#someVa();
    const end = start + (1 + this.#machine.pick(6)) * PAGE;
    this.#machine.record(this.#machine.on(task), 'sys_enter_munmap', {
      addr: start,
      len: end - start,
    });
    yield 'free';
    yield* this.#zap(task, mm, start, end);
    this.#machine.record(this.#machine.on(task), 'sys_exit_munmap', { ret: 0 });
  }

  /** unmap_page_range, tlb_finish_mmu */
  *#zap(task: Task, mm: Mm, start: number, end: number, freedTables = false): Work {
    const gathered: number[] = [];
    const pinned: number[] = [];
    let isUnmapped = false;
    yield* this.#machine.lock(mm);
    for (const [va, pte] of [...mm.ptes]) {
      if (va < start || va >= end || mm.ptes.get(va) !== pte) continue;
      mm.ptes.delete(va);
      yield 'held';
      this.#machine.record(
        this.#machine.on(task),
        'rmap_del',
        rmapFields(mm, va, pte.frame, pte.slot, maskOf(mm)),
      );
      isUnmapped = true;
      if (pte.slot === undefined) gathered.push(pte.frame);
      else {
        // The gather keeps its reference, so that reclaim cannot free the page before the flush.
        pinned.push(pte.frame);
        this.#pins.set(pte.frame, (this.#pins.get(pte.frame) ?? 0) + 1);
      }
      yield 'held';
    }
    mm.locked = false;
    yield 'free';
    if (isUnmapped || freedTables) {
      yield* this.#machine.flushRange(
        task,
        mm,
        freedTables ? 0 : start,
        freedTables ? undefined : end,
        freedTables,
      );
    }
    for (const frame of pinned) this.#pins.set(frame, (this.#pins.get(frame) ?? 0) - 1);
    for (const frame of gathered) {
      this.#machine.free(this.#machine.on(task), frame);
      yield 'free';
    }
  }

  /** shrink_folio_list, by kswapd or a task: unmap lazily, flush the batch, free. */
  *#reclaim(_cpu: Cpu, task: Task): Work {
    const batch = new Set<number>();
    const freed: number[] = [];
    const isolated: number[] = [];
    const slots = [...this.#cache.keys()].slice(0, 1 + this.#machine.pick(6));
    for (const slot of slots) {
      const frame = this.#cache.get(slot);
      if (frame === undefined || this.#isolated.has(slot)) continue;
      const va = FILE_AT + slot * PAGE;
      const mms = new Set(this.#tasks.flatMap(({ mm }) => (mm === undefined ? [] : [mm])));
      // The folio lock keeps faults of other tasks off the page meanwhile.
      this.#locked.add(slot);
      this.#isolated.add(slot);
      isolated.push(slot);
      for (const mm of mms) {
        yield* this.#machine.lock(mm);
        if (mm.ptes.get(va)?.frame === frame) {
          const addr = va;
          const page = pageOf(frame);
          this.#machine.record(this.#machine.on(task), 'unmap_one', {
            folio: page,
            mm: mm.pointer,
            addr,
            ttu: 64,
          });
          yield 'held';
          mm.ptes.delete(va);
          yield 'held';
          mm.gen++;
          for (const id of mm.mask) batch.add(id);
          yield 'held';
          this.#machine.record(
            this.#machine.on(task),
            'rmap_del',
            rmapFields(mm, va, frame, slot, maskOf(mm)),
          );
          this.#machine.record(this.#machine.on(task), 'unmap_one_ret', { ret: 1 });
        }
        mm.locked = false;
        yield 'free';
      }
      this.#locked.delete(slot);
      // __remove_mapping(): where a gather still has a reference, the page stays.
      if ((this.#pins.get(frame) ?? 0) > 0) continue;
      this.#cache.delete(slot);
      this.#machine.record(
        this.#machine.on(task),
        'mm_filemap_delete_from_page_cache',
        cacheFields(slot, frame),
      );
      freed.push(frame);
      yield 'free';
    }
    if (batch.size > 0 && this.#plant !== 'skip-batch') {
      this.#machine.record(this.#machine.on(task), 'batch_flush', { cpus: bits(batch) });
      yield 'held';
      const from = this.#machine.on(task).id;
      const whole = { mm: undefined, start: 0, end: undefined, gen: 0, waiting: 0 };
      yield* this.#machine.shootdown(task, { ...whole, from, freedTables: false }, batch);
      this.#machine.record(this.#machine.on(task), 'batch_flush_ret', {});
    }
    // What stays goes back after the flush: nobody else can have reclaimed it before.
    for (const slot of isolated) this.#isolated.delete(slot);
    for (const frame of freed) {
      this.#machine.free(this.#machine.on(task), frame);
      yield 'free';
    }
  }

  *#clone(task: Task): Work {
    const mm = task.mm as Mm;
    if (this.#tasks.length < 9) {
      mm.users++;
      this.#tasks.push(userTask(this.#pid++, mm));
    }
    yield 'free';
  }

  /** do_exit: exit_mm makes the CPU lazy; the last user frees the address space. */
  *#exit(task: Task): Work {
    const mm = task.mm as Mm;
    if (this.#tasks.filter((one) => one.mm !== undefined).length < 2) return;
    this.#machine.on(task).lazy = true;
    task.mm = undefined;
    mm.users--;
    yield 'held';
    if (mm.users === 0) {
      // One full gather; a first, intermediate flush leaves lazy CPUs alone.
      yield* this.#zap(task, mm, 0, FILE_AT, false);
      yield* this.#zap(task, mm, 0, Number.POSITIVE_INFINITY, true);
    }
    const frame = this.#machine.alloc(this.#machine.on(task));
    yield 'free';
    if (frame !== undefined) this.#machine.free(this.#machine.on(task), frame);
    task.isDead = true;
    this.#tasks.splice(this.#tasks.indexOf(task), 1);
    if (mm.users === 0) {
      mm.isExited = true;
      this.#machine.reap(mm);
      this.#spawn();
    }
  }

  #spawn(): void {
    const pointer = this.#machine.pointers.pop();
    if (pointer === undefined) return;
    const mm = newMm(pointer);
    mm.users = 1;
    this.#tasks.push(userTask(this.#pid++, mm));
  }

  #someVa(): number {
    return this.#machine.chance(0.5)
      ? ANON_AT + this.#machine.pick(ANON_PAGES) * PAGE
      : FILE_AT + this.#machine.pick(FILE_PAGES) * PAGE;
  }
}
