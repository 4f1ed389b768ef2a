// Conditions that the text itself decides: an optional part of an event that is left out, a design
// that never defers. What they guard is no part of the model.

import type { Node } from '../nodes.ts';

/** True or false where the text decides; undefined where the state does. */
export function decided(node: Node): boolean | undefined {
  switch (node.op) {
    case 'const':
      return node.value !== 0;
    case 'not': {
      const a = decided(node.a);
      return a === undefined ? undefined : !a;
    }
    case 'and': {
      const [a, b] = [decided(node.a), decided(node.b)];
      if (a === false || b === false) return false;
      return a === true && b === true ? true : undefined;
    }
    case 'or': {
      const [a, b] = [decided(node.a), decided(node.b)];
      if (a === true || b === true) return true;
      return a === false && b === false ? false : undefined;
    }
    case 'isNone':
      if (node.a.op === 'none') return true;
      return node.a.op === 'some' ? false : undefined;
    default:
      return undefined;
  }
}
