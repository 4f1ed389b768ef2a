// Which arms of the choices inside of steps are ever taken: the model with an event at the start of
// each arm, which nobody but a listener hears, and which changes no state.

import type { ModelText } from '../../lang/machine.ts';
import type { Code, Stmt } from '../../lang/nodes.ts';

export interface Armed {
  readonly text: ModelText;
  /** The number that an arm of the original text is announced by. */
  readonly numberOf: ReadonlyMap<readonly Stmt[], string>;
}

/** The event's name; its field `arm` is the number. */
export const ARM = 'arm';

export function withArms(text: ModelText): Armed {
  const numberOf = new Map<readonly Stmt[], string>();
  const arm = (stmts: readonly Stmt[]): Stmt[] => {
    const number = numberOf.get(stmts) ?? `${numberOf.size}`;
    numberOf.set(stmts, number);
    const says: Stmt = { op: 'emit', event: ARM, fields: { arm: { sort: 'text', text: number } } };
    return [says, ...inside(stmts)];
  };
  const inside = (stmts: readonly Stmt[]): Stmt[] =>
    stmts.map((stmt): Stmt => {
      if (stmt.op === 'each') return { ...stmt, body: inside(stmt.body) };
      if (stmt.op !== 'if') return stmt;
      return { ...stmt, holds: arm(stmt.holds), otherwise: arm(stmt.otherwise) };
    });
  const codes = (some: readonly Code[]): Code[] =>
    some.map((code): Code => {
      switch (code.op) {
        case 'step':
          return {
            ...code,
            body: inside(code.body),
            otherwise: code.otherwise === undefined ? undefined : inside(code.otherwise),
          };
        case 'branch':
          return { ...code, holds: codes(code.holds), otherwise: codes(code.otherwise) };
        case 'while':
        case 'block':
        case 'call':
          return { ...code, body: codes(code.body) };
        default:
          return code;
      }
    });
  return {
    numberOf,
    text: {
      ...text,
      threads: text.threads.map((thread) => ({ ...thread, code: codes(thread.code) })),
      ambient: text.ambient.map((one) => ({ ...one, body: inside(one.body) })),
    },
  };
}
