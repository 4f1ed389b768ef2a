// The machine of the little kernel in stock-kernel.ts: CPUs with TLBs, shootdowns by interrupt, frames, and the
// records of it all. It follows arch/x86/mm/tlb.c of 6.1 step by step.

import type { MadeRecord } from './records.ts';
import { maskOf } from './stock-fields.ts';
import {
  type Cpu,
  type Flush,
  kernelThread,
  type Mm,
  newMm,
  PAGE,
  type Task,
  type Work,
} from './stock-parts.ts';

const FRAMES = 160;
const ALL = 'ffffffffffffffff';

export class StockMachine {
  readonly records: MadeRecord[] = [];
  readonly cpus: Cpu[];
  readonly init: Mm;
  /** Of address spaces that are free to be used again. */
  readonly pointers: string[] = [];
  /** How often each frame has been handed out. */
  readonly owner = new Map<number, number>();
  readonly #skipsRanges: boolean;
  #random: number;
  #clock = 1_000_000;

  /** `skipsRanges`: a planted fault, flush_tlb_mm_range() does nothing. */
  constructor(seed: number, cpus: number, skipsRanges: boolean) {
    this.#random = seed >>> 0 || 1;
    this.#skipsRanges = skipsRanges;
    this.init = newMm('ffffffff82b5a740');
    for (let i = 0; i < 4; i++) this.pointers.push(`ff11000003c5${i}000`);
    this.cpus = Array.from({ length: cpus }, (_, id): Cpu => {
      const idle: Task = kernelThread(0, '<idle>');
      idle.cpu = id;
      const free: number[] = [];
      for (let frame = 0x2900 + id; frame < 0x2900 + FRAMES; frame += cpus) free.push(frame);
      return {
        id,
        current: idle,
        loaded: this.init,
        lazy: true,
        gen: 0,
        tlb: new Map(),
        ipis: [],
        free,
      };
    });
  }

  /** switch_mm_irqs_off */
  switchTo(cpu: Cpu, next: Mm, prev: string, isMissed = false): void {
    if (!isMissed) this.record(cpu, 'switch_mm', { prev, next: next.pointer });
    const real = cpu.loaded;
    const wasLazy = cpu.lazy;
    cpu.lazy = false;
    if (real === next) {
      if (!wasLazy || next === this.init || cpu.gen === next.gen) return;
    } else {
      real.mask.delete(cpu.id);
      if (next !== this.init) next.mask.add(cpu.id);
      cpu.loaded = next;
      this.reap(real);
    }
    cpu.gen = next.gen;
    cpu.tlb.clear();
    this.record(cpu, 'tlb_flush', { reason: 0, pages: ALL });
  }

  /** flush_tlb_func */
  handle(cpu: Cpu, flush: Flush): void {
    // An interrupt inside another probe's handler, whose record is before, passes over the probes
    // (kprobe_running()).
    const outer = this.records.findLast((record) => record.cpu === cpu.id)?.event ?? 'flush_func';
    const isMissed = flush.from !== cpu.id && outer !== 'flush_func' && this.chance(0.1);
    if (!isMissed) {
      this.record(cpu, 'flush_func', {
        mm: flush.mm?.pointer ?? '0',
        start: flush.start,
        end: flush.end ?? ALL,
        gen: flush.gen,
        from: flush.from,
      });
    }
    const isLocal = flush.from === cpu.id;
    if (!isLocal && flush.mm !== undefined && flush.mm !== cpu.loaded) return;
    if (cpu.loaded === this.init) return;
    if (cpu.lazy) {
      this.switchTo(cpu, this.init, '0', isMissed);
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
    this.record(cpu, 'tlb_flush', { reason, pages });
  }

  /** flush_tlb_multi and the local part; returns when every CPU has done it. */
  *shootdown(task: Task, flush: Flush, mask: ReadonlySet<number>): Work {
    const here = this.on(task);
    const others = [...mask].filter((id) => id !== here.id);
    if (others.length > 0) {
      this.record(here, 'tlb_flush', { reason: 4, pages: ALL });
      for (const id of others) {
        const cpu = this.cpus[id] as Cpu;
        if (cpu.lazy && !flush.freedTables) continue;
        flush.waiting++;
        cpu.ipis.push(flush);
      }
      if (mask.has(here.id) && (!here.lazy || flush.freedTables)) this.handle(here, flush);
      while (flush.waiting > 0) yield 'held';
    } else if (mask.has(here.id) && (flush.mm === undefined || flush.mm === here.loaded)) {
      this.handle(here, flush);
    }
  }

  /** flush_tlb_mm_range */
  *flushRange(
    task: Task,
    mm: Mm,
    start: number,
    end: number | undefined,
    freedTables = false,
  ): Work {
    if (this.#skipsRanges) return;
    const here = this.on(task);
    const cpus = maskOf(mm);
    this.record(here, 'flush_range', {
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
    yield* this.shootdown(task, flush, mm.mask);
    this.record(this.on(task), 'flush_range_ret', {});
  }

  /** mmdrop: the pointer is used again once no CPU has the mm loaded. */
  reap(mm: Mm): void {
    if (mm === this.init || !mm.isExited || mm.isReaped) return;
    if (this.cpus.some((cpu) => cpu.loaded === mm)) return;
    mm.isReaped = true;
    this.pointers.push(mm.pointer);
  }

  *lock(mm: Mm): Work {
    while (mm.locked) yield 'held';
    mm.locked = true;
  }

  alloc(cpu: Cpu): number | undefined {
    const frame = cpu.free.pop();
    if (frame === undefined) return undefined;
    this.owner.set(frame, (this.owner.get(frame) ?? 0) + 1);
    this.record(cpu, 'mm_page_alloc', { pfn: frame, order: 0 });
    return frame;
  }

  free(cpu: Cpu, frame: number): void {
    this.record(cpu, 'mm_page_free', { pfn: frame, order: 0 });
    cpu.free.push(frame);
  }

  on(task: Task): Cpu {
    return this.cpus[task.cpu ?? 0] as Cpu;
  }

  record(cpu: Cpu, event: string, fields: MadeRecord['fields']): void {
    // Some stamps are equal, as on a real machine.
    this.#clock += this.pick(4) === 0 ? 0 : 1 + this.pick(900);
    const { pid, name } = cpu.current;
    this.records.push({ cpu: cpu.id, time: this.#clock, pid, task: name, event, fields });
  }

  pick(below: number): number {
    // xorshift32
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x >>> 0;
    return this.#random % below;
  }
  chance(probability: number): boolean {
    return this.pick(1000) < probability * 1000;
  }
}
