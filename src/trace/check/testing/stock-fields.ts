// The fields of the little kernel's records, as lufcheck record would have taken them.

import type { MadeRecord } from './records.ts';
import { type Mm, PAGE } from './stock-parts.ts';

export const FILE_AT = 0x7f0000000000;
export const ANON_AT = 0x10000000;
/** Of the array of struct page. */
const BASE = 0xffd4000000000000n;

export function pageOf(frame: number): string {
  return (BASE + BigInt(frame) * 64n).toString(16);
}
export function bits(cpus: Iterable<number>): number {
  return [...cpus].reduce((sum, cpu) => sum + 2 ** cpu, 0);
}
export function maskOf(mm: Mm): number {
  return bits(mm.mask);
}
export function cacheFields(slot: number, frame: number): MadeRecord['fields'] {
  return { pfn: frame, i_ino: 12, index: slot, s_dev: 3, order: 0 };
}
export function anonFields(mm: Mm, va: number, frame: number): MadeRecord['fields'] {
  return { page: pageOf(frame), mm: mm.pointer, addr: va, vm_flags: 0x73 };
}
export function rmapFields(
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
