// What must be able to come about, else a scenario shows nothing: "holds" of a world in which the
// interesting moment never comes is no answer, but a slip in the scenario.

import type { FieldsOf } from '../events/emit.ts';
import type { EventKind } from '../events/vocabulary.ts';
import { Declarations } from '../lang/declare.ts';
import type { Bool } from '../lang/expr.ts';
import type { Stmt } from '../lang/nodes.ts';
import type { Observer } from '../lang/observer.ts';
import { flatStmts, when } from '../lang/program.ts';
import type { UserKernel } from './user-kernel.ts';

/** Some interleaving must come to this event, while the condition holds. */
export interface Witness {
  /** In words; also what tells it from the scenario's others. */
  readonly says: string;
  readonly event: EventKind;
  /** Looked at just before the event is true. The fields are those of the event. */
  readonly holds: (fields: never, k: UserKernel) => Bool | undefined;
  /** Where it is never reached "holds" stays, and says so. */
  readonly onlyNoted?: true;
}

/**
 * The same moments, asked of a design that the scenario was not written for: it may flush so early
 * that there is no such moment, which is no slip of the scenario's.
 */
export function onlyNoted(witnesses: readonly Witness[]): Witness[] {
  return witnesses.map((one) => ({ ...one, onlyNoted: true }));
}

/**
 * A moment that a scenario must reach: an event of the vocabulary, and what must hold just before it.
 *
 *     reaches('tlb.use', 'a load through an entry that is gone', (e, k) =>
 *       k.pte(e.mm, e.va).frame.isNone())
 *
 * @throws nothing; a variant that holds without ever reaching it is judged `unreached`, which is never
 * as expected.
 */
export function reaches<K extends EventKind>(
  event: K,
  says: string,
  holds: (fields: FieldsOf<K>, k: UserKernel) => Bool | undefined = () => undefined,
): Witness {
  return { says, event, holds };
}

/** The property that is reported when a witness is reached. */
export function witnessProperty({ says }: Witness): string {
  return `reached: ${says}`;
}

/** Reports each witness whenever it is reached. */
export function witnessing(k: UserKernel, witnesses: readonly Witness[]): Observer {
  const kinds = new Set(witnesses.map(({ event }) => event));
  return {
    id: 'witness',
    reports: witnesses.map(witnessProperty),
    declarations: new Declarations(),
    hears: Object.fromEntries(
      [...kinds].map((kind) => [
        kind,
        (fields: Record<string, unknown>) =>
          witnesses
            .filter(({ event }) => event === kind)
            .flatMap((one) => {
              const stmt: Stmt = { op: 'report', id: witnessProperty(one), parties: {} };
              const holds = one.holds(fields as never, k);
              return flatStmts(holds === undefined ? [stmt] : [when(holds, [stmt])]);
            }),
      ]),
    ),
    init: [],
  };
}
