// How a state becomes the key that sits in the table. Narrow states are their own keys. Wide ones
// are folded: groups of words are interned, each distinct group once, and a key is made of the
// groups' numbers; groups of numbers are folded again until the key is short. With groups of two
// and keys of two this is the tree compression of LTSmin (Laarman, van de Pol, Weber: "Parallel
// Recursive State Compression for Free", SPIN 2011). It is exact: a key stands for one state.

/** Values are numbered: first the state's words, then the nodes' numbers in order. */
export interface FoldNode {
  /** Values that it stands for, at most `arity`. */
  readonly inputs: readonly number[];
  readonly output: number;
}

export interface Plan {
  readonly words: number;
  /** Words of a key. */
  readonly key: number;
  /** Words of an interned group; 0 where keys are the states themselves. */
  readonly arity: number;
  /** Inputs always before what is made of them. */
  readonly nodes: readonly FoldNode[];
  /** The values that the key consists of. */
  readonly roots: readonly number[];
  readonly values: number;
}

/** `plain`: states inline. `folded`: groups of a few words. `tree`: pairs, down to two words. */
export type StoreKind = 'plain' | 'folded' | 'tree';

/** Up to this many words a state is its own key unless asked for otherwise. */
export const NARROW = 4;
/** Words of a group that is interned. */
export const ARITY = 4;

export function planOf(words: number, kind: StoreKind | 'auto' = 'auto'): Plan {
  const chosen = kind === 'auto' ? (words <= NARROW ? 'plain' : 'folded') : kind;
  if (chosen === 'plain') return fold(words, 0, words);
  return chosen === 'tree' ? fold(words, 2, 2) : fold(words, ARITY, 3);
}

/** Folds in layers of groups of `arity` until at most `most` values are left. */
export function fold(words: number, arity: number, most: number): Plan {
  const nodes: FoldNode[] = [];
  let values = words;
  let roots = Array.from({ length: words }, (_, i) => i);
  while (roots.length > most) {
    const groups = Math.ceil(roots.length / arity);
    roots = Array.from({ length: groups }, (_, g) => {
      const first = Math.floor((g * roots.length) / groups);
      const inputs = roots.slice(first, Math.floor(((g + 1) * roots.length) / groups));
      if (inputs.length === 1) return inputs[0] as number;
      nodes.push({ inputs, output: values });
      return values++;
    });
  }
  return { words, key: roots.length, arity: nodes.length === 0 ? 0 : arity, nodes, roots, values };
}
