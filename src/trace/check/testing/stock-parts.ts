// The things of which the little kernel of stock-kernel.ts consists.

/** `held`: preemption is off until the next step. */
export type Step = 'held' | 'free';
export type Work = Generator<Step, void, void>;

export interface Mm {
  readonly pointer: string;
  gen: number;
  readonly mask: Set<number>;
  readonly ptes: Map<number, Pte>;
  users: number;
  locked: boolean;
  /** exit_mmap() is through with it; then, once no CPU has it loaded, its pointer is given away. */
  isExited: boolean;
  isReaped: boolean;
}
export interface Pte {
  readonly frame: number;
  readonly slot: number | undefined;
}
export interface Task {
  readonly pid: number;
  readonly name: string;
  mm: Mm | undefined;
  work: Work | undefined;
  isDead: boolean;
  cpu: number | undefined;
}
export interface Flush {
  readonly mm: Mm | undefined;
  readonly start: number;
  readonly end: number | undefined;
  readonly gen: number;
  readonly from: number;
  waiting: number;
  readonly freedTables: boolean;
}
export interface Cpu {
  readonly id: number;
  current: Task;
  loaded: Mm;
  lazy: boolean;
  gen: number;
  readonly tlb: Map<number, { frame: number; owner: number }>;
  readonly ipis: Flush[];
  readonly free: number[];
}

export const PAGE = 4096;

export function newMm(pointer: string): Mm {
  const [isExited, isReaped] = [false, false];
  return {
    ...{ pointer, gen: 1, mask: new Set(), ptes: new Map() },
    ...{ users: 0, locked: false, isExited, isReaped },
  };
}
export function kernelThread(pid: number, name: string): Task {
  return { pid, name, mm: undefined, work: undefined, isDead: false, cpu: undefined };
}
export function userTask(pid: number, mm: Mm): Task {
  return { pid, name: 'prog', mm, work: undefined, isDead: false, cpu: undefined };
}
