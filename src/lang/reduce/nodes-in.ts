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

/** Whether two expressions are the same text. */
export function sameText(a: Node, b: Node): boolean {
  if (a === b) return true;
  if (a.op !== b.op) return false;
  if (a.op === 'cell' && a.cell !== (b as typeof a).cell) return false;
  if (a.op === 'const' && a.value !== (b as typeof a).value) return false;
  if (a.op === 'local' && a.local !== (b as typeof a).local) return false;
  if (a.op === 'bound' && a.bound !== (b as typeof a).bound) return false;
  // What binds a name is the same only where it is the same object.
  if (a.op === 'exists' || a.op === 'all') return false;
  const theirs = parts(b);
  return parts(a).every((part, i) => sameText(part, theirs[i] as Node));
}
