import type { Node } from '../nodes.ts';

/** The expressions that an expression is made of. */
export function parts(node: Node): readonly Node[] {
  switch (node.op) {
    case 'cell':
      return node.index;
    case 'exists':
      return [node.body];
    case 'ite':
      return [node.c, node.a, node.b];
    default:
      if ('b' in node) return [node.a, node.b];
      return 'a' in node ? [node.a] : [];
  }
}
