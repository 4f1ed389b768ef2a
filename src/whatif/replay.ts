// Walks along a recording of a kernel without LUF and tells every design what happened, at the places
// where the modelled kernel's paths would call its hooks. One pass after the survey; memory is bounded by
// what reclaim has under way and by the files and address spaces that occur.

import type { Design } from '../kernel/kernel.ts';
import { fieldNames } from '../trace/formats/field-names.ts';
import type { TraceRecord } from '../trace/formats/trace-record.ts';
import { hexOf, numberOf, PAGE, pageAddressOf } from '../trace/profiles/fields.ts';
import { frameOf } from '../trace/profiles/page-base.ts';
import { placeOf } from '../trace/profiles/page-place.ts';
import { type ProbeName, probeOf, probes, systemCallOf } from '../trace/profiles/probes.ts';
import type { Survey } from '../trace/profiles/survey.ts';
import { DesignRun } from './design-run.ts';
import { Happened } from './happened.ts';

/** Of try_to_unmap_one(). */
const unmapFlags = fieldNames('ttu');
/** include/linux/rmap.h: reclaim asks for a batch; who does not flushes at once in every design. */
const TTU_BATCH_FLUSH = 0x40;
const FAULT_FLAG_WRITE = 1;
const VM_WRITE = 2n;
const PROT_WRITE = 2;
/** The low bits of `mapping` say that it is no file's. */
const MAPPING_FLAGS = 3n;
const MOST_PAGES = 512;

/** What one task has unmapped for reclaim and not yet freed. */
interface Reclaiming {
  folio: number | undefined;
  /** Of the folio that is being unmapped. */
  isOpen: boolean;
  readonly unmapped: Set<number>;
  /** By design: frames whose flush it may defer. */
  readonly deferrable: Set<number>[];
}

export class Replay {
  readonly runs: readonly DesignRun[];
  readonly happened = new Happened();
  readonly #survey: Survey;
  readonly #base: bigint;
  readonly #tasks = new Map<number, Reclaiming>();
  readonly #owner = new Map<number, number>();
  readonly #mms = new Map<string, number>();
  readonly #files = new Map<string, number>();
  readonly #threads = new Map<number, number>();
  /** Files with something deferred since they were last paid for: for writes that name no file. */
  readonly #fileDebts = new Set<number>();
  readonly #mmOf = new Map<number, string>();

  constructor(designs: readonly Design[], survey: Survey, base: bigint, cpus: number) {
    this.#survey = survey;
    this.#base = base;
    this.runs = designs.map((design) => new DesignRun(design, cpus));
  }

  take(record: TraceRecord): void {
    if (record.buffer !== this.#survey.buffer) return;
    this.happened.take(record);
    const probe = probeOf(record.event);
    if (probe === undefined) this.#systemCall(record);
    else this.#dispatch(probe, record);
  }

  #dispatch(probe: ProbeName, record: TraceRecord): void {
    switch (probe) {
      case 'unmap_one':
        this.#unmapOne(record);
        break;
      case 'unmap_one_ret':
        this.#unmapEnds(record);
        break;
      case 'rmap_del':
        this.#unmaps(record);
        break;
      case 'rmap_add_file':
      case 'rmap_add_new_anon':
      case 'rmap_add_anon':
        this.#maps(probe, record);
        break;
      case 'mm_page_free':
        this.#frees(record);
        break;
      case 'mm_page_alloc':
        this.#allocates(record);
        break;
      case 'batch_pending': {
        const mm = hexOf(record, probes.batch_pending.fields.mm);
        if (mm !== undefined) this.#each(record, (run) => run.batchedPending(this.#mm(mm)));
        break;
      }
      case 'perform_write':
        this.#writes(record);
        break;
      case 'fault':
        this.#faults(record);
        break;
      case 'zap':
      case 'change_prot': {
        const mm = hexOf(record, probes[probe].fields.mm);
        if (mm !== undefined) {
          this.#each(record, (run) => run.cancels('tlb_end_vma', { mm: this.#mm(mm) }));
        }
        break;
      }
      default:
    }
  }

  #each(record: TraceRecord, act: (run: DesignRun) => void): void {
    const thread = idIn(this.#threads, record.pid);
    for (const run of this.runs) {
      run.at(record.time, record.cpu, thread);
      act(run);
    }
  }

