// Reads BTF, the kernel's own description of its types (Documentation/bpf/btf.rst): which functions
// there are, what they are given, and where the members of structures lie. One pass notes where each
// type begins; everything else is looked up when asked for. Input is not trusted: every offset is
// checked, and no walk can go in circles.

import { Problem } from '../../base/problem.ts';
import { btfBytesOf } from './btf-bytes.ts';

const MAGIC = 0xeb9f;
const SHORTEST_HEADER = 24;
const TYPE = 12;
const MOST_TYPES = 1 << 21;
/** Of modifiers, and of anonymous structures within each other. */
const DEEPEST = 32;
const LONGEST_NAME = 512;

const KIND = {
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  funcProto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

/** Bytes after the common 12, by kind: fixed, and for each of `vlen`. */
const EXTRA: ReadonlyMap<number, readonly [number, number]> = new Map([
  [KIND.int, [4, 0]],
  [KIND.ptr, [0, 0]],
  [KIND.array, [12, 0]],
  [KIND.struct, [0, 12]],
  [KIND.union, [0, 12]],
  [KIND.enum, [0, 8]],
  [KIND.fwd, [0, 0]],
  [KIND.typedef, [0, 0]],
  [KIND.volatile, [0, 0]],
  [KIND.const, [0, 0]],
  [KIND.restrict, [0, 0]],
  [KIND.func, [0, 0]],
  [KIND.funcProto, [0, 8]],
  [KIND.var, [4, 0]],
  [KIND.datasec, [0, 12]],
  [KIND.float, [0, 0]],
  [KIND.declTag, [4, 0]],
  [KIND.typeTag, [0, 0]],
  [KIND.enum64, [0, 12]],
]);
const MODIFIERS: ReadonlySet<number> = new Set([
  KIND.typedef,
  KIND.volatile,
  KIND.const,
  KIND.restrict,
  KIND.typeTag,
]);

/** A parameter of a function; its type is a number that only this Btf understands. */
export interface Parameter {
  readonly name: string;
  readonly type: number;
}

/** A member of a structure: where it lies, in bytes, and what it is. */
export interface Member {
  readonly offset: number;
  readonly type: number;
}

interface Found {
  readonly bits: number;
  readonly type: number;
  readonly isBitField: boolean;
}

export class Btf {
  /** The BTF alone, without the file around it. */
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  /** Where each type begins; type 0 is void. */
  readonly #starts: number[] = [0];
  readonly #strings: { readonly from: number; readonly to: number };
  readonly #functions = new Map<string, number>();
  readonly #structures = new Map<string, number>();
  readonly #where: string;

  /**
   * @throws Problem LUF-E202 if it is no BTF, LUF-E203 if it is damaged.
   *
   * @example
   * ```ts
   * const btf = new Btf(bytes, '/sys/kernel/btf/vmlinux')
   * btf.parametersOf('ptep_clear_flush')?.map(({ name }) => name) // => ['vma', 'address', 'ptep']
   * btf.member(btf.structure('vm_area_struct'), 'vm_mm')?.offset   // => 16 on Linux 6.1
   * ```
   */
  constructor(file: Uint8Array, where: string) {
    this.#where = where;
    const bytes = btfBytesOf(file, where);
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < SHORTEST_HEADER || this.#view.getUint16(0, true) !== MAGIC) {
      throw new Problem('LUF-E202', 'not BTF of a little-endian kernel', {
        where,
        hint: 'give a copy of /sys/kernel/btf/vmlinux of the target',
      });
    }
    const header = this.#view.getUint32(4, true);
    const [typeFrom, typeSize, stringFrom, stringSize] = [8, 12, 16, 20].map((at) =>
      this.#view.getUint32(at, true),
    ) as [number, number, number, number];
    const types = { from: header + typeFrom, to: header + typeFrom + typeSize };
    this.#strings = { from: header + stringFrom, to: header + stringFrom + stringSize };
    if (types.to > bytes.length || this.#strings.to > bytes.length) {
      throw this.#damaged(bytes.length, 'the file ends before its types or names do');
    }
    this.#index(types.from, types.to);
  }

  /** How many types there are. */
  get types(): number {
    return this.#starts.length - 1;
  }

  /** What a function is given; undefined if BTF does not describe it (it may be inlined). */
  parametersOf(name: string): readonly Parameter[] | undefined {
    const func = this.#functions.get(name);
    if (func === undefined) return undefined;
    const proto = this.#view.getUint32(func + 8, true);
    const at = this.#start(proto);
    if (at === undefined || this.#kind(at) !== KIND.funcProto) return undefined;
    return Array.from({ length: this.#vlen(at) }, (_, i) => {
      const one = at + TYPE + i * 8;
      return { name: this.#name(one), type: this.#view.getUint32(one + 4, true) };
    });
  }

  has(name: string): boolean {
    return this.#functions.has(name);
  }

  /** A structure by its tag; undefined if there is none with members. */
  structure(tag: string): number | undefined {
    return this.#structures.get(tag);
  }

  /** What a pointer points to; undefined if the type is no pointer, or one to void. */
  pointee(type: number): number | undefined {
    const at = this.#start(this.#plain(type));
    if (at === undefined || this.#kind(at) !== KIND.ptr) return undefined;
    const to = this.#plain(this.#view.getUint32(at + 8, true));
    return to === 0 ? undefined : to;
  }

  /** The tag of a structure or union, `int`, and so on; empty where a type has no name. */
  nameOf(type: number): string {
    const at = this.#start(this.#plain(type));
    return at === undefined ? '' : this.#name(at);
  }

  /** A member by name, looked for in anonymous members too; bit fields are none. */
  member(type: number | undefined, name: string): Member | undefined {
    const found = this.#find(type, name, 0);
    return found === undefined || found.bits % 8 !== 0 || found.isBitField
      ? undefined
      : { offset: found.bits / 8, type: found.type };
  }

  /** Whether there is such a member, bit field or not. */
  hasMember(type: number | undefined, name: string): boolean {
    return this.#find(type, name, 0) !== undefined;
  }

  #find(type: number | undefined, name: string, depth: number): Found | undefined {
    const at = type === undefined ? undefined : this.#start(this.#plain(type));
    if (at === undefined || depth > DEEPEST) return undefined;
    const kind = this.#kind(at);
    if (kind !== KIND.struct && kind !== KIND.union) return undefined;
    const hasBitFields = this.#view.getUint32(at + 4, true) >>> 31 === 1;
    const count = this.#vlen(at);
    for (let i = 0; i < count; i++) {
      const one = at + TYPE + i * 12;
      const tag = this.#name(one);
      const of = this.#view.getUint32(one + 4, true);
      const place = this.#view.getUint32(one + 8, true);
      const bits = hasBitFields ? place & 0xffffff : place;
      if (tag === name) return { bits, type: of, isBitField: hasBitFields && place >>> 24 !== 0 };
      if (tag !== '') continue;
      const inner = this.#find(of, name, depth + 1);
      if (inner !== undefined) return { ...inner, bits: bits + inner.bits };
    }
    return undefined;
  }

  #index(from: number, to: number): void {
    let at = from;
    while (at < to) {
      if (at + TYPE > to) throw this.#damaged(at, 'the last type is cut off');
      const kind = this.#kind(at);
      const extra = EXTRA.get(kind);
      // A newer kernel may have kinds of another size: then nothing after it can be found.
      if (extra === undefined) throw this.#damaged(at, `a type of unknown kind ${kind}`);
      if (this.#starts.length > MOST_TYPES) throw this.#damaged(at, 'implausibly many types');
      const id = this.#starts.push(at) - 1;
      const end = at + TYPE + extra[0] + extra[1] * this.#vlenOf(kind, at);
      if (end > to) throw this.#damaged(at, 'a type reaches beyond the types');
      if (kind === KIND.func) this.#functions.set(this.#name(at), at);
      if (kind === KIND.struct && !this.#structures.has(this.#name(at))) {
        this.#structures.set(this.#name(at), id);
      }
      at = end;
    }
  }

  #plain(type: number): number {
    let id = type;
    for (let depth = 0; depth < DEEPEST; depth++) {
      const at = this.#start(id);
      if (at === undefined || !MODIFIERS.has(this.#kind(at))) return id;
      id = this.#view.getUint32(at + 8, true);
    }
    return 0;
  }

  #start(id: number): number | undefined {
    return id === 0 ? undefined : this.#starts[id];
  }

  #kind(at: number): number {
    return (this.#view.getUint32(at + 4, true) >>> 24) & 0x1f;
  }

  #vlen(at: number): number {
    return this.#view.getUint32(at + 4, true) & 0xffff;
  }

  /** For functions these bits are the linkage. */
  #vlenOf(kind: number, at: number): number {
    return kind === KIND.func ? 0 : this.#vlen(at);
  }

  #name(at: number): string {
    const { from, to } = this.#strings;
    const start = from + this.#view.getUint32(at, true);
    let text = '';
    for (let i = start; i < to && text.length < LONGEST_NAME; i++) {
      const byte = this.bytes[i] as number;
      if (byte === 0) break;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #damaged(at: number, what: string): Problem {
    return new Problem('LUF-E203', `damaged BTF at byte ${at}: ${what}`, {
      where: this.#where,
      hint: 'copy /sys/kernel/btf/vmlinux of the target again',
    });
  }
}
