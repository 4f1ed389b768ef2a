// A little kernel that keeps its TLBs right, to record traces from: several CPUs, tasks and kernel
// threads, page faults, COW, munmap, batched reclaim, exits, migration between CPUs, lazy mode, mm
// pointers that are used again. It follows arch/x86/mm/tlb.c of 6.1 step by step and interleaves the
// steps at random, interrupts included. A fault can be planted; then its TLBs do go stale, and it
// counts what a user would have seen.

import type { MadeRecord } from './records.ts';

export type Plant = 'none' | 'skip-range' | 'skip-batch' | 'skip-clear-flush';

export interface StockKernelOptions {
  readonly seed: number;
  readonly cpus?: number;
  readonly steps?: number;
  readonly plant?: Plant;
}

/** `held`: preemption is off until the next step. */
type Step = 'held' | 'free';
type Work = Generator<Step, void, void>;

interface Mm {
  readonly pointer: string;
  gen: number;
  readonly mask: Set<number>;
  readonly ptes: Map<number, Pte>;
  users: number;
  locked: boolean;
}
interface Pte {
  readonly frame: number;
  readonly slot: number | undefined;
}
interface Task {
  readonly pid: number;
  readonly name: string;
  mm: Mm | undefined;
  work: Work | undefined;
  isDead: boolean;
  cpu: number | undefined;
}
interface Flush {
  readonly mm: Mm | undefined;
  readonly start: number;
  readonly end: number | undefined;
  readonly gen: number;
  readonly from: number;
  waiting: number;
  readonly freedTables: boolean;
}
interface Cpu {
  readonly id: number;
  current: Task;
  loaded: Mm;
  lazy: boolean;
  gen: number;
  readonly tlb: Map<number, { frame: number; owner: number }>;
  readonly ipis: Flush[];
  readonly free: number[];
}

const PAGE = 4096;
const BASE = 0xffd4000000000000n;
const FILE_AT = 0x7f0000000000;
const ANON_AT = 0x10000000;
const FILE_PAGES = 24;
const ANON_PAGES = 12;
const FRAMES = 160;
const ALL = 'ffffffffffffffff';

export class StockKernel {
  readonly records: MadeRecord[] = [];
  /** Uses of a translation whose frame had a new owner. */
  staleUses = 0;
  readonly #plant: Plant;
  readonly #cpus: Cpu[];
  readonly #tasks: Task[] = [];
  readonly #init: Mm;
  readonly #pointers: string[] = [];
  readonly #cache = new Map<number, number>();
  /** How often each frame has been handed out. */
  readonly #owner = new Map<number, number>();
  readonly #pins = new Map<number, number>();
  #random: number;
  #clock = 1_000_000;
  #pid = 100;

