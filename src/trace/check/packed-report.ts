// From numbers back to names, where a packed rule finds itself violated.

import type { IdValue } from '../../events/concrete.ts';
import type { Field, Stmt } from '../../lang/nodes.ts';
import type { AnyRule } from '../../rules/rule.ts';
import type { Names } from '../profiles/names.ts';
import { type Happening, slotName } from './happening.ts';
import { NONE } from './packed-code.ts';
import type { RuleReport } from './rule-runner.ts';
import type { SlotNames } from './slot-names.ts';
import type { Moment } from './subject-store.ts';
import type { Value } from './values.ts';

export interface ReportNames {
  readonly names: Names;
  readonly slots: SlotNames;
}

interface Found {
  readonly stmt: Extract<Stmt, { op: 'report' }>;
  /** Of its parties: the words of a set, or one number. */
  readonly values: readonly number[][];
  /** Coordinates of the subject. */
  readonly at: readonly number[];
  readonly event: Happening;
}

export function packedReport(
  rule: AnyRule,
  known: ReportNames,
  { stmt, values, at, event }: Found,
  moments: { readonly born: Moment; readonly now: Moment },
): RuleReport {
  const parties: Record<string, Value> = {};
  const partyNames = partiesOf(stmt);
  for (let i = 0; i < partyNames.length; i++) {
    const [name, field] = partyNames[i] as [string, Field];
    parties[name] = partyOf(field, values[i] ?? [], known, event);
  }
  const subject: Record<string, IdValue> = {};
  const { keptFor } = rule;
  for (let i = 0; i < keptFor.length; i++) {
    const name = keptFor[i] as string;
    subject[name] = named(name, at[i] ?? NONE, known) as IdValue;
  }
  return { rule, subject, parties, born: moments.born, now: moments.now };
}

/** Asked for tens of thousands of reports that turn out to be legal. */
const parties = new WeakMap<Found['stmt'], [string, Field][]>();

function partiesOf(stmt: Found['stmt']): [string, Field][] {
  const known = parties.get(stmt) ?? Object.entries(stmt.parties);
  parties.set(stmt, known);
  return known;
}

function partyOf(
  field: Field,
  values: readonly number[],
  known: ReportNames,
  event: Happening,
): Value {
  if (!('node' in field)) return field.text;
  const { sort, node } = field;
  if (sort.kind === 'set') return new Set(known.names.cpus.numbersIn(values));
  const [value = NONE] = values;
  if (sort.kind !== 'id' && sort.kind !== 'maybe') return value;
  // The event's own slot may have no number.
  if (sort.of === 'slot' && node.op === 'bound') return slotName(event.place);
  return named(sort.of, value, known);
}

function named(kind: string, value: number, { names, slots }: ReportNames): IdValue | null {
  if (value === NONE) return null;
  if (kind === 'mm') return names.mms.nameOf(value) ?? null;
  return kind === 'slot' ? slots.nameOf(value) : value;
}

/** To be asked when all is known of it. */
export function momentOf(event: Happening): Moment {
  event.kept ??= freshMoment(event);
  return event.kept;
}

function freshMoment({ at, cpu, by, what, stackHere }: Happening): Moment {
  const stack = stackHere?.();
  return stack === undefined ? { at, cpu, by, what } : { at, cpu, by, what, stack };
}
