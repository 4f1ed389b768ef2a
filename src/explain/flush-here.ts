// A flush of everything on every CPU, put into a thread's code before a step: what a repair would do that
// flushes there, or that flushes more widely there. It takes effect at once, waits for nobody and pays no
// debt, so that what it mends it mends by flushing.

import { emit } from '../events/emit.ts';
import { tlbDrop } from '../kernel/hardware.ts';
import { walkCacheDrop } from '../kernel/page-tables.ts';
import { flushAsid } from '../kernel/paths/tlb-flush-x86.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { tsbClear } from '../kernel/tsb-state.ts';
import type { UserKernel } from '../kernel/user-kernel.ts';
import { all } from '../lang/expr.ts';
import { codesFootprint, emptyFootprint, tableOf } from '../lang/footprint.ts';
import type { Code } from '../lang/nodes.ts';
import { each, step } from '../lang/program.ts';

/** A place in a thread's code, as steps of a counterexample have it. */
export interface CodePlace {
  readonly label: string;
  readonly stack: readonly string[];
}

/** The thread with a flush before every step of that name in those calls. */
export function flushBefore(thread: ThreadSetup, at: CodePlace): ThreadSetup {
  return { ...thread, code: (k) => inserted(thread.code(k), at, [], flushEverything(k)) };
}

function inserted(
  codes: readonly Code[],
  at: CodePlace,
  stack: readonly string[],
  flush: Code,
): Code[] {
  const within = (some: readonly Code[], inner = stack): Code[] => inserted(some, at, inner, flush);
  return codes.flatMap((code): Code[] => {
    switch (code.op) {
      case 'step':
        return code.label === at.label && stack.join('>') === at.stack.join('>')
          ? [flush, code]
          : [code];
      case 'branch':
        return [{ ...code, holds: within(code.holds), otherwise: within(code.otherwise) }];
      case 'call':
        return [{ ...code, body: within(code.body, [...stack, code.path.name]) }];
      case 'while':
      case 'block':
        return [{ ...code, body: within(code.body) }];
      default:
        return [code];
    }
  });
}

function flushEverything(k: UserKernel): Code {
  const body = [
    step(
      'flush every CPU',
      emit('tlb.flush', { cpus: all('cpu') }),
      k.tsb === undefined ? [] : tsbClear(k.tsb, {}),
      each('cpu', (cpu) => [
        // Where CPUs switch, also what they hold of address spaces that they have left.
        k.switching === undefined ? [] : each('asid', (asid) => flushAsid(k, cpu, asid)),
        each('mm', (mm) => [
          each('va', (va) => tlbDrop(k, cpu, mm, va)),
          walkCacheDrop(k, cpu, mm),
        ]),
      ]),
    ),
  ];
  const used = emptyFootprint();
  codesFootprint(body, used, () => {});
  const path = {
    name: 'flush every CPU',
    source: 'none: a repair that is tried',
    leavesOut: 'interrupts',
    reads: [...used.reads].map(tableOf),
    writes: [...used.writes].map(tableOf),
    place: undefined,
  };
  return { op: 'call', path, locals: [], body };
}
