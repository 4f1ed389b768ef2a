// The form of an entry of the coverage list.

/** `scenario: variant variant`, as in `LUF-munmap: broken`. */
export type Refs = readonly string[];

export interface Covered {
  readonly id: string;
  readonly what: string;
  /** Variants that go wrong, and variants that hold once that is repaired. */
  readonly broken?: Refs;
  readonly repaired?: Refs;
  /** What the model would need to say it, where it cannot. */
  readonly missing?: string;
  /** More about what is shown; or, with variants that hold only, why nothing goes wrong. */
  readonly note?: string;
}
/** A bug on record; `direct`: it has the mechanism or the rule of LUF, or of mainline's batches. */
export interface Case extends Covered {
  readonly direct: boolean;
}

export function shown(
  id: string,
  what: string,
  broken: Refs,
  repaired: Refs,
  note?: string,
): Covered {
  return { id, what, broken, repaired, ...(note === undefined ? {} : { note }) };
}

/** `LUF-munmap: broken broken-segv` as pairs of scenario and variant. */
export function refsOf(refs: Refs | undefined): readonly (readonly [string, string])[] {
  return (refs ?? []).flatMap((ref) => {
    const [id = '', variants = ''] = ref.split(': ');
    return variants.split(' ').map((variant) => [id, variant] as const);
  });
}
