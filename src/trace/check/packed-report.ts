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
  /** Its fields are good during the call only. */
  readonly event: Happening;
}

/** Tens of thousands may come up and turn out to be legal: the parties are named when somebody asks. */
export class PackedReport implements RuleReport {
  readonly rule: AnyRule;
  readonly subject: Readonly<Record<string, IdValue>>;
  readonly born: Moment;
  readonly now: Moment;
  readonly #known: ReportNames;
  readonly #found: Found;
  #parties: Readonly<Record<string, Value>> | undefined;

  constructor(rule: AnyRule, known: ReportNames, found: Found, born: Moment) {
    this.rule = rule;
    this.subject = subjectOf(rule.keptFor, found.at, known);
    this.born = born;
    this.now = momentOf(found.event);
    this.#known = known;
    this.#found = found;
    // What a slot is called may be forgotten.
    if (partiesOf(found.stmt).some(([, field]) => isSlot(field))) this.#parties = this.#named();
  }

  get parties(): Readonly<Record<string, Value>> {
    this.#parties ??= this.#named();
    return this.#parties;
  }

  /** Its party of that name, ascending. */
  get cpus(): number[] {
    const { stmt, values } = this.#found;
    const i = partiesOf(stmt).findIndex(([name]) => name === 'cpus');
    return this.#known.names.cpus.numbersIn(values[i] ?? []);
  }

  #named(): Record<string, Value> {
    const { stmt, values, event } = this.#found;
    return Object.fromEntries(
      partiesOf(stmt).map(([name, field], i) => [
        name,
        partyOf(field, values[i] ?? [], this.#known, event),
      ]),
    );
  }
}

function subjectOf(
  keptFor: readonly string[],
  at: readonly number[],
  known: ReportNames,
): Record<string, IdValue> {
  const subject: Record<string, IdValue> = {};
  for (let i = 0; i < keptFor.length; i++) {
    const name = keptFor[i] as string;
    subject[name] = named(name, at[i] ?? NONE, known) as IdValue;
  }
  return subject;
}

const parties = new WeakMap<Found['stmt'], [string, Field][]>();

function partiesOf(stmt: Found['stmt']): [string, Field][] {
  let known = parties.get(stmt);
  if (known === undefined) {
    known = Object.entries(stmt.parties);
    parties.set(stmt, known);
  }
  return known;
}

function isSlot(field: Field): boolean {
  return 'node' in field && 'of' in field.sort && field.sort.of === 'slot';
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
