// Where the fields of a list are in the records of one event, worked out once, as code that reads them:
// what is asked of each field is asked when it is written, not for each record.

import type { EventFormat, Field } from './event-format.ts';
import { type RecordBytes, readWide } from './field-access.ts';
import type { FieldList, FieldNames } from './field-names.ts';
import type { Wide } from './wide.ts';

/** How a field is read: not there; 64 bits; 32 or 8 without sign; in some other way. */
const way = { absent: 0, long: 1, int: 2, byte: 3, other: 4 } as const;

export interface FieldPlan {
  /**
   * Reads the fields as halves, low then high, in the order of the list; says which are there by bits. To
   * be asked of records in little-endian order that are as long as the plan.
   */
  readonly read: (bytes: RecordBytes, into: Int32Array) => number;
  /** Where the last of them ends: in a record that is shorter each is looked at by itself. */
  readonly end: number;
}

export function planOf({ fields: has }: EventFormat, { fields }: FieldList): FieldPlan {
  const found = fields.map(({ names }) => firstOf(has, names));
  const plain = found.filter((field) => field !== undefined && wayOf(field) !== way.other);
  return {
    read: readerOf(found),
    end: Math.max(0, ...plain.map((field) => (field?.offset ?? 0) + (field?.size ?? 0))),
  };
}

/** Nothing of the file but numbers gets into the code. */
function readerOf(found: readonly (Field | undefined)[]): FieldPlan['read'] {
  const present = found.reduce(
    (bits, field, i) => (field === undefined ? bits : bits | (1 << i)),
    0,
  );
  const source = [
    'return function (bytes, into) {',
    'const { view, start } = bytes;',
    `let present = ${present};`,
    ...found.map(readingOf),
    'return present;',
    '};',
  ].join('\n');
  return new Function('others', 'readOther', source)(found, readOther) as FieldPlan['read'];
}

function readingOf(field: Field | undefined, i: number): string {
  const at = `start + ${Number(field?.offset)}`;
  const [low, high] = [`into[${2 * i}]`, `into[${2 * i + 1}]`];
  switch (wayOf(field)) {
    case way.long:
      return `${low} = view.getInt32(${at}, true); ${high} = view.getInt32(${at} + 4, true);`;
    case way.int:
      return `${low} = view.getInt32(${at}, true); ${high} = 0;`;
    case way.byte:
      return `${low} = view.getUint8(${at}); ${high} = 0;`;
    case way.other:
      return `if (!readOther(bytes, others[${i}], into, ${2 * i})) present &= ~${1 << i};`;
    default:
      return '';
  }
}

const one: Wide = { low: 0, high: 0 };

function readOther(bytes: RecordBytes, field: Field, into: Int32Array, at: number): boolean {
  if (!readWide(bytes, field, one)) return false;
  into[at] = one.low;
  into[at + 1] = one.high;
  return true;
}

function wayOf(field: Field | undefined): number {
  if (field === undefined) return way.absent;
  if (field.kind !== 'integer') return way.other;
  if (field.size === 8) return way.long;
  if (field.signed || field.size === 2) return way.other;
  return field.size === 4 ? way.int : way.byte;
}

/** The first of the names that is one of a field that can be read at all. */
function firstOf(has: EventFormat['fields'], names: FieldNames['names']): Field | undefined {
  const fields = names.map((name) => has.get(name)).filter((field) => field !== undefined);
  return fields.find(({ kind, mask }) => kind === 'integer' || mask);
}
