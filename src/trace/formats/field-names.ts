// Fields by the names that recorders gave them. Whoever asks for one again and again asks by such a
// value, made once: a reader then remembers for each event which of its fields is meant.

/** The names that a field may go by, the first one that an event has counts. */
export interface FieldNames {
  /** Small, and another one for each value. */
  readonly id: number;
  readonly names: readonly string[];
}

let made = 0;

/** To be made once for each field, not for each record. */
export function fieldNames(...names: readonly string[]): FieldNames {
  return { id: made++, names };
}

/** Several fields that are asked for together, record by record. */
export interface FieldList {
  /** Small, and another one for each value. */
  readonly id: number;
  readonly fields: readonly FieldNames[];
}

let listed = 0;

/** To be made once for each list; not more than 31 fields. */
export function fieldList(...fields: readonly FieldNames[]): FieldList {
  return { id: listed++, fields };
}
