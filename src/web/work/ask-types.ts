// The page's side of the worker for types.

import type { TypeService } from '../compute/type-service.ts';

export interface TypeQuestion {
  readonly id: number;
  readonly kind: keyof TypeService;
  readonly about: readonly unknown[];
}
export interface TypeReply {
  readonly id: number;
  readonly answer: unknown;
}

/** The same questions, answered by a worker. */
export type AskedTypes = {
  readonly [K in keyof TypeService]: (
    ...about: Parameters<TypeService[K]>
  ) => Promise<ReturnType<TypeService[K]>>;
} & { readonly end: () => void };

/** Starts it. Where it cannot be, nothing is ever answered: the editor then has no types, and works. */
export function askTypes(): AskedTypes {
  const worker = new Worker(new URL('./type-worker.ts', import.meta.url), { type: 'module' });
  const waiting = new Map<number, (answer: unknown) => void>();
  let last = 0;
  worker.onmessage = ({ data: { id, answer } }: MessageEvent<TypeReply>) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  };
  const asking =
    (kind: keyof TypeService) =>
    (...about: readonly unknown[]): Promise<never> =>
      new Promise((done) => {
        waiting.set(++last, done as (answer: unknown) => void);
        worker.postMessage({ id: last, kind, about } satisfies TypeQuestion);
      });
  return {
    marks: asking('marks'),
    offers: asking('offers'),
    explain: asking('explain'),
    details: asking('details'),
    end: () => worker.terminate(),
  };
}
