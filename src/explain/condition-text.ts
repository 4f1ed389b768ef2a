// What a thread asks of its own locals between two steps, in words.

import type { Node } from '../lang/nodes.ts';

/** Conditions between steps read locals and arguments only, so that is all this must know well. */
export function conditionText(node: Node): string {
  switch (node.op) {
    case 'const':
      return String(node.value);
    case 'local':
      return node.local.name;
    case 'bound':
      return node.bound.name;
    case 'cell':
      return node.cell.name;
    case 'me':
      return 'me';
    case 'none':
      return 'none';
    case 'empty':
    case 'all':
      return node.op;
    case 'not':
      return negated(node.a);
    case 'isNone':
      return `no ${conditionText(node.a)}`;
    case 'isEmpty':
      return `${conditionText(node.a)} is empty`;
    case 'the':
    case 'some':
    case 'single':
      return conditionText(node.a);
    case 'exists':
      return `some ${node.bound.name}: ${conditionText(node.body)}`;
    case 'ite':
      return `${conditionText(node.c)} ? ${conditionText(node.a)} : ${conditionText(node.b)}`;
    default:
      return `${conditionText(node.a)} ${words[node.op]} ${conditionText(node.b)}`;
  }
}

const words: Readonly<Record<string, string>> = {
  eq: 'is',
  lt: '<',
  add: '+',
  sub: '-',
  union: 'with',
  minus: 'without',
  meet: 'meets',
  has: 'has',
  subset: 'within',
  and: 'and',
  or: 'or',
};

function negated(node: Node): string {
  if (node.op === 'isNone') return conditionText(node.a);
  if (node.op === 'isEmpty') return `${conditionText(node.a)} not empty`;
  if (node.op === 'lt') return `${conditionText(node.a)} >= ${conditionText(node.b)}`;
  if (node.op === 'local') return `not ${conditionText(node)}`;
  return `not (${conditionText(node)})`;
}
