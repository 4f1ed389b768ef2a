// What a call is for must come to pass: one program alone, and the moment that it must come to. A path that
// gives up where it should not, or is never entered, keeps every promise and shows nowhere else.

import { mainline } from '../kernel/designs/mainline.ts';
import { munmap } from '../kernel/paths/munmap.ts';
import { ftruncate } from '../kernel/paths/truncate.ts';
import { write } from '../kernel/paths/write.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { files, pages } from './calls-on-files.ts';
import { faults, mappings, protections } from './calls-on-memory.ts';
import { thread } from './places.ts';
import {
  at,
  type Call,
  type Does,
  type Ground,
  loads,
  readsIt,
  slot,
  untouched,
} from './program-alone.ts';
import type { Scenario, Variant } from './scenario.ts';

/** Afterwards the program needs every lock once more: one that was not let go keeps it for ever. */
function locksAgain({ world, setup }: Ground): Does {
  const memory: Does = (k) =>
    world.huge === true && setup.huge?.mapped !== undefined ? [] : [munmap(k, at)];
  const file: Does = (k) => [
    write(k, { slot }),
    ...(world.truncation === true ? [ftruncate(k, { slot })] : []),
  ];
  return (k, cpu) => [...memory(k, cpu), ...(world.slots > 0 ? file(k, cpu) : [])];
}

function threadsOf(on: Ground, does: Does): readonly ThreadSetup[] {
  const again = locksAgain(on);
  return [thread('user', 0, (k, cpu) => [...does(k, cpu), ...again(k, cpu)])];
}
const calls: readonly Call[] = [...faults, ...protections, ...mappings, ...files, ...pages];

export const comesToPass: Scenario = {
  id: 'comes-to-pass',
  title: 'a program is alone, and what it asks for comes to pass',
  provenance: {
    source: 'what each function is for',
    where: 'mm/, 6.12; found by lufcheck mutate: a path that gives up at once went unseen',
  },
  says: 'A program loads and stores, maps and unmaps, protects, reads and writes a file, or the kernel does something to its memory; then it unmaps, and writes the file. Nobody is beside it: nothing can go wrong but that something does not come about.',
  ...untouched,
  threads: threadsOf(untouched, readsIt),
  reaches: [loads],
  variants: calls.map(
    ({ id, says, on, does, comes }): Variant => ({
      ...{ id, says, design: { design: mainline }, ...on, threads: threadsOf(on, does) },
      ...{ reaches: comes, expect: 'holds' },
    }),
  ),
};
