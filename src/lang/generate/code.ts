// Pieces of generated JavaScript, and what is known of the values they compute.

import type { Field } from '../layout.ts';

/** An expression: `text` stands for itself wherever it is put (an atom, or in parentheses). */
export interface Code {
  readonly text: string;
  /** Bounds of its value: what lies within needs no check where it is stored or used as an index. */
  readonly lo: number;
  readonly hi: number;
  /** Evaluating it may find an error of the model: it may not be left out. */
  readonly fails: boolean;
  /** Set for a plain read of one field, which can be compared in place. */
  readonly field?: Field;
  /** What one more than this is, if that is simpler. */
  readonly plusOne?: Code;
}
/**
 * A number is a value that the interpreter knows beforehand too, and drops what it makes needless,
 * errors included. What only the generator finds out is a Code whose bounds meet.
 */
export type Val = number | Code;
/** The same for conditions. */
export type Cond = boolean | Test;
export interface Test {
  readonly text: string;
  /** The contrary. */
  readonly not: string;
  readonly fails: boolean;
  /** Found out to be always so. */
  readonly always?: boolean;
  /** Fields known to be other than 0 where it is true, and where it is not. */
  readonly ifTrue?: readonly Field[];
  readonly ifFalse?: readonly Field[];
}

/**
 * Which words a stretch of generated code reads and writes, how many temporaries it needs, and which
 * fields are known not to be 0 at the point that is being written: of what has been asked `the` (or
 * found to be some) it need not be asked again.
 */
export class Used {
  readonly reads = new Set<number>();
  readonly writes = new Set<number>();
  temps = 0;
  #some: readonly Field[] = [];
  #learning = true;

  /** A fresh temporary; declared by whoever makes the function. */
  temp(): string {
    return `t${this.temps++}`;
  }
  read(word: number): string {
    this.reads.add(word);
    return `w${word}`;
  }
  /** `whole`: the bits that change. */
  write(word: number, whole: number): string {
    this.reads.add(word);
    this.writes.add(word);
    this.#some = this.#some.filter((one) => one.word !== word || !overlaps(one, whole));
    return `w${word}`;
  }

  knowsSome(field: Field): boolean {
    return this.#some.some((one) => same(one, field));
  }
  learnSome(fields: readonly Field[] | undefined): void {
    if (fields === undefined || fields.length === 0 || !this.#learning) return;
    this.#some = [...this.#some, ...fields];
  }
  /** What is known, to come back to if what is written next is left out. */
  get known(): readonly Field[] {
    return this.#some;
  }
  set known(before: readonly Field[]) {
    this.#some = before;
  }
  /** For text that is perhaps not run, or not in this order: what is learned there counts there only. */
  aside<T>(fields: readonly Field[] | undefined, body: () => T): T {
    const before = this.#some;
    this.learnSome(fields);
    const inside = this.#some;
    const result = body();
    const after = this.#some;
    if (after !== inside || inside !== before) {
      this.#some = before.filter((one) => after.includes(one));
    }
    return result;
  }
  /** From here on every piece stands for itself. */
  forget(): void {
    this.#some = [];
    this.#learning = false;
  }
}

function overlaps(field: Field, whole: number): boolean {
  return ((field.mask << field.shift) & whole) !== 0;
}
function same(a: Field, b: Field): boolean {
  return a.word === b.word && a.shift === b.shift && a.mask === b.mask;
}

export function code(text: string, lo: number, hi: number, fails: boolean): Code {
  return { text, lo, hi, fails };
}
export function settledOf(val: Val): number | undefined {
  return typeof val === 'number' ? val : settled(val);
}
export function textOf(val: Val): string {
  if (typeof val !== 'number') return val.text;
  return val < 0 ? `(${val})` : `${val}`;
}
export function loOf(val: Val): number {
  return typeof val === 'number' ? val : val.lo;
}
export function hiOf(val: Val): number {
  return typeof val === 'number' ? val : val.hi;
}
export function failsOf(val: Val | Cond): boolean {
  return typeof val === 'object' && val.fails;
}
const contrary = { '===': '!==', '!==': '===', '<': '>=' } as const;
export function compare(a: string, op: keyof typeof contrary, b: string, fails: boolean): Test {
  return { text: `(${a} ${op} ${b})`, not: `(${a} ${contrary[op]} ${b})`, fails };
}
export function test(text: string, fails: boolean): Test {
  return { text, not: `!${text}`, fails };
}
export function foundOut(always: boolean): Test {
  return { text: `${always}`, not: `${!always}`, fails: false, always };
}
export function negated(cond: Cond): Cond {
  if (typeof cond === 'boolean') return !cond;
  if (cond.always !== undefined) return foundOut(!cond.always);
  const { text, not, fails, ifTrue = [], ifFalse = [] } = cond;
  return { text: not, not: text, fails, ifTrue: ifFalse, ifFalse: ifTrue };
}
/** The value of a Code that always has the same and needs no evaluation. */
export function settled(val: Code): number | undefined {
  return val.lo === val.hi && !val.fails ? val.lo : undefined;
}

/** Smallest 2^n - 1 that is not less. */
export function allOnes(n: number): number {
  return n <= 0 ? 0 : 2 ** (32 - Math.clz32(n)) - 1;
}

/** A word's worth of bits as a literal that the engine keeps as a small integer. */
export function bits(value: number): string {
  const word = value | 0;
  return word < 0 ? `-0x${(-word).toString(16)}` : `0x${word.toString(16)}`;
}
/** `bits` where it is an operand. */
export function bitsOperand(value: number): string {
  return (value | 0) < 0 ? `(${bits(value)})` : bits(value);
}
