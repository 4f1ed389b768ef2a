// Stacks are recorded after the record that they belong to: a place for the one of the record at hand is
// handed out at once, and filled when the stack comes.

import { KERNEL_STACK, type KernelStack } from '../formats/kernel-stack.ts';
import type { TraceRecord } from '../formats/trace-record.ts';

export class LastStacks {
  #here: string[] | undefined;
  #cpu = -1;
  #pid = -1;
  readonly #last = new Map<number, { readonly pid: number; readonly frames: string[] }>();

  /** A record has come; what came before it on its CPU had no stack. */
  next({ event, cpu, pid }: TraceRecord): void {
    if (event !== KERNEL_STACK && this.#last.size > 0) this.#last.delete(cpu);
    this.#here = undefined;
    this.#cpu = cpu;
    this.#pid = pid;
  }

  /** Where the record at hand came from, once that is known; the same for all its events. */
  readonly here = (): readonly string[] => {
    if (this.#here === undefined) {
      this.#here = [];
      this.#last.set(this.#cpu, { pid: this.#pid, frames: this.#here });
    }
    return this.#here;
  };

  came({ cpu, pid, frames }: KernelStack): void {
    const last = this.#last.get(cpu);
    if (last?.pid === pid) last.frames.push(...frames);
    this.#last.delete(cpu);
  }
}
