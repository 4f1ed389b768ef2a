// Runs an exported program over events: each event as the hits of probes by which a kernel shows it.

import type { ConcreteEvent, IdValue } from '../../events/concrete.ts';
import type { Kernel } from '../bpftrace-probes.ts';
import { type Block, type Firing, fire } from './read-bpftrace.ts';

/** What a struct mm_struct has. */
const SIZE = 4096n;
const PAGE = 4096n;

/** A probe that stands for no event. */
export interface BareHit {
  readonly probe: string;
  readonly cpu: number;
  readonly at: number;
  readonly of?: Readonly<Record<string, bigint>>;
  readonly memory?: Readonly<Record<string, bigint>>;
}

/** Time of the first event at which it reports the rule. */
export function firstReport(
  blocks: readonly Block[],
  rule: string,
  kernel: Kernel,
  events: readonly (ConcreteEvent | BareHit)[],
): number | undefined {
  const maps = new Map<string, bigint>();
  let now = 0;
  let first: number | undefined;
  const print = (line: string): void => {
    if (line.startsWith(`${rule}: `)) first ??= now;
  };
  const hit = (
    probe: string,
    cpu: IdValue,
    given: Readonly<Record<string, bigint>> = {},
    memory: Readonly<Record<string, bigint>> = {},
    tid: IdValue = cpu,
  ): void => {
    const firing: Firing = {
      cpu: BigInt(cpu),
      tid: BigInt(tid),
      nsecs: BigInt(now) + 1n,
      given: new Map(Object.entries(given)),
      memory: (key) => {
        if (key.startsWith('sizeof ')) return SIZE;
        if (key.startsWith('&')) return 1n;
        if (key === '1') return 0n;
        const value = memory[key];
        if (value === undefined) throw new Error(`nothing at ${key}`);
        return value;
      },
      maps,
      locals: new Map(),
      print,
    };
    fire(blocks, probe, firing);
  };
  for (const event of events) {
    now = event.at;
    if ('probe' in event) hit(event.probe, event.cpu, event.of, event.memory);
    else tell(event, kernel, hit);
  }
  return first;
}

type Hit = (
  probe: string,
  cpu: IdValue,
  given?: Readonly<Record<string, bigint>>,
  memory?: Readonly<Record<string, bigint>>,
  tid?: IdValue,
) => void;

const mmAt = (mm: IdValue): bigint => 0x10000n * (BigInt(mm) + 1n);
const pageAt = (frame: IdValue): bigint => 64n * (BigInt(frame) + 1n);
const VMA = 0x999n;

function tell(event: ConcreteEvent, kernel: Kernel, hit: Hit): void {
  const { cpu } = event;
  switch (event.event) {
    case 'pte.clear':
    case 'pte.set': {
      const page = pageAt(event.frame);
      const mm = mmAt(event.mm);
      const cpus = 'cpus' in event ? event.cpus : [];
      const memory = {
        [`${VMA}.vm_mm`]: mm,
        [`${VMA}.vm_start`]: 0n,
        [`${VMA}.vm_pgoff`]: 0n,
        [`${page}.index`]: BigInt(event.va),
        [String(mm + SIZE)]: cpus.reduce((mask: bigint, one) => mask | (1n << BigInt(one)), 0n),
      };
      const ofFolios = { arg0: page, arg1: page, arg3: VMA };
      const given = kernel === 'folios' ? ofFolios : { arg0: page, arg1: VMA };
      const name =
        event.event === 'pte.clear'
          ? kernel === 'folios'
            ? 'folio_remove_rmap_ptes'
            : 'page_remove_rmap'
          : kernel === 'folios'
            ? 'folio_add_file_rmap_ptes'
            : 'page_add_file_rmap';
      hit(`kprobe:${name}`, cpu, given, memory);
      hit(`kretprobe:${name}`, cpu);
      return;
    }
    case 'tlb.flush':
      for (const one of event.cpus) hit('tracepoint:tlb:tlb_flush', one, { 'args->reason': 1n });
      return;
    case 'frame.alloc':
    case 'frame.free':
      hit(`tracepoint:kmem:mm_page_${event.event.slice('frame.'.length)}`, cpu, {
        'args->pfn': pageAt(event.frame) / 64n,
        'args->order': 0n,
      });
      return;
    case 'slot.add':
    case 'slot.remove': {
      const verb = event.event === 'slot.add' ? 'add_to' : 'delete_from';
      hit(`tracepoint:filemap:mm_filemap_${verb}_page_cache`, cpu, {
        'args->pfn': pageAt(event.frame) / 64n,
        'args->s_dev': 1n,
        'args->i_ino': 7n,
        'args->index': BigInt(event.slot),
      });
      return;
    }
    case 'mm.lazy':
      hit('kprobe:enter_lazy_tlb', event.cpu, { arg0: mmAt(event.mm) });
      return;
    case 'mm.load':
      hit('kprobe:switch_mm_irqs_off', event.cpu, { arg1: mmAt(event.mm ?? 99) });
      hit('kretprobe:switch_mm_irqs_off', event.cpu);
      return;
    case 'mm.exit':
      hit('kprobe:__mmdrop', cpu, { arg0: mmAt(event.mm) });
      return;
    case 'vma.change': {
      const { thread } = event;
      const start = BigInt(event.va) * PAGE;
      const range = { arg1: VMA, arg2: start, arg3: start + PAGE };
      hit('tracepoint:syscalls:sys_enter_munmap', cpu, {}, {}, thread);
      hit('kprobe:unmap_page_range', cpu, range, { [`${VMA}.vm_mm`]: mmAt(event.mm) }, thread);
      return;
    }
    case 'call.return':
      hit('tracepoint:syscalls:sys_exit_munmap', cpu, {}, {}, event.thread);
  }
}
