// Declaring state: scalars and tables indexed by identities, each with the lock that protects it.

import { cellRef, Id, type RefOf } from './expr.ts';
import type { Cell, Guard, Node } from './nodes.ts';
import type { Sort } from './sorts.ts';

export type IdsOf<I extends readonly string[]> = { [K in keyof I]: Id<I[K] & string> };
export type RefsOf<F extends Record<string, Sort>> = { readonly [K in keyof F]: RefOf<F[K]> };

/** `guard` gets the indices of the entry written and says what the writer must hold. */
export type GuardOf<I extends readonly string[]> = (...index: IdsOf<I>) => {
  held: { node: Node };
  lock: string;
};

/** All cells of a model, in the order they were declared. */
export class Declarations {
  readonly cells: Cell[] = [];
  /** Whose state is declared from now on. Paths declare only what they touch of their own kind. */
  owner = 'kernel';

  /** One variable. */
  scalar<S extends Sort>(name: string, sort: S, guard?: GuardOf<[]>): RefOf<S> {
    const cell = this.#add(name, [], sort, guard as GuardOf<readonly string[]> | undefined);
    return cellRef(cell, []);
  }

  /**
   * A table of records: `table('pte', ['mm', 'va'], { frame: maybe('frame') })` gives a function
   * from indices to the entry's fields, `pte(mm, va).frame`.
   */
  table<const I extends readonly string[], F extends Record<string, Sort>>(
    name: string,
    index: I,
    fields: F,
    guard?: GuardOf<I>,
  ): (...at: IdsOf<I>) => RefsOf<F> {
    const cells = Object.entries(fields).map(
      ([field, sort]) =>
        [
          field,
          this.#add(
            `${name}.${field}`,
            index,
            sort,
            guard as GuardOf<readonly string[]> | undefined,
          ),
        ] as const,
    );
    return (...at) => {
      const nodes = (at as readonly Id[]).map((one) => one.node);
      const refs: Record<string, unknown> = {};
      for (const [field, cell] of cells) refs[field] = cellRef(cell, nodes);
      return refs as RefsOf<F>;
    };
  }

  /** A table with one value per entry: `column('free', ['frame'], bool)`. */
  column<const I extends readonly string[], S extends Sort>(
    name: string,
    index: I,
    sort: S,
    guard?: GuardOf<I>,
  ): (...at: IdsOf<I>) => RefOf<S> {
    const cell = this.#add(name, index, sort, guard as GuardOf<readonly string[]> | undefined);
    return (...at) =>
      cellRef(
        cell,
        (at as readonly Id[]).map((one) => one.node),
      );
  }

  #add<S extends Sort>(
    name: string,
    index: readonly string[],
    sort: S,
    guard: GuardOf<readonly string[]> | undefined,
  ): Cell & { sort: S } {
    if (this.cells.some((cell) => cell.name === name)) {
      throw new Error(`state '${name}' is declared twice`);
    }
    const cell: Cell & { sort: S } = {
      name,
      owner: this.owner,
      index,
      sort,
      guard: guard === undefined ? undefined : (at) => guardNode(guard, index, at),
    };
    this.cells.push(cell);
    return cell;
  }
}

function guardNode(
  guard: GuardOf<readonly string[]>,
  kinds: readonly string[],
  at: readonly Node[],
): Guard {
  const ids = at.map((node, i) => new Id(node, kinds[i] ?? ''));
  const answer = guard(...ids);
  return { held: answer.held.node, lock: answer.lock };
}
