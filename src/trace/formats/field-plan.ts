// Where the fields of a list are in the records of one event, worked out once: then they are read in
// one go, without a question asked of each.

import type { EventFormat, Field } from './event-format.ts';
import { type RecordBytes, readWide } from './field-access.ts';
import type { FieldList, FieldNames } from './field-names.ts';
import type { Wide } from './wide.ts';

/** How a field is read: not there; 64 bits; 32 or 8 without sign; in some other way. */
const way = { absent: 0, long: 1, int: 2, byte: 3, other: 4 } as const;

export interface FieldPlan {
  readonly ways: Uint8Array;
  readonly offsets: Int32Array;
  /** Those read in some other way. */
  readonly others: readonly (Field | undefined)[];
  /** Bits of the fields that the event has. */
  readonly present: number;
  /** Where the last of them ends: in a record that is shorter each is looked at by itself. */
  readonly end: number;
}

export function planOf({ fields: has }: EventFormat, { fields }: FieldList): FieldPlan {
  const found = fields.map(({ names }) => firstOf(has, names));
  const plain = found.filter((field) => field !== undefined && wayOf(field) !== way.other);
  return {
    ways: Uint8Array.from(found, wayOf),
    offsets: Int32Array.from(found, (field) => field?.offset ?? 0),
    others: found.map((field) => (wayOf(field) === way.other ? field : undefined)),
    present: found.reduce((bits, field, i) => (field === undefined ? bits : bits | (1 << i)), 0),
    end: Math.max(0, ...plain.map((field) => (field?.offset ?? 0) + (field?.size ?? 0))),
  };
}

const one: Wide = { low: 0, high: 0 };

/**
 * The fields as halves, low then high, in the order of the list; says which are there by bits. To be
 * asked of records in little-endian order that are as long as the plan.
 */
export function readPlanned(bytes: RecordBytes, plan: FieldPlan, into: Int32Array): number {
  const { view, start } = bytes;
  const { ways, offsets } = plan;
  let { present } = plan;
  for (let i = 0; i < ways.length; i++) {
    const at = start + (offsets[i] as number);
    switch (ways[i]) {
      case way.long:
        into[2 * i] = view.getInt32(at, true);
        into[2 * i + 1] = view.getInt32(at + 4, true);
        break;
      case way.int:
        into[2 * i] = view.getInt32(at, true);
        into[2 * i + 1] = 0;
        break;
      case way.byte:
        into[2 * i] = view.getUint8(at);
        into[2 * i + 1] = 0;
        break;
      case way.other:
        if (readWide(bytes, plan.others[i] as Field, one)) {
          into[2 * i] = one.low;
          into[2 * i + 1] = one.high;
        } else present &= ~(1 << i);
        break;
      default:
    }
  }
  return present;
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
