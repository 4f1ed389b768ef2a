// Shorthands for a scenario's text: its fixed CPUs, addresses and file pages, and who does what.

import type { CpuState } from '../kernel/cpu-state.ts';
import {
  leave_mm,
  switch_to_kernel_thread,
  switch_to_user,
} from '../kernel/paths/context-switch.ts';
import { reclaim } from '../kernel/paths/reclaim.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import type { UserKernel } from '../kernel/user-kernel.ts';
import { type Id, theId } from '../lang/expr.ts';
import type { Code } from '../lang/nodes.ts';

export interface Place {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
}
export function place(mm: number, va: number): Place {
  return { mm: theId('mm', mm), va: theId('va', va) };
}
export function filePage(n: number): Id<'slot'> {
  return theId('slot', n);
}

/** A user or kernel thread, pinned to a CPU. `code` is told the CPU. */
export function thread(
  name: string,
  cpu: number,
  code: (k: UserKernel, cpu: Id<'cpu'>) => readonly Code[],
): ThreadSetup {
  return { name, cpu, code: (k) => code(k, theId('cpu', cpu)) };
}

/** Reclaim takes one page of the page cache, whichever it likes. */
export const kswapd: ThreadSetup = thread('kswapd', 0, (k) => reclaim(k));

/** The thread's CPU runs a kernel thread for a while, and keeps or lets go of the page tables. */
export function sleep(k: UserKernel, cpu: Id<'cpu'>, depth: 'lazy' | 'deep'): Code[] {
  const with_ = switching(k);
  return [
    switch_to_kernel_thread(with_, { cpu }),
    ...(depth === 'deep' ? [leave_mm(with_, { cpu })] : []),
  ];
}
/** It runs again, after whatever its CPU did meanwhile. */
export function wake(k: UserKernel, cpu: Id<'cpu'>, mm: number, name: string): Code {
  return switch_to_user(switching(k), { cpu, mm: theId('mm', mm), next: k.thread(name) });
}

/** A kernel whose CPUs switch, as the scenario's world says. */
export function switching(k: UserKernel): UserKernel & { readonly switching: CpuState } {
  const { switching } = k;
  if (switching === undefined) throw new Error('the CPUs of this world do not switch');
  return { ...k, switching };
}
