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
