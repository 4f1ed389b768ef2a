// What a rule can find by the events that probes show, and what those events have.

import type { EventKind } from '../events/vocabulary.ts';
import type { Cell, Stmt } from '../lang/nodes.ts';
import type { AnyRule } from '../rules/rule.ts';
import { type Present, RuleTrees } from '../rules/told-trees.ts';
import { ruleAutomaton } from './rule-automaton.ts';

/** Whether events of these kinds alone can find it violated. */
export function canSpeak(rule: AnyRule, heard: ReadonlySet<EventKind>): boolean {
  const { letters, next, data } = ruleAutomaton(rule);
  const usable = letters.flatMap(({ event, when }, i) =>
    heard.has(event) && when.every((all) => all.every((one) => dataHeard(one, rule, heard, data)))
      ? [i]
      : [],
  );
  const reached = [0];
  for (const state of reached) {
    for (const letter of usable) {
      const to = next[state]?.[letter];
      if (to === undefined) return true;
      if (!reached.includes(to)) reached.push(to);
    }
  }
  return false;
}

/** A condition on data that no event heard ever sets cannot come to hold. */
function dataHeard(
  condition: string,
  rule: AnyRule,
  heard: ReadonlySet<EventKind>,
  data: readonly { readonly name: string }[],
): boolean {
  const trees = new RuleTrees(rule);
  return data
    .filter(({ name }) => new RegExp(`\\b${name}\\b`).test(condition))
    .every(({ name }) =>
      trees
        .kinds()
        .filter((kind) => heard.has(kind))
        .some((kind) => {
          const told = trees.told(kind, shownOf(kind, trees));
          return told !== undefined && sets(told.stmts, name);
        }),
    );
}

/** Of these, probes show what every one of them has, and no more. */
const bare: ReadonlySet<EventKind> = new Set(['tlb.flush', 'vma.change']);

export function shownOf(kind: EventKind, trees: RuleTrees): Present {
  const fields = trees.allFields(kind);
  if (!bare.has(kind)) return fields;
  const optional = trees.optional(kind);
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !optional.includes(name)));
}

function sets(stmts: readonly Stmt[], name: string): boolean {
  return stmts.some((stmt) => {
    if (stmt.op === 'if') return sets(stmt.holds, name) || sets(stmt.otherwise, name);
    return (
      stmt.op === 'assign' &&
      stmt.target.op === 'cell' &&
      shortName(stmt.target.cell) === name &&
      stmt.value.op !== 'none' &&
      stmt.value.op !== 'empty'
    );
  });
}

/** Of a state variable, without its table. */
export function shortName({ name }: Cell): string {
  return name.slice(name.indexOf('.') + 1);
}