  constructor({ seed, cpus = 3, steps = 4000, plant = 'none' }: StockKernelOptions) {
    this.#random = seed >>> 0 || 1;
    this.#plant = plant;
    this.#init = newMm('ffffffff82b5a740');
    for (let i = 0; i < 4; i++) this.#pointers.push(`ff11000003c5${i}000`);
    this.#cpus = Array.from({ length: cpus }, (_, id): Cpu => {
      const idle: Task = kernelThread(0, '<idle>');
      idle.cpu = id;
      const free: number[] = [];
      for (let frame = 0x2900 + id; frame < 0x2900 + FRAMES; frame += cpus) free.push(frame);
      return {
        id,
        current: idle,
        loaded: this.#init,
        lazy: true,
        gen: 0,
        tlb: new Map(),
        ipis: [],
        free,
      };
    });
    for (const name of ['kworker/0:1', 'kcompactd0'])
      this.#tasks.push(kernelThread(this.#pid++, name));
    const kswapd = kernelThread(this.#pid++, 'kswapd0');
    this.#tasks.push(kswapd);
    this.#spawn();
    this.#spawn();
    for (let i = 0; i < steps; i++) this.#step();
  }

  // --- the machine -----------------------------------------------------------------------------

  #step(): void {
    const cpu = this.#cpus[this.#pick(this.#cpus.length)] as Cpu;
    const ipi = cpu.ipis[0];
    if (ipi !== undefined && this.#chance(0.7)) {
      cpu.ipis.shift();
      this.#handle(cpu, ipi);
      ipi.waiting--;
      return;
    }
    const { current } = cpu;
    if (current.work === undefined) {
      if (this.#chance(0.25)) this.#schedule(cpu);
      else current.work = this.#choose(cpu, current);
      return;
    }
    const { done, value } = current.work.next();
    if (done === true) current.work = undefined;
    if (current.isDead || (value !== 'held' && this.#chance(0.06))) this.#schedule(cpu);
  }

  #choose(cpu: Cpu, task: Task): Work | undefined {
    if (task.pid === 0) return undefined;
    if (task.mm === undefined)
      return task.name === 'kswapd0' ? this.#reclaim(cpu, task) : undefined;
    const dice = this.#pick(100);
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
    const dice = this.#pick(ready.length + 1);
    const next = ready[dice] ?? (prev.pid === 0 ? prev : kernelThread(0, '<idle>'));
    if (next === prev) return;
    if (next.mm === undefined) cpu.lazy = true;
    else this.#switch(cpu, next.mm, cpu.loaded.pointer);
    prev.cpu = undefined;
    next.cpu = cpu.id;
    cpu.current = next;
  }

  /** switch_mm_irqs_off */
  #switch(cpu: Cpu, next: Mm, prev: string, isMissed = false): void {
    if (!isMissed) this.#record(cpu, 'switch_mm', { prev, next: next.pointer });
    const real = cpu.loaded;
    const wasLazy = cpu.lazy;
    cpu.lazy = false;
    if (real === next) {
      if (!wasLazy || next === this.#init || cpu.gen === next.gen) return;
    } else {
      real.mask.delete(cpu.id);
      if (next !== this.#init) next.mask.add(cpu.id);
      cpu.loaded = next;
      this.#reap(real);
    }
    cpu.gen = next.gen;
    cpu.tlb.clear();
    this.#record(cpu, 'tlb_flush', { reason: 0, pages: ALL });
  }

  /** flush_tlb_func */
  #handle(cpu: Cpu, flush: Flush): void {
    // An interrupt inside another probe's handler, whose record is before, passes over the probes
    // (kprobe_running()).
    const outer = this.records.findLast((record) => record.cpu === cpu.id)?.event ?? 'flush_func';
    const isMissed = flush.from !== cpu.id && outer !== 'flush_func' && this.#chance(0.1);
    if (!isMissed) {
      this.#record(cpu, 'flush_func', {
        mm: flush.mm?.pointer ?? '0',
        start: flush.start,
        end: flush.end ?? ALL,
        gen: flush.gen,
        from: flush.from,
      });
    }
    const isLocal = flush.from === cpu.id;
    if (!isLocal && flush.mm !== undefined && flush.mm !== cpu.loaded) return;
    if (cpu.loaded === this.#init) return;
    if (cpu.lazy) {
      this.#switch(cpu, this.#init, '0', isMissed);
      // The handler leaves the CPU with init_mm, still running a kernel thread.
      cpu.lazy = true;
      return;
    }
    if (flush.gen !== 0 && flush.gen <= cpu.gen) return;
    let pages: string | number = 0;
    if (cpu.gen !== cpu.loaded.gen) {
      const isNext = flush.gen === cpu.gen + 1 && flush.gen === cpu.loaded.gen;
      if (flush.end !== undefined && isNext) {
        pages = (flush.end - flush.start) / PAGE;
        for (let va = flush.start; va < flush.end; va += PAGE) cpu.tlb.delete(va);
      } else {
        pages = ALL;
        cpu.tlb.clear();
      }
      cpu.gen = cpu.loaded.gen;
    }
    const reason = isLocal ? (flush.mm === undefined ? 2 : 3) : 1;
    this.#record(cpu, 'tlb_flush', { reason, pages });
  }

  /** flush_tlb_multi and the local part; returns when every CPU has done it. */
  *#shootdown(task: Task, flush: Flush, mask: ReadonlySet<number>): Work {
    const here = this.#on(task);
    const others = [...mask].filter((id) => id !== here.id);
    if (others.length > 0) {
      this.#record(here, 'tlb_flush', { reason: 4, pages: ALL });
      for (const id of others) {
        const cpu = this.#cpus[id] as Cpu;
        if (cpu.lazy && !flush.freedTables) continue;
        flush.waiting++;
        cpu.ipis.push(flush);
      }
      if (mask.has(here.id) && (!here.lazy || flush.freedTables)) this.#handle(here, flush);
      while (flush.waiting > 0) yield 'held';
    } else if (mask.has(here.id) && (flush.mm === undefined || flush.mm === here.loaded)) {
      this.#handle(here, flush);
    }
  }

  /** flush_tlb_mm_range */
  *#flushRange(
    task: Task,
    mm: Mm,
    start: number,
    end: number | undefined,
    freedTables = false,
  ): Work {
    if (this.#plant === 'skip-range') return;
    const here = this.#on(task);
    const cpus = maskOf(mm);
    this.#record(here, 'flush_range', {
      mm: mm.pointer,
      start,
      end: end ?? ALL,
      stride: 12,
      freed: freedTables ? 1 : 0,
      cpus,
    });
    yield 'held';
    mm.gen++;
    const flush = { mm, start, end, gen: mm.gen, from: here.id, waiting: 0, freedTables };
    yield 'held';
    yield* this.#shootdown(task, flush, mm.mask);
    this.#record(this.#on(task), 'flush_range_ret', {});
  }

  // --- what tasks do ---------------------------------------------------------------------------

  /** A user access: through the TLB, or a page fault. */
  *#use(task: Task, va: number): Work {
    const mm = task.mm as Mm;
    for (let again = this.#pick(3); again >= 0; again--) {
      const cpu = this.#on(task);
      const cached = cpu.tlb.get(va);
      if (cached !== undefined) {
        if (this.#owner.get(cached.frame) !== cached.owner) this.staleUses++;
      } else {
        const pte = mm.ptes.get(va);
        if (pte === undefined) yield* this.#fault(task, mm, va);
        else cpu.tlb.set(va, { frame: pte.frame, owner: this.#owner.get(pte.frame) ?? 0 });
      }
      yield 'free';
    }
  }

  *#fault(task: Task, mm: Mm, va: number): Work {
    if (va >= FILE_AT) {
      const slot = (va - FILE_AT) / PAGE;
      if (!this.#cache.has(slot)) {
        const frame = this.#alloc(this.#on(task));
        if (frame === undefined) return;
        yield 'free';
        if (this.#cache.has(slot)) {
          this.#free(this.#on(task), frame);
          return;
        }
        this.#cache.set(slot, frame);
        this.#record(this.#on(task), 'mm_filemap_add_to_page_cache', cacheFields(slot, frame));
        yield 'free';
      }
      yield* this.#lock(mm);
      const frame = this.#cache.get(slot);
      if (frame !== undefined && !mm.ptes.has(va)) {
        this.#record(this.#on(task), 'rmap_add_file', rmapFields(mm, va, frame, slot));
        yield 'held';
        mm.ptes.set(va, { frame, slot });
      }
      mm.locked = false;
      return;
    }
    const frame = this.#alloc(this.#on(task));
    if (frame === undefined) return;
    yield 'free';
    yield* this.#lock(mm);
    if (mm.ptes.has(va)) this.#free(this.#on(task), frame);
    else {
      this.#record(this.#on(task), 'rmap_add_new_anon', anonFields(mm, va, frame));
      yield 'held';
      mm.ptes.set(va, { frame, slot: undefined });
    }
    mm.locked = false;
  }

  /** wp_page_copy: ptep_clear_flush, page_add_new_anon_rmap, page_remove_rmap. */
  *#cow(task: Task): Work {
    const mm = task.mm as Mm;
    const va = ANON_AT + this.#pick(ANON_PAGES) * PAGE;
    const frame = this.#alloc(this.#on(task));
    if (frame === undefined) return;
    yield 'free';
    yield* this.#lock(mm);
    const old = mm.ptes.get(va);
    if (old === undefined) {
      this.#free(this.#on(task), frame);
      mm.locked = false;
      return;
    }
    if (this.#plant !== 'skip-clear-flush') {
      this.#record(this.#on(task), 'clear_flush', { mm: mm.pointer, addr: va });
    }
    yield 'held';
    mm.ptes.delete(va);
    yield 'held';
    if (this.#plant !== 'skip-clear-flush') yield* this.#flushRange(task, mm, va, va + PAGE);
    this.#record(this.#on(task), 'rmap_add_new_anon', anonFields(mm, va, frame));
    mm.ptes.set(va, { frame, slot: undefined });
    yield 'held';
    this.#record(this.#on(task), 'rmap_del', rmapFields(mm, va, old.frame, old.slot, maskOf(mm)));
    mm.locked = false;
    yield 'held';
    this.#free(this.#on(task), old.frame);
  }

  *#munmap(task: Task): Work {
    const mm = task.mm as Mm;
    const start = this.#someVa();
    const end = start + (1 + this.#pick(6)) * PAGE;
    this.#record(this.#on(task), 'sys_enter_munmap', { addr: start, len: end - start });
    yield 'free';
    yield* this.#zap(task, mm, start, end);
    this.#record(this.#on(task), 'sys_exit_munmap', { ret: 0 });
  }

  /** unmap_page_range, tlb_finish_mmu */
  *#zap(task: Task, mm: Mm, start: number, end: number, freedTables = false): Work {
    const gathered: number[] = [];
    const pinned: number[] = [];
    let isUnmapped = false;
    yield* this.#lock(mm);
    for (const [va, pte] of [...mm.ptes]) {
      if (va < start || va >= end || mm.ptes.get(va) !== pte) continue;
      mm.ptes.delete(va);
      yield 'held';
      this.#record(this.#on(task), 'rmap_del', rmapFields(mm, va, pte.frame, pte.slot, maskOf(mm)));
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
      yield* this.#flushRange(
        task,
        mm,
        freedTables ? 0 : start,
        freedTables ? undefined : end,
        freedTables,
      );
    }
    for (const frame of pinned) this.#pins.set(frame, (this.#pins.get(frame) ?? 0) - 1);
    for (const frame of gathered) {
      this.#free(this.#on(task), frame);
      yield 'free';
    }
  }

  /** shrink_folio_list, by kswapd or a task: unmap lazily, flush the batch, free. */
  *#reclaim(_cpu: Cpu, task: Task): Work {
    const batch = new Set<number>();
    const freed: number[] = [];
    const slots = [...this.#cache.keys()].slice(0, 1 + this.#pick(6));
    for (const slot of slots) {
      const frame = this.#cache.get(slot);
      if (frame === undefined || (this.#pins.get(frame) ?? 0) > 0) continue;
      const va = FILE_AT + slot * PAGE;
      const mms = new Set(this.#tasks.flatMap(({ mm }) => (mm === undefined ? [] : [mm])));
      // The folio lock keeps faults of other tasks off the page meanwhile.
      this.#cache.delete(slot);
      for (const mm of mms) {
        yield* this.#lock(mm);
        if (mm.ptes.get(va)?.frame === frame) {
          const addr = va;
          const page = pageOf(frame);
          this.#record(this.#on(task), 'unmap_one', { folio: page, mm: mm.pointer, addr, ttu: 64 });
          yield 'held';
          mm.ptes.delete(va);
          yield 'held';
          mm.gen++;
          for (const id of mm.mask) batch.add(id);
          yield 'held';
          this.#record(this.#on(task), 'rmap_del', rmapFields(mm, va, frame, slot, maskOf(mm)));
          this.#record(this.#on(task), 'unmap_one_ret', { ret: 1 });
        }
        mm.locked = false;
        yield 'free';
      }
      this.#record(this.#on(task), 'mm_filemap_delete_from_page_cache', cacheFields(slot, frame));
      freed.push(frame);
      yield 'free';
    }
    if (batch.size > 0 && this.#plant !== 'skip-batch') {
      this.#record(this.#on(task), 'batch_flush', { cpus: bits(batch) });
      yield 'held';
      const from = this.#on(task).id;
      const whole = { mm: undefined, start: 0, end: undefined, gen: 0, waiting: 0 };
      yield* this.#shootdown(task, { ...whole, from, freedTables: false }, batch);
      this.#record(this.#on(task), 'batch_flush_ret', {});
    }
    for (const frame of freed) {
      this.#free(this.#on(task), frame);
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
    this.#on(task).lazy = true;
    task.mm = undefined;
    mm.users--;
    yield 'held';
    if (mm.users === 0) {
      // One full gather; a first, intermediate flush leaves lazy CPUs alone.
      yield* this.#zap(task, mm, 0, FILE_AT, false);
      yield* this.#zap(task, mm, 0, Number.POSITIVE_INFINITY, true);
    }
    const frame = this.#alloc(this.#on(task));
    yield 'free';
    if (frame !== undefined) this.#free(this.#on(task), frame);
    task.isDead = true;
    this.#tasks.splice(this.#tasks.indexOf(task), 1);
    if (mm.users === 0) {
      this.#reap(mm);
      this.#spawn();
    }
  }

  // --- small things ----------------------------------------------------------------------------

  #spawn(): void {
    const pointer = this.#pointers.pop();
    if (pointer === undefined) return;
    const mm = newMm(pointer);
    mm.users = 1;
    this.#tasks.push(userTask(this.#pid++, mm));
  }

  /** mmdrop: the pointer is used again once no CPU has the mm loaded. */
  #reap(mm: Mm): void {
    if (mm === this.#init || mm.users > 0 || mm.ptes.size > 0) return;
    if (this.#cpus.some((cpu) => cpu.loaded === mm) || this.#pointers.includes(mm.pointer)) return;
    this.#pointers.push(mm.pointer);
  }

  *#lock(mm: Mm): Work {
    while (mm.locked) yield 'held';
    mm.locked = true;
  }

  #alloc(cpu: Cpu): number | undefined {
    const frame = cpu.free.pop();
    if (frame === undefined) return undefined;
    this.#owner.set(frame, (this.#owner.get(frame) ?? 0) + 1);
    this.#record(cpu, 'mm_page_alloc', { pfn: frame, order: 0 });
    return frame;
  }

  #free(cpu: Cpu, frame: number): void {
    this.#record(cpu, 'mm_page_free', { pfn: frame, order: 0 });
    cpu.free.push(frame);
  }

  #on(task: Task): Cpu {
    return this.#cpus[task.cpu ?? 0] as Cpu;
  }

  #record(cpu: Cpu, event: string, fields: MadeRecord['fields']): void {
    // Some stamps are equal, as on a real machine.
    this.#clock += this.#pick(4) === 0 ? 0 : 1 + this.#pick(900);
    const { pid, name } = cpu.current;
    this.records.push({ cpu: cpu.id, time: this.#clock, pid, task: name, event, fields });
  }

  #someVa(): number {
    return this.#chance(0.5)
      ? ANON_AT + this.#pick(ANON_PAGES) * PAGE
      : FILE_AT + this.#pick(FILE_PAGES) * PAGE;
  }
  #pick(below: number): number {
    // xorshift32
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x >>> 0;
    return this.#random % below;
  }
  #chance(probability: number): boolean {
    return this.#pick(1000) < probability * 1000;
  }
}

