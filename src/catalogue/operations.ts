// What threads do, one operation each, all on the same two addresses of one file page: the material
// for looking at every pair of paths (explain/pairs.ts), not only at scenarios somebody thought of.

import { mmap_fixed } from '../kernel/paths/mmap.ts';
import { mprotect } from '../kernel/paths/mprotect.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { new_slab } from '../kernel/paths/slab.ts';
import { uprobe_write_opcode } from '../kernel/paths/uprobes.ts';
import { store } from '../kernel/paths/user.ts';
import { write } from '../kernel/paths/write.ts';
import type { Setup, UserKernel } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';
import type { Id } from '../lang/expr.ts';
import type { Code } from '../lang/nodes.ts';
import { filePage, place } from './places.ts';

export interface Operation {
  readonly id: string;
  readonly says: string;
  /** A system call or a kernel thread: its CPU has no need of the address space. */
  readonly kernel: boolean;
  readonly code: (k: UserKernel, cpu: Id<'cpu'>) => readonly Code[];
}

/** Address 0 maps a file page read-only and has been read; address 1 maps the same page writable. */
export const operationsWorld: World = { cpus: 4, mms: 1, vas: 2, frames: 3, slots: 2 };
export function operationsSetup(loaded: Setup['loaded']): Setup {
  return {
    vmas: [
      { mm: 0, va: 0, file: 0, writable: false, shared: true, present: 'read-only' },
      { mm: 0, va: 1, file: 0, writable: true, shared: true },
    ],
    cached: [0, null],
    loaded,
  };
}

export const operations: readonly Operation[] = [
  {
    id: 'munmap',
    says: 'munmap(2) of the read-only address',
    kernel: false,
    code: (k) => [munmap(k, place(0, 0))],
  },
  {
    id: 'mmap-file',
    says: 'mmap(2) of another file over the read-only address',
    kernel: false,
    code: (k) => [
      mmap_fixed(k, { ...place(0, 0), file: filePage(1), writable: false, shared: true }),
    ],
  },
  {
    id: 'mmap-anon',
    says: 'mmap(2) of anonymous memory over the read-only address',
    kernel: false,
    code: (k) => [mmap_fixed(k, { ...place(0, 0), writable: true, shared: false })],
  },
  {
    id: 'mprotect',
    says: 'mprotect(2) of the writable address to read-only',
    kernel: false,
    code: (k) => [mprotect(k, { ...place(0, 1), writable: false })],
  },
  {
    id: 'store',
    says: 'a store through the writable address',
    kernel: false,
    code: (k, cpu) => [store(k, { cpu, ...place(0, 1) })],
  },
  {
    id: 'write',
    says: 'write(2) to the file',
    kernel: true,
    code: (k) => [write(k, { slot: filePage(0) })],
  },
  {
    id: 'uprobe',
    says: 'a breakpoint at the read-only address',
    kernel: false,
    code: (k) => [uprobe_write_opcode(k, place(0, 0))],
  },
  {
    id: 'new_slab',
    says: 'the kernel takes a frame for itself',
    kernel: true,
    code: (k) => [new_slab(k, {})],
  },
];
