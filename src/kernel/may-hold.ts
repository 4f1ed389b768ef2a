// The may-hold form of the TLB: per CPU and location not an entry, but the set of entries that could
// be there, given all that threads have seen. An entry is a copy of a PTE that was walkable while its
// mm was loaded, and hardware may have walked it at any such moment; so the set grows whenever a PTE
// becomes walkable, shrinks at a flush and holds again at once what is walkable still. Fills and
// evictions are no steps then. Entries are filled independently, so that the sets of several CPUs and
// locations are possible together, and a use narrows its set to the entry used: the threads can do
// the same as with explicit fills, step by step (explain/concretise.ts brings the fills back).
//
// Re-adding is derived from what each step writes: no path says it, and none can forget it. What a
// walk changes besides the TLB, the dirty bit, stays a step of its own (paths/user.ts).

import { Problem } from '../base/problem.ts';
import { boundId, Id } from '../lang/expr.ts';
import { emptyFootprint, nodeReads, stmtsFootprint, tableOf } from '../lang/footprint.ts';
import type { Ambient, ModelText } from '../lang/machine.ts';
import type { Bound, Cell, Code, Node, PathHead, Stmt } from '../lang/nodes.ts';
import { each, flatStmts, type Stmts, when } from '../lang/program.ts';
import { TLB_DROP, TLB_FILL } from './hardware.ts';
import type { HeldState, KernelState } from './state.ts';

type MayHold = KernelState & { readonly mayTlb: HeldState };
type Target = Extract<Stmt, { op: 'assign' }>['target'];

/** The text with every step that lets hardware hold more, or that flushes, saying so. */
export function withMayHold(text: ModelText, k: MayHold): ModelText {
  const added = new Adding(k);
  return {
    ...text,
    init: [...text.init, ...flatStmts(rewalk(k))],
    threads: text.threads.map((thread) => ({ ...thread, code: added.codes(thread.code) })),
    ambient: text.ambient.map(
      (ambient): Ambient => ({ ...ambient, body: added.stmts(ambient.body) }),
    ),
  };
}

/**
 * What the may-hold form assumes, looked for in the explicit one: fills and evictions change nothing
 * but the TLB, and nobody hears of them. Throws LUF-E001 where that is not so.
 */
export function checkFillsHidden({ ambient, observers }: ModelText): void {
  for (const { label, body } of ambient) {
    if (label !== TLB_FILL && label !== TLB_DROP) continue;
    const touched = emptyFootprint();
    stmtsFootprint(body, touched, ({ event }) => {
      for (const { id, hears } of observers) {
        if (hears[event] !== undefined) throw seen(`'${id}' listens to ${event}`);
      }
    });
    for (const cell of touched.writes) {
      if (tableOf(cell) !== 'tlb') throw seen(`a ${label} changes '${cell.name}'`);
    }
  }
}

function seen(why: string): Problem {
  return new Problem('LUF-E001', `TLB fills are not hidden here: ${why}`, {
    hint: 'explore this model with explicit fills',
  });
}

/** Every CPU may hold what is walkable now in the address space that it has loaded. */
export function rewalk(k: MayHold): Stmts {
  return [
    each('cpu', (cpu) => [
      when(k.loaded(cpu).isSome(), [
        each('va', (va) => {
          const mm = k.loaded(cpu).the();
          const held = k.mayTlb.of(cpu, mm, va);
          const pte = k.pte(mm, va);
          return [
            when(pte.frame.isSome(), [
              held.read.add(pte.frame.the().only()),
              when(pte.writable.and(k.pteDirty(mm, va).bit), [
                held.write.add(pte.frame.the().only()),
              ]),
            ]),
          ];
        }),
      ]),
    ]),
  ];
}

/** The cells that decide what is walkable, for whom, and under which tag. */
function walkCells(k: MayHold): { readonly walked: Set<Cell>; readonly held: Set<Cell> } {
  const bound = <N extends string>(of: N): Id<N> =>
    boundId<N>({ name: of, of } as Bound & { of: N });
  const [cpu, mm, va] = [bound('cpu'), bound('mm'), bound('va')];
  const entry = k.mayTlb.of(cpu, mm, va);
  const cellsOf = (nodes: readonly Node[]): Set<Cell> => {
    const found = emptyFootprint();
    for (const node of nodes) nodeReads(node, found);
    return found.reads;
  };
  const tag = k.switching === undefined ? [] : [k.switching.tlbstate(cpu).asid.node];
  const { frame, writable } = k.pte(mm, va);
  return {
    walked: cellsOf([
      frame.node,
      writable.node,
      k.pteDirty(mm, va).bit.node,
      k.loaded(cpu).node,
      ...tag,
    ]),
    held: new Set([entry.read.node, entry.write.node].map(cellOf)),
  };
}

function cellOf(node: Node): Cell {
  if (node.op !== 'cell') throw new Error('not a cell');
  return node.cell;
}

