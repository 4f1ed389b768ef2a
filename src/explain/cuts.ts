// Parts of a scenario that can be left out by name: a thread, one of its calls, a mapping, the last CPU,
// frame, file page, address or address space. What is left is a variant like any other.

import { Problem } from '../base/problem.ts';
import type { Scenario, Variant } from '../catalogue/scenario.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import type { World } from '../kernel/world.ts';

/** Counts of a world, by the name of one. */
const counts = { cpu: 'cpus', frame: 'frames', slot: 'slots', va: 'vas', mm: 'mms' } as const;
type Counted = keyof typeof counts;

export type Cut =
  | { readonly kind: 'thread'; readonly thread: string }
  /** The n-th call of a thread, from 1, as the scenario has them. */
  | { readonly kind: 'call'; readonly thread: string; readonly n: number }
  | { readonly kind: 'vma'; readonly mm: number; readonly va: number }
  /** The last one of its kind. */
  | { readonly kind: Counted };

/** `thread:slab`, `call:writer.2`, `vma:0.1`, `frame`. */
export function cutName(cut: Cut): string {
  switch (cut.kind) {
    case 'thread':
      return `thread:${cut.thread}`;
    case 'call':
      return `call:${cut.thread}.${cut.n}`;
    case 'vma':
      return `vma:${cut.mm}.${cut.va}`;
    default:
      return cut.kind;
  }
}

/** @throws Problem LUF-E103 for what names no part. */
export function cutsNamed(names: string): Cut[] {
  return names.split(',').map((name): Cut => {
    const [, thread] = /^thread:(.+)$/.exec(name) ?? [];
    if (thread !== undefined) return { kind: 'thread', thread };
    const [, caller, n] = /^call:(.+)\.(\d+)$/.exec(name) ?? [];
    if (caller !== undefined) return { kind: 'call', thread: caller, n: Number(n) };
    const [, mm, va] = /^vma:(\d+)\.(\d+)$/.exec(name) ?? [];
    if (mm !== undefined) return { kind: 'vma', mm: Number(mm), va: Number(va) };
    if (Object.hasOwn(counts, name)) return { kind: name as Counted };
    throw new Problem('LUF-E103', 'names no part that can be left out', {
      where: `--cut ${name}`,
      hint: 'thread:NAME, call:NAME.N, vma:MM.VA, cpu, frame, slot, va or mm',
    });
  });
}

/**
 * The variant without the parts. Not every part can go: what others refer to is missed when the model
 * is built.
 *
 * @throws Problem LUF-E103 where a part is not there, or is in use.
 */
export function without(scenario: Scenario, variant: Variant, cuts: readonly Cut[]): Variant {
  let threads = variant.threads ?? scenario.threads;
  let world = variant.world ?? scenario.world;
  let setup = variant.setup ?? scenario.setup;
  for (const cut of cuts) {
    switch (cut.kind) {
      case 'thread':
        need(
          threads.some((one) => one.name === cut.thread),
          cut,
        );
        threads = threads.filter((one) => one.name !== cut.thread);
        setup = stopped(setup, cut.thread);
        break;
      case 'call':
        // All of a thread's at once, below.
        need(
          threads.some((one) => one.name === cut.thread),
          cut,
        );
        break;
      case 'vma': {
        const isIt = (one: Setup['vmas'][number]): boolean =>
          one.mm === cut.mm && one.va === cut.va;
        need(setup.vmas.some(isIt), cut);
        setup = { ...setup, vmas: setup.vmas.filter((one) => !isIt(one)) };
        break;
      }
      default: {
        const of = counts[cut.kind];
        need(world[of] > 1 && isFree(cut.kind, world[of] - 1, setup, threads), cut);
        setup = shortened(cut.kind, world[of] - 1, setup);
        world = { ...world, [of]: world[of] - 1 } satisfies World;
      }
    }
  }
  return { ...variant, threads: threads.map((one) => withoutCalls(one, cuts)), world, setup };
}

function need(there: boolean, cut: Cut): void {
  if (there) return;
  throw new Problem('LUF-E103', 'this part is not there, or is in use', {
    where: `--cut ${cutName(cut)}`,
  });
}

/** The parts of a variant, those that take most with them first. */
export function partsOf(scenario: Scenario, variant: Variant, codes: readonly number[]): Cut[] {
  const threads = variant.threads ?? scenario.threads;
  const { vmas } = variant.setup ?? scenario.setup;
  return [
    ...threads.map(({ name }): Cut => ({ kind: 'thread', thread: name })),
    ...threads.flatMap(({ name }, t) =>
      Array.from(
        { length: codes[t] ?? 0 },
        (_, i): Cut => ({ kind: 'call', thread: name, n: i + 1 }),
      ),
    ),
    ...vmas.map(({ mm, va }): Cut => ({ kind: 'vma', mm, va })),
    ...(Object.keys(counts) as Counted[]).map((kind): Cut => ({ kind })),
  ];
}

function withoutCalls(thread: ThreadSetup, cuts: readonly Cut[]): ThreadSetup {
  const gone = new Set(
    cuts.flatMap((cut) => (cut.kind === 'call' && cut.thread === thread.name ? [cut.n] : [])),
  );
  if (gone.size === 0) return thread;
  return { ...thread, code: (k) => thread.code(k).filter((_, i) => !gone.has(i + 1)) };
}

/** Its CPU runs nobody any more, but keeps its address space. */
function stopped(setup: Setup, thread: string): Setup {
  if (setup.running === undefined) return setup;
  return { ...setup, running: setup.running.map((name) => (name === thread ? null : name)) };
}

function isFree(
  kind: Counted,
  last: number,
  setup: Setup,
  threads: readonly ThreadSetup[],
): boolean {
  const { vmas, cached, tables = [], huge, loaded } = setup;
  switch (kind) {
    case 'cpu':
      return threads.every((one) => one.cpu !== last);
    case 'frame':
      return (
        !cached.includes(last) &&
        !tables.includes(last) &&
        huge?.frames.includes(last) !== true &&
        vmas.every((one) => one.frame !== last)
      );
    case 'slot':
      return vmas.every((one) => one.file !== last);
    case 'va':
      return huge === undefined && vmas.every((one) => one.va !== last);
    case 'mm':
      return vmas.every((one) => one.mm !== last) && !loaded.includes(last);
  }
}

function shortened(kind: Counted, last: number, setup: Setup): Setup {
  const { loaded, running, devices, behindSecondMmu, cached, tables } = setup;
  const less = (some: readonly number[]): number[] => some.filter((one) => one !== last);
  switch (kind) {
    case 'cpu':
      return {
        ...setup,
        loaded: loaded.slice(0, last),
        ...(running === undefined ? {} : { running: running.slice(0, last) }),
        ...(devices === undefined ? {} : { devices: less(devices) }),
        ...(behindSecondMmu === undefined ? {} : { behindSecondMmu: less(behindSecondMmu) }),
      };
    case 'slot':
      return { ...setup, cached: cached.slice(0, last) };
    case 'mm':
      return tables === undefined ? setup : { ...setup, tables: tables.slice(0, last) };
    default:
      return setup;
  }
}
