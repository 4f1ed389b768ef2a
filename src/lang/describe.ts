// A packed state in words.

import { type Decoded, decode } from './compile-stmt.ts';
import { readField } from './layout.ts';
import type { Machine } from './machine.ts';
import type { Cell } from './nodes.ts';
import { type Sizes, sizeOf } from './sorts.ts';

/** The value of every state variable, by name: `pte.frame[0,1]`. */
export function describe(machine: Machine, state: Int32Array): Record<string, Decoded> {
  const { layout, text, threads } = machine;
  const values: Record<string, Decoded> = {};
  for (const [cell, fields] of layout.entries()) {
    fields.forEach((field, entry) => {
      const at = indexOf(cell, entry, text.sizes);
      const name = at.length === 0 ? cell.name : `${cell.name}[${at.join(',')}]`;
      values[name] = decode(readField(state, field), cell.sort, { layout });
    });
  }
  threads.forEach((thread, t) => {
    values[`pc[${text.threads[t]?.name}]`] = readField(state, thread.pc);
  });
  return values;
}

/** The identities that an entry of a table is about. */
export function indexOf(cell: Cell, entry: number, sizes: Sizes): number[] {
  const at: number[] = [];
  let rest = entry;
  for (let i = cell.index.length - 1; i >= 0; i--) {
    const size = sizeOf(sizes, cell.index[i] as string);
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return at;
}