class Adding {
  readonly #k: MayHold;
  readonly #cells: ReturnType<typeof walkCells>;
  readonly #all: readonly Stmt[];
  /** The tables that the added statements touch, for the heads of the paths they are added to. */
  readonly #tables: readonly string[];

  constructor(k: MayHold) {
    this.#k = k;
    this.#cells = walkCells(k);
    this.#all = flatStmts(rewalk(k));
    const touched = emptyFootprint();
    stmtsFootprint(this.#all, touched);
    // The machine's own cells go together: who names one of them answers for all.
    const machine = k.declarations.cells.filter(({ owner }) => owner === 'arch');
    this.#tables = [...touched.reads, ...touched.writes, ...machine].map(tableOf);
  }

  codes(codes: readonly Code[]): Code[] {
    return codes.map((code): Code => {
      switch (code.op) {
        case 'step': {
          const { body, otherwise } = code;
          return {
            ...code,
            body: this.stmts(body),
            otherwise: otherwise === undefined ? undefined : this.stmts(otherwise),
          };
        }
        case 'branch':
          return {
            ...code,
            holds: this.codes(code.holds),
            otherwise: this.codes(code.otherwise),
          };
        case 'while':
        case 'block':
          return { ...code, body: this.codes(code.body) };
        case 'call':
          return { ...code, path: this.#head(code.path), body: this.codes(code.body) };
        default:
          return code;
      }
    });
  }

  /**
   * A step that changes what is walkable holds it at its end, wherever that is; hardware sees nothing
   * of the middle of a step. One that only flushes holds again what it flushed at once.
   */
  stmts(body: readonly Stmt[]): readonly Stmt[] {
    const { writes } = footprintOf(body);
    const { walked, held } = this.#cells;
    if ([...writes].some((cell) => walked.has(cell))) return this.#atEnds(body);
    return [...writes].some((cell) => held.has(cell)) ? this.#afterEach(body) : body;
  }

  #atEnds(body: readonly Stmt[]): readonly Stmt[] {
    return [...this.#beforeJumps(body), ...this.#all];
  }
  #beforeJumps(body: readonly Stmt[]): Stmt[] {
    return body.flatMap((stmt): Stmt[] => {
      switch (stmt.op) {
        case 'go':
          return [...this.#all, stmt];
        case 'if':
          return [
            {
              ...stmt,
              holds: this.#beforeJumps(stmt.holds),
              otherwise: this.#beforeJumps(stmt.otherwise),
            },
          ];
        case 'each':
          return [{ ...stmt, body: this.#beforeJumps(stmt.body) }];
        default:
          return [stmt];
      }
    });
  }

  #afterEach(body: readonly Stmt[]): Stmt[] {
    return body.flatMap((stmt): Stmt[] => {
      switch (stmt.op) {
        case 'assign':
          return [stmt, ...flatStmts(this.#again(stmt.target))];
        case 'if':
          return [
            {
              ...stmt,
              holds: this.#afterEach(stmt.holds),
              otherwise: this.#afterEach(stmt.otherwise),
            },
          ];
        case 'each':
          return [{ ...stmt, body: this.#afterEach(stmt.body) }];
        default:
          return [stmt];
      }
    });
  }

  /** After an assignment to a set: what is walkable still is held again. */
  #again(target: Target): Stmts {
    if (target.op !== 'cell' || !this.#cells.held.has(target.cell)) return [];
    const k = this.#k;
    const [first, tag, last] = target.index as readonly [Node, Node, Node];
    const [cpu, va] = [new Id(first, 'cpu'), new Id(last, 'va')];
    const add = (mm: Id<'mm'>): Stmts => {
      const held = k.mayTlb.of(cpu, mm, va);
      const { frame, writable } = k.pte(mm, va);
      if (cellOf(held.read.node) === target.cell) {
        return [when(frame.isSome(), [held.read.add(frame.the().only())])];
      }
      const storable = frame.isSome().and(writable).and(k.pteDirty(mm, va).bit);
      return [when(storable, [held.write.add(frame.the().only())])];
    };
    const { switching } = k;
    if (switching === undefined) {
      const mm = new Id(tag, 'mm');
      return [when(k.loaded(cpu).is(mm), add(mm))];
    }
    return [
      when(switching.tlbstate(cpu).asid.is(new Id(tag, 'asid')), [
        when(k.loaded(cpu).isSome(), add(k.loaded(cpu).the())),
      ]),
    ];
  }

  /** What has been added is no part of the path that it was added to, and so is not for it to say. */
  #head(head: PathHead): PathHead {
    return { ...head, writes: [...head.writes, ...this.#tables] };
  }
}

function footprintOf(stmts: readonly Stmt[]): ReturnType<typeof emptyFootprint> {
  const touched = emptyFootprint();
  stmtsFootprint(stmts, touched);
  return touched;
}
