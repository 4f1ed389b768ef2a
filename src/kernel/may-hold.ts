// The may-hold form of the TLB: per CPU and location not an entry, but the set of entries that could
// be there, given all that threads have seen. An entry is a copy of a PTE that was walkable while its
// mm was loaded, and hardware may have walked it at any such moment; so the set grows whenever a PTE
// becomes walkable, shrinks at a flush and holds again at once what is walkable still. Fills and
// evictions are no steps then. Entries are filled independently, so that the sets of several CPUs and
// locations are possible together, and a use narrows its set to the entry used: the threads can do
// the same as with explicit fills, step by step (explain/concretise.ts brings the fills back).
//
// Re-adding is derived from what each step writes: no path says it, and none can forget it. What a
// walk changes besides the TLB, the dirty bit, stays a step of its own (paths/access.ts).

import { Id } from '../lang/expr.ts';
import { emptyFootprint, stmtsFootprint, tableOf } from '../lang/footprint.ts';
import type { Ambient, ModelText } from '../lang/machine.ts';
import type { Cell, Code, Node, PathHead, Stmt } from '../lang/nodes.ts';
import { each, flatStmts, type Stmts, when } from '../lang/program.ts';
import { type Found, foundBy, foundBySecond } from './hardware.ts';
import type { KernelState } from './state.ts';
import { type HeldState, noMayHold, tlbForms } from './tlb-form.ts';

export type MayHold = KernelState & { readonly mayTlb: HeldState };
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
 * but the TLB, and nobody hears of them.
 *
 * @throws Problem LUF-E006 where that is not so.
 */
export function checkFillsHidden({ ambient, observers }: ModelText): void {
  for (const { label, body } of ambient) {
    if (!tlbForms.added.some((one) => one === label)) continue;
    const touched = emptyFootprint();
    stmtsFootprint(body, touched, ({ event }) => {
      for (const { id, hears } of observers) {
        if (hears[event] !== undefined) throw noMayHold(`'${id}' listens to ${event}`);
      }
    });
    for (const cell of touched.writes) {
      if (tableOf(cell) !== 'tlb') throw noMayHold(`a ${label} changes '${cell.name}'`);
    }
  }
}

/** Every CPU may hold what is walkable now in the address space that it has loaded. */
function rewalk(k: MayHold): Stmts {
  return [
    each('cpu', (cpu) => [
      when(k.loaded(cpu).isSome(), [
        each('va', (va) => {
          const mm = k.loaded(cpu).the();
          const held = k.mayTlb.of(cpu, mm, va);
          return walking(k, cpu, mm, va, ({ frame, storable }) => [
            when(frame.isSome(), [
              held.read.add(frame.the().only()),
              when(storable, [held.write.add(frame.the().only())]),
            ]),
          ]);
        }),
      ]),
    ]),
  ];
}

/** By which tables a CPU walks: its own, or those of the MMU that it is behind. */
function walking(
  k: MayHold,
  cpu: Id<'cpu'>,
  mm: Id<'mm'>,
  va: Id<'va'>,
  does: (found: Found) => Stmts,
): Stmts {
  const own = does(foundBy(k, mm, va));
  const { second } = k;
  if (second === undefined) return own;
  return [when(second.users.has(cpu), does(foundBySecond({ ...k, second }, mm, va)), own)];
}

interface Cells {
  /** They decide what is walkable, for whom, and under which tag. */
  readonly walked: ReadonlySet<Cell>;
  readonly held: ReadonlySet<Cell>;
}
function cellsOf(adding: readonly Stmt[]): Cells {
  const { reads, writes } = footprintOf(adding);
  return { walked: new Set([...reads].filter((cell) => !writes.has(cell))), held: writes };
}

function cellOf(node: Node): Cell {
  if (node.op !== 'cell') throw new Error('not a cell');
  return node.cell;
}

class Adding {
  readonly #k: MayHold;
  readonly #cells: Cells;
  readonly #all: readonly Stmt[];
  /** The tables that the added statements touch, for the heads of the paths they are added to. */
  readonly #tables: readonly string[];

  constructor(k: MayHold) {
    this.#k = k;
    this.#all = flatStmts(rewalk(k));
    this.#cells = cellsOf(this.#all);
    const touched = footprintOf(this.#all);
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
      const ofReads = cellOf(held.read.node) === target.cell;
      const set = ofReads ? held.read : held.write;
      return walking(k, cpu, mm, va, ({ frame, storable }) => [
        when(ofReads ? frame.isSome() : storable, [set.add(frame.the().only())]),
      ]);
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