  #unmapOne(record: TraceRecord): void {
    const flags = numberOf(record, unmapFlags);
    if (flags !== undefined && (flags & TTU_BATCH_FLUSH) === 0) return;
    const folio = this.#frame(hexOf(record, probes.unmap_one.fields.page));
    if (folio === undefined) return;
    let task = this.#tasks.get(record.pid);
    if (task === undefined) {
      task = {
        folio: undefined,
        isOpen: false,
        unmapped: new Set(),
        deferrable: this.runs.map(() => new Set()),
      };
      this.#tasks.set(record.pid, task);
    }
    if (task.folio !== folio) this.#each(record, (run) => run.unmapStarts());
    task.folio = folio;
    task.isOpen = true;
  }

  #unmaps(record: TraceRecord): void {
    const task = this.#tasks.get(record.pid);
    if (task === undefined || !task.isOpen) return;
    const { fields } = probes.rmap_del;
    const mm = hexOf(record, fields.mm);
    const mask = hexOf(record, fields.cpus);
    const frame = this.#frame(hexOf(record, fields.page));
    if (mm === undefined || frame === undefined) return;
    const va = placeOf(record, true) ?? 0;
    const flags = hexOf(record, fields.flags);
    // Which entries of a writable mapping are read-only is not recorded: none counts as such.
    const writable = flags !== undefined && (BigInt(`0x${flags}`) & VM_WRITE) !== 0n;
    const file = this.#fileOf(hexOf(record, fields.mapping));
    const cpus = cpusOf(mask);
    const pages = Math.min(numberOf(record, fields.nr) ?? 1, MOST_PAGES);
    for (let i = 0; i < pages; i++) {
      const entry = { mm: this.#mm(mm), va: va / PAGE + i, frame: frame + i, writable, file };
      this.#each(record, (run) => run.empties(entry, cpus));
      task.unmapped.add(frame + i);
      this.#owner.set(frame + i, record.pid);
    }
    if (file !== null) this.#fileDebts.add(file);
    this.happened.unmaps(pages, cpus.size > 1);
  }

  #unmapEnds(record: TraceRecord): void {
    const task = this.#tasks.get(record.pid);
    if (task === undefined || !task.isOpen) return;
    task.isOpen = false;
    let n = 0;
    this.#each(record, (run) => {
      const may = run.mayDefer();
      run.unmapEnds();
      if (may && task.folio !== undefined) task.deferrable[n]?.add(task.folio);
      n++;
    });
  }

  #frees(record: TraceRecord): void {
    const { fields } = probes.mm_page_free;
    const pfn = numberOf(record, fields.pfn);
    if (pfn === undefined || pfn < 0) return;
    const pid = this.#owner.get(pfn);
    const task = pid === undefined ? undefined : this.#tasks.get(pid);
    if (task === undefined || !task.unmapped.has(pfn)) return;
    const frames = [...task.unmapped];
    let n = 0;
    this.#each(record, (run) => run.frees(frames, task.deferrable[n++] ?? new Set()));
    for (const frame of frames) this.#owner.delete(frame);
    this.#tasks.delete(pid as number);
  }

  #allocates(record: TraceRecord): void {
    const { fields } = probes.mm_page_alloc;
    const pfn = numberOf(record, fields.pfn);
    const order = numberOf(record, fields.order) ?? 0;
    if (pfn === undefined || pfn < 0 || order > 10) return;
    const frames = Array.from({ length: 2 ** order }, (_, i) => pfn + i);
    if (!this.runs.some((run) => frames.some((frame) => run.tally.knows(frame)))) return;
    this.#each(record, (run) => {
      for (const frame of frames) run.allocates(frame);
    });
  }

  #writes(record: TraceRecord): void {
    const file = this.#fileOf(hexOf(record, probes.perform_write.fields.mapping));
    // A write that names no file is taken to be of every file that something was deferred for.
    const files = file === null ? [...this.#fileDebts] : [file];
    this.#each(record, (run) => {
      for (const one of files) run.cancels('mapping_write_begin', { file: one });
      for (const one of files) run.cancels('file_end_write', { file: one });
    });
    for (const one of files) this.#fileDebts.delete(one);
  }

  #faults(record: TraceRecord): void {
    const { fields } = probes.fault;
    const mm = hexOf(record, fields.mm);
    const flags = numberOf(record, fields.flags) ?? 0;
    if (mm === undefined) return;
    if ((flags & FAULT_FLAG_WRITE) === 0) return;
    this.#each(record, (run) => run.cancels('handle_mm_fault', { mm: this.#mm(mm) }));
  }

  #maps(probe: 'rmap_add_file' | 'rmap_add_new_anon' | 'rmap_add_anon', record: TraceRecord): void {
    const mm = hexOf(record, probes[probe].fields.mm);
    if (mm === undefined) return;
    this.#mmOf.set(record.pid, mm);
    const addr =
      probe === 'rmap_add_file' ? undefined : hexOf(record, probes.rmap_add_new_anon.fields.addr);
    const va = addr === undefined ? placeOf(record, true) : pageAddressOf(addr);
    if (va !== undefined) {
      this.#each(record, (run) => run.setsEntry(this.#mm(mm), va / PAGE));
    }
  }

  /** Where the functions themselves are not recorded, the calls that lead to them stand for them. */
  #systemCall(record: TraceRecord): void {
    const call = systemCallOf(record.event);
    const mm = this.#mmOf.get(record.pid);
    if (call?.edge !== 'enter' || mm === undefined) return;
    const knows = this.#survey.seen.has('zap');
    const unmaps = ['munmap', 'madvise', 'mremap'].includes(call.name) && !knows;
    const protects = call.name === 'mprotect' && !this.#survey.seen.has('change_prot');
    if (unmaps || protects) {
      this.#each(record, (run) => run.cancels('tlb_end_vma', { mm: this.#mm(mm) }));
    }
    if (call.name === 'mmap' && ((record.number('prot') ?? PROT_WRITE) & PROT_WRITE) !== 0) {
      this.#each(record, (run) => run.cancels('do_mmap', { mm: this.#mm(mm) }));
    }
  }

  #mm(name: string): number {
    return idIn(this.#mms, name);
  }

  #fileOf(mapping: string | undefined): number | null {
    if (mapping === undefined || mapping === '0') return null;
    if ((BigInt(`0x${mapping}`) & MAPPING_FLAGS) !== 0n) return null;
    return idIn(this.#files, mapping);
  }

  #frame(page: string | undefined): number | undefined {
    return page === undefined ? undefined : frameOf(page, this.#base);
  }
}

function idIn<K>(ids: Map<K, number>, key: K): number {
  const known = ids.get(key);
  if (known !== undefined) return known;
  ids.set(key, ids.size);
  return ids.size - 1;
}

function cpusOf(mask: string | undefined): ReadonlySet<number> {
  const cpus = new Set<number>();
  let bits = BigInt(`0x${mask ?? '0'}`);
  for (let cpu = 0; bits > 0n; cpu++, bits >>= 1n) if ((bits & 1n) === 1n) cpus.add(cpu);
  return cpus;
}