function newMm(pointer: string): Mm {
  return { pointer, gen: 1, mask: new Set(), ptes: new Map(), users: 0, locked: false };
}
function kernelThread(pid: number, name: string): Task {
  return { pid, name, mm: undefined, work: undefined, isDead: false, cpu: undefined };
}
function userTask(pid: number, mm: Mm): Task {
  return { pid, name: 'prog', mm, work: undefined, isDead: false, cpu: undefined };
}
function pageOf(frame: number): string {
  return (BASE + BigInt(frame) * 64n).toString(16);
}
function bits(cpus: Iterable<number>): number {
  return [...cpus].reduce((sum, cpu) => sum + 2 ** cpu, 0);
}
function maskOf(mm: Mm): number {
  return bits(mm.mask);
}
function cacheFields(slot: number, frame: number): MadeRecord['fields'] {
  return { pfn: frame, i_ino: 12, index: slot, s_dev: 3, order: 0 };
}
function anonFields(mm: Mm, va: number, frame: number): MadeRecord['fields'] {
  return { page: pageOf(frame), mm: mm.pointer, addr: va, vm_flags: 0x73 };
}
function rmapFields(
  mm: Mm,
  va: number,
  frame: number,
  slot: number | undefined,
  cpus?: number,
): MadeRecord['fields'] {
  const isFile = slot !== undefined;
  return {
    page: pageOf(frame),
    mm: mm.pointer,
    ...(cpus === undefined ? {} : { cpus }),
    vm_start: isFile ? FILE_AT : ANON_AT,
    vm_pgoff: isFile ? 0 : ANON_AT / PAGE,
    vm_flags: isFile ? 0x71 : 0x73,
    index: isFile ? slot : va / PAGE,
    mapping: isFile ? 'ff1100000512f130' : 'ff11000018f79a91',
  };
}
