// Short numbers for what a trace names at length: address spaces by the address of their mm_struct,
// and CPUs, whose numbers may have holes. Everything between reading and telling goes by these.

import { hexFromWide, type Wide } from '../formats/wide.ts';

/** No address space: left out, or not known. */
export const NO_MM = -1;

/** Address spaces by number, from 0 in the order in which they are met. Pointers are reused, so there are few. */
export class MmNames {
  /** Hex without 0x, by number. */
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** By low half; there the few that share it, by high half. */
  readonly #byLow = new Map<number, { readonly high: number; readonly mm: number }[]>();
  #last = { low: 0, high: 0, mm: NO_MM };

  of({ low, high }: Wide): number {
    return this.ofHalves(low, high);
  }

  ofHalves(low: number, high: number): number {
    const last = this.#last;
    if (last.low === low && last.high === high && last.mm !== NO_MM) return last.mm;
    let here = this.#byLow.get(low);
    if (here === undefined) {
      here = [];
      this.#byLow.set(low, here);
    }
    let known: (typeof here)[number] | undefined;
    // A function to search by would need memory each time.
    for (let i = 0; i < here.length; i++) if (here[i]?.high === high) known = here[i];
    if (known === undefined) {
      known = { high, mm: this.names.length };
      const name = hexFromWide({ low, high });
      this.names.push(name);
      this.#numbers.set(name, known.mm);
      here.push(known);
    }
    last.low = low;
    last.high = high;
    last.mm = known.mm;
    return known.mm;
  }

  /** `NO_MM` for one that was not met. */
  numberOf(name: string): number {
    return this.#numbers.get(name) ?? NO_MM;
  }

  /** Undefined for `NO_MM`. */
  nameOf(mm: number): string | undefined {
    return this.names[mm];
  }
}

const LOW = 256;

/** The CPUs of a trace, by place in the order of their numbers. */
export class CpuNames {
  /** CPU number by place, ascending. */
  readonly numbers: readonly number[];
  /** 32-bit words of a set of CPUs. */
  readonly words: number;
  readonly #places = new Map<number, number>();
  /** The same of those below 256, which most machines do not go beyond. */
  readonly #low = new Int16Array(LOW).fill(-1);

  constructor(cpus: Iterable<number>) {
    this.numbers = [...cpus].sort((a, b) => a - b);
    this.numbers.forEach((cpu, place) => {
      this.#places.set(cpu, place);
      if (cpu < LOW) this.#low[cpu] = place;
    });
    this.words = Math.max(1, Math.ceil(this.numbers.length / 32));
  }

  /** -1 for a CPU that the trace has no record of. */
  placeOf(cpu: number): number {
    return this.#low[cpu] ?? this.#places.get(cpu) ?? -1;
  }

  /** CPU numbers of a set, ascending. */
  numbersIn(set: ArrayLike<number>): number[] {
    const found: number[] = [];
    for (let place = 0; place < this.numbers.length; place++) {
      if (hasPlace(set, place)) found.push(this.numbers[place] as number);
    }
    return found;
  }
}

export function hasPlace(set: ArrayLike<number>, place: number): boolean {
  return (((set[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1;
}

export interface Names {
  readonly mms: MmNames;
  readonly cpus: CpuNames;
}

export function namesFor(cpus: Iterable<number>): Names {
  return { mms: new MmNames(), cpus: new CpuNames(cpus) };
}
