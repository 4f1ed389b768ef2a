// What a call is for must come to pass: one program alone, and the moment that it must come to. A path that
// gives up where it should not, or is never entered, keeps every promise and shows nowhere else.

import { mainline } from '../kernel/designs/mainline.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { files, pages } from './calls-on-files.ts';
import { faults, mappings, protections } from './calls-on-memory.ts';
import { thread } from './places.ts';
import { type Call, type Does, loads, readsIt, untouched } from './program-alone.ts';
import type { Scenario, Variant } from './scenario.ts';

function threadsOf(does: Does): readonly ThreadSetup[] {
  return [thread('user', 0, does)];
}
const calls: readonly Call[] = [...faults, ...protections, ...mappings, ...files, ...pages];

export const comesToPass: Scenario = {
  id: 'comes-to-pass',
  title: 'a program is alone, and what it asks for comes to pass',
  provenance: {
    source: 'what each function is for',
    where: 'mm/, 6.12; found by lufcheck mutate: a path that gives up at once went unseen',
  },
  says: 'A program loads and stores, maps and unmaps, protects, reads and writes a file, or the kernel does something to its memory. Nobody is beside it: nothing can go wrong but that it does not come about.',
  ...untouched,
  threads: threadsOf(readsIt),
  reaches: [loads],
  variants: calls.map(
    ({ id, says, on, does, comes }): Variant => ({
      ...{ id, says, design: { design: mainline }, ...on, threads: threadsOf(does) },
      ...{ reaches: comes, expect: 'holds' },
    }),
  ),
};
