// The smallest automaton that says the same: states that no sequence of events tells apart are one.

export interface Merged {
  /** By state and letter, as the table given. */
  readonly next: readonly (readonly (number | undefined)[])[];
  /** By state: the states of the table that came to it, in order. The first has the first. */
  readonly members: readonly (readonly number[])[];
}

/** `table[state][letter]`: the next state, or undefined where the letter is not allowed. */
export function merged(table: readonly (readonly (number | undefined)[])[]): Merged {
  let classOf = table.map(() => 0);
  for (let count = 1; ; ) {
    const keys = table.map((row, i) =>
      JSON.stringify([classOf[i], row.map((to) => (to === undefined ? null : classOf[to]))]),
    );
    const seen = [...new Set(keys)];
    classOf = keys.map((key) => seen.indexOf(key));
    if (seen.length === count) break;
    count = seen.length;
  }
  const members = [...new Set(classOf)].map((one) =>
    classOf.flatMap((other, i) => (other === one ? [i] : [])),
  );
  const next = members.map(([first = 0]) =>
    (table[first] ?? []).map((to) => (to === undefined ? undefined : classOf[to])),
  );
  return { next, members };
}
