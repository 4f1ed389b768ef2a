// What the things of a world are called in a story: no more words than the world needs to tell them
// apart, and the same words everywhere.

import { counted, listed } from '../base/text.ts';
import type { Scenario } from '../catalogue/scenario.ts';
import type { IdValue } from '../events/concrete.ts';
import type { World } from '../kernel/world.ts';
import type { Bytes } from './ledger.ts';

export interface Names {
  cpu(one: IdValue): string;
  cpus(some: readonly IdValue[]): string;
  frame(one: IdValue): string;
  /** An address: `va`, or as much of `mm 1, va 0` as tells it from others. */
  place(at: { readonly mm: IdValue; readonly va: IdValue }): string;
  pte(at: { readonly mm: IdValue; readonly va: IdValue }): string;
  /** A page-cache slot. */
  slot(one: IdValue): string;
  /** What bytes can be: a file, or the private page of an address. */
  content(one: IdValue): string;
  /** `v1` of the only file; `file B v1`; `private v1`, `va0's v1`; `foreign bytes`. */
  bytes(bytes: Bytes): string;
  thread(one: IdValue): string;
}

/** System calls that a call.return may name; anything else is a kernel function. */
const systemCalls = new Set([
  'read',
  'write',
  'mmap',
  'munmap',
  'mprotect',
  'mremap',
  'madvise',
  'fallocate',
  'truncate',
  'ftruncate',
  'fcntl',
  'ioctl',
  'fork',
]);

/** `write(2)`, as a manual names it; `uprobe_register()`. */
export function titleOfCall(name: string): string {
  return systemCalls.has(name) ? `${name}(2)` : `${name}()`;
}

export function namesOf(
  scenario: Pick<Scenario, 'world'>,
  threads: readonly { readonly name: string }[],
): Names {
  const { world } = scenario;
  const letter = (n: IdValue): string => String.fromCharCode(65 + Number(n));
  const names: Names = {
    cpu: (one) => `CPU ${one}`,
    cpus: (some) => (some.length === 1 ? `CPU ${some[0]}` : `CPUs ${listed(some.map(String))}`),
    frame: (one) => `frame ${one}`,
    place: ({ mm, va }) => {
      const page = world.vas > 1 ? `va${va}` : 'va';
      return world.mms > 1 ? `mm${mm}:${page}` : page;
    },
    pte: (at) => `pte(${names.place(at)})`,
    slot: (one) => (world.slots > 1 ? `cache[${letter(one)}]` : 'cache'),
    content: (one) => {
      const n = Number(one);
      // The numbering of contents: file pages first, then the private page of each address
      // (kernel/state.ts).
      if (n < world.slots) return world.slots > 1 ? `file ${letter(n)}` : 'the file';
      const at = n - world.slots;
      const place = { mm: Math.floor(at / world.vas), va: at % world.vas };
      return world.mms * world.vas > 1 ? `private to ${names.place(place)}` : 'a private page';
    },
    bytes: ({ content, version }) => {
      if (content === null) return 'foreign bytes';
      const n = Number(content);
      if (n >= world.slots) {
        const at = n - world.slots;
        const place = { mm: Math.floor(at / world.vas), va: at % world.vas };
        return world.mms * world.vas > 1
          ? `${names.place(place)}'s v${version}`
          : `private v${version}`;
      }
      return world.slots > 1 ? `file ${letter(n)} v${version}` : `v${version}`;
    },
    thread: (one) => threads[Number(one)]?.name ?? `thread ${one}`,
  };
  return names;
}

/** The bound in a few words; kernel/world.ts has it in full. */
export function briefly(world: World): string {
  const { cpus, mms, vas, frames, slots } = world;
  return [
    counted(cpus, 'CPU'),
    counted(mms, 'mm'),
    counted(vas, 'va'),
    counted(frames, 'frame'),
    counted(slots, 'file page'),
  ].join(', ');
}
