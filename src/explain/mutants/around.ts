// What an edit may need to know of the model around the place: how many identities there are, which
// CPU a thread is on, and which other record has the same form.

import type { Declarations } from '../../lang/declare.ts';
import { tableOf } from '../../lang/footprint.ts';
import type { Cell, Node } from '../../lang/nodes.ts';
import { type Sizes, sizeOf } from '../../lang/sorts.ts';

export interface Around {
  /** The last identity of a kind; undefined where there is only one. */
  last(of: string): number | undefined;
  /** The set of the thread's own CPU, in a model in which threads have CPUs. */
  readonly ownCpu: Node | undefined;
  /** Another table of the same owner, indices and sort: the next one declared. */
  sibling(cell: Cell): Cell | undefined;
}

export function aroundOf({ cells }: Declarations, sizes: Sizes): Around {
  const home = cells.find(
    ({ index, sort }) =>
      index.length === 1 && index[0] === 'thread' && sort.kind === 'id' && sort.of === 'cpu',
  );
  const own: Node | undefined =
    home === undefined ? undefined : { op: 'cell', cell: home, index: [{ op: 'me' }] };
  return {
    last: (of) => {
      const n = sizeOf(sizes, of);
      return n > 1 ? n - 1 : undefined;
    },
    ownCpu: own === undefined ? undefined : { op: 'single', a: own },
    sibling: (cell) => siblingOf(cells, cell),
  };
}

/** Of the same record first: a debt goes astray most easily among the fields of one structure. */
function siblingOf(cells: readonly Cell[], cell: Cell): Cell | undefined {
  const alike = cells.filter((one) => isAlike(one, cell));
  const at = alike.indexOf(cell);
  const after = [...alike.slice(at + 1), ...alike.slice(0, Math.max(0, at))];
  return after.find((one) => tableOf(one) === tableOf(cell)) ?? after[0];
}

function isAlike(a: Cell, b: Cell): boolean {
  return (
    a.owner === b.owner &&
    a.index.join() === b.index.join() &&
    a.sort.kind === b.sort.kind &&
    ('of' in a.sort ? a.sort.of : '') === ('of' in b.sort ? b.sort.of : '')
  );
}
