// The events of a counterexample as one typed list, in the order in which they happened.

import type { ConcreteEvent, ConcreteOf, IdValue } from '../events/concrete.ts';
import type { EventKind } from '../events/vocabulary.ts';
import type { TraceStep } from './judge.ts';

export type Moment = ConcreteEvent;
export type MomentOf<K extends EventKind> = ConcreteOf<K>;

export const HARDWARE = 'hardware';

export function momentsOf(steps: readonly TraceStep[]): readonly Moment[] {
  return steps.flatMap((step) =>
    step.events.map(
      (event) =>
        ({
          ...event.fields,
          event: event.name,
          at: step.n,
          cpu: step.cpu,
          ...(step.who === HARDWARE ? {} : { by: step.who }),
        }) as unknown as Moment,
    ),
  );
}

export function isA<K extends EventKind>(moment: Moment, ...kinds: K[]): moment is MomentOf<K> {
  return (kinds as string[]).includes(moment.event);
}

/** An address of an address space, as a key. */
export function placeOf({ mm, va }: { readonly mm: IdValue; readonly va: IdValue }): string {
  return `${mm}:${va}`;
}

/** Whether a flush reaches what a CPU holds for an address. */
export function covers(
  flush: MomentOf<'tlb.flush'>,
  entry: { readonly cpu: IdValue; readonly mm: IdValue; readonly va: IdValue },
): boolean {
  return (
    flush.cpus.includes(entry.cpu) &&
    (flush.mm === undefined || flush.mm === entry.mm) &&
    (flush.va === undefined || flush.va === entry.va)
  );
}
