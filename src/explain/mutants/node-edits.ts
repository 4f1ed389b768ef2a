// Slips in expressions: a term that is not asked for, and comparisons and sums that are off by one.

import type { Cell, Node } from '../../lang/nodes.ts';
import { conditionText } from '../condition-text.ts';
import type { Operator } from './operators.ts';

export interface NodeEdit {
  readonly operator: Extract<Operator, 'drop-term' | 'off-by-one'>;
  /** What is dropped, or compared. */
  readonly about: string;
  make(): Node;
}

/** Every slip in an expression, outermost first. */
export function nodeEdits(node: Node): NodeEdit[] {
  return [...ownEdits(node), ...innerEdits(node)];
}

function ownEdits(node: Node): NodeEdit[] {
  switch (node.op) {
    case 'and':
    case 'or':
      return [
        { operator: 'drop-term', about: conditionText(node.a), make: () => node.b },
        { operator: 'drop-term', about: conditionText(node.b), make: () => node.a },
      ];
    case 'lt':
      // a < b becomes a <= b.
      return [
        {
          operator: 'off-by-one',
          about: conditionText(node),
          make: () => ({ op: 'not', a: { op: 'lt', a: node.b, b: node.a } }),
        },
      ];
    case 'add':
    case 'sub':
      return node.b.op === 'const'
        ? [{ operator: 'off-by-one', about: conditionText(node), make: () => node.a }]
        : [];
    default:
      return [];
  }
}

function innerEdits(node: Node): NodeEdit[] {
  const within = (part: Node, into: (part: Node) => Node): NodeEdit[] =>
    nodeEdits(part).map((edit) => ({ ...edit, make: () => into(edit.make()) }));
  switch (node.op) {
    case 'exists':
      return within(node.body, (body) => ({ ...node, body }));
    case 'ite':
      return [
        ...within(node.c, (c) => ({ ...node, c })),
        ...within(node.a, (a) => ({ ...node, a })),
        ...within(node.b, (b) => ({ ...node, b })),
      ];
    case 'const':
    case 'none':
    case 'empty':
    case 'all':
    case 'me':
    case 'cell':
    case 'local':
    case 'bound':
      return [];
    default: {
      const first = within(node.a, (a) => ({ ...node, a }));
      return 'b' in node ? [...first, ...within(node.b, (b) => ({ ...node, b }))] : first;
    }
  }
}

/** The expression with another table in place of one. */
export function withCell(node: Node, from: Cell, to: Cell): Node {
  const inside = (part: Node): Node => withCell(part, from, to);
  switch (node.op) {
    case 'cell':
      return { ...node, cell: node.cell === from ? to : node.cell, index: node.index.map(inside) };
    case 'exists':
      return { ...node, body: inside(node.body) };
    case 'ite':
      return { ...node, c: inside(node.c), a: inside(node.a), b: inside(node.b) };
    case 'const':
    case 'none':
    case 'empty':
    case 'all':
    case 'me':
    case 'local':
    case 'bound':
      return node;
    default:
      return 'b' in node
        ? { ...node, a: inside(node.a), b: inside(node.b) }
        : { ...node, a: inside(node.a) };
  }
}

/** Whether any table for which it holds is read. */
export function reads(node: Node, isIt: (cell: Cell) => boolean): boolean {
  if (node.op === 'cell') {
    return isIt(node.cell) || node.index.some((one) => reads(one, isIt));
  }
  if (node.op === 'exists') return reads(node.body, isIt);
  const parts: (Node | undefined)[] = [
    'c' in node ? node.c : undefined,
    'a' in node ? node.a : undefined,
    'b' in node ? node.b : undefined,
  ];
  return parts.some((part) => part !== undefined && reads(part, isIt));
}
