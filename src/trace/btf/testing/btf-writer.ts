// Writes small BTF for tests: structures, pointers and functions, in the form of the kernel's own.

const KIND = { int: 1, ptr: 2, struct: 4, union: 5, const: 10, func: 12, funcProto: 13 } as const;

export interface MemberText {
  /** Empty for an anonymous structure or union. */
  readonly name: string;
  readonly type: number;
  readonly bits: number;
  /** Width of a bit field. */
  readonly width?: number;
}

export class BtfWriter {
  readonly #types: number[] = [];
  #strings = '\0';
  #count = 0;

  get long(): number {
    return this.#type('long', KIND.int, 0, false, 8, [64]);
  }

  pointer(to: number): number {
    return this.#type('', KIND.ptr, 0, false, to, []);
  }

  constant(of: number): number {
    return this.#type('', KIND.const, 0, false, of, []);
  }

  structure(name: string, members: readonly MemberText[], union = false): number {
    const hasBits = members.some(({ width }) => width !== undefined);
    const rest = members.flatMap(({ name: member, type, bits, width }) => [
      this.#string(member),
      type,
      hasBits ? ((width ?? 0) << 24) | bits : bits,
    ]);
    const kind = union ? KIND.union : KIND.struct;
    return this.#type(name, kind, members.length, hasBits, 64, rest);
  }

  func(name: string, parameters: Readonly<Record<string, number>>): void {
    const rest = Object.entries(parameters).flatMap(([one, type]) => [this.#string(one), type]);
    const proto = this.#type('', KIND.funcProto, rest.length / 2, false, 0, rest);
    this.#type(name, KIND.func, 1, false, proto, []);
  }

  bytes(): Uint8Array {
    const strings = new TextEncoder().encode(this.#strings);
    const types = this.#types.length * 4;
    const bytes = new Uint8Array(24 + types + strings.length);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    [24, 0, types, types, strings.length].forEach((one, i) => {
      view.setUint32(4 + i * 4, one, true);
    });
    this.#types.forEach((one, i) => {
      view.setUint32(24 + i * 4, one, true);
    });
    bytes.set(strings, 24 + types);
    return bytes;
  }

  #type(
    name: string,
    kind: number,
    vlen: number,
    flag: boolean,
    sizeOrType: number,
    rest: readonly number[],
  ): number {
    const info = ((flag ? 0x80000000 : 0) | (kind << 24) | vlen) >>> 0;
    this.#types.push(this.#string(name), info, sizeOrType, ...rest);
    this.#count++;
    return this.#count;
  }

  #string(text: string): number {
    if (text === '') return 0;
    const at = this.#strings.length;
    this.#strings += `${text}\0`;
    return at;
  }
}

/** The part of a kernel that the recorder asks about; `named`: as one that takes names (6.6 on). */
export function sampleKernel(named: boolean): Uint8Array {
  const w = new BtfWriter();
  const { long } = w;
  const at = (name: string, bytes: number, type = long): MemberText => ({
    name,
    type,
    bits: bytes * 8,
  });
  const mm = w.pointer(
    w.structure('mm_struct', [
      {
        name: '',
        type: w.structure('', [at('tlb_flush_batched', 984, w.structure('', [at('counter', 0)]))]),
        bits: 0,
      },
      at('cpu_bitmap', 1096),
    ]),
  );
  const vma = w.pointer(
    w.structure('vm_area_struct', [
      at('vm_start', 0),
      at('vm_mm', 16, mm),
      at('vm_flags', 32),
      at('vm_pgoff', 104),
    ]),
  );
  const page = w.pointer(w.structure('page', [at('mapping', 24), at('index', 32)]));
  const gather = w.structure('mmu_gather', [
    at('mm', 0, mm),
    ...(named ? [{ name: 'delayed_rmap', type: long, bits: 259, width: 1 }] : []),
  ]);
  w.structure('flush_tlb_info', [
    at('mm', 0, mm),
    at('start', 8),
    at('end', 16),
    at('new_tlb_gen', 24),
    at('initiating_cpu', 32),
  ]);
  const mask = w.structure('cpumask', [at('bits', 0)]);
  const batch = w.pointer(w.structure('arch_tlbflush_unmap_batch', [at('cpumask', 0, mask)]));
  const nothing = w.pointer(0);
  w.func('flush_tlb_mm_range', {
    mm,
    start: long,
    end: long,
    stride_shift: long,
    freed_tables: long,
  });
  w.func('flush_tlb_func', { info: nothing });
  w.func('arch_tlbbatch_flush', { batch });
  w.func('flush_tlb_batched_pending', { mm });
  w.func('switch_mm_irqs_off', { [named ? 'unused' : 'prev']: mm, next: mm, tsk: nothing });
  w.func('try_to_unmap_one', { folio: page, vma, address: long, arg: nothing });
  w.func('ptep_clear_flush', { vma, address: long, ptep: nothing });
  w.func('unmap_page_range', { tlb: w.pointer(gather), vma, addr: long, end: long });
  if (named) {
    const many = { folio: page, page, nr_pages: long };
    w.func('folio_add_file_rmap_ptes', { ...many, vma });
    w.func('folio_remove_rmap_ptes', { ...many, vma: w.constant(vma) });
    w.func('tlb_flush_rmaps', { tlb: w.pointer(gather), vma });
    w.func('btf_find_func_proto', { name: nothing });
    w.func('btf_find_struct_member', { btf: nothing });
  } else {
    w.func('page_add_file_rmap', { page, vma, compound: long });
    w.func('page_remove_rmap', { page, vma, compound: long });
  }
  return w.bytes();
}
