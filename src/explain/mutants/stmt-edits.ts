// Slips inside a step. What a step tells observers stays as it is, unless it is told under a check
// that the slip is about: a program cannot forget to be watched.

import type { Bound, Cell, Node, Stmt } from '../../lang/nodes.ts';
import { conditionText } from '../condition-text.ts';
import type { Around } from './around.ts';
import { nodeEdits, reads, withCell } from './node-edits.ts';
import { type Edit, lifted, type Namer, type Operator } from './operators.ts';

type Assign = Extract<Stmt, { op: 'assign' }>;
type If = Extract<Stmt, { op: 'if' }>;
type Each = Extract<Stmt, { op: 'each' }>;

export interface StmtContext {
  readonly around: Around;
  readonly namer: Namer;
  /** Name of the place around it: what the names of these places begin with. */
  readonly inside: string;
  /** A lock's word that the step takes: the lock is left out as a whole, elsewhere. */
  readonly word?: Cell;
}

/** Slips in a list of statements; `sole`: leaving out an only one is a slip of somebody else's. */
export function stmtEdits(
  stmts: readonly Stmt[],
  context: StmtContext,
  sole = false,
): Edit<Stmt[]>[] {
  const doing = stmts.filter(({ op }) => op !== 'emit').length;
  return stmts.flatMap((stmt, i) =>
    lifted(oneStmt(stmt, context, sole && doing === 1), (instead) => [
      ...stmts.slice(0, i),
      ...instead,
      ...stmts.slice(i + 1),
    ]),
  );
}

function oneStmt(stmt: Stmt, context: StmtContext, only: boolean): Edit<Stmt[]>[] {
  switch (stmt.op) {
    case 'assign':
      return assignEdits(stmt, context, only);
    case 'if':
      return ifEdits(stmt, context);
    case 'each':
      return eachEdits(stmt, context);
    default:
      return [];
  }
}

function assignEdits(stmt: Assign, context: StmtContext, only: boolean): Edit<Stmt[]>[] {
  const { target, value } = stmt;
  if (target.op === 'cell' && target.cell === context.word) return [];
  const design = isDesigns(target) || isDesigns(value);
  const name = target.op === 'cell' ? target.cell.name : target.local.name;
  const place = context.namer.name(`${context.inside}:${name}`);
  const edit = (operator: Operator, make: () => Stmt[], more = ''): Edit<Stmt[]> => ({
    place: `${place}${more}`,
    operator,
    design,
    make,
  });
  const edits: Edit<Stmt[]>[] = only
    ? []
    : [edit(target.op === 'local' ? 'stale' : 'drop', () => [])];
  nodeEdits(value).forEach(({ operator, make }, n) => {
    edits.push(edit(operator, () => [{ ...stmt, value: make() }], numbered(n)));
  });
  for (const [operator, make] of narrowed(stmt, context.around)) {
    edits.push(edit(operator, () => [{ ...stmt, value: make() }]));
  }
  const astray = target.op === 'cell' ? wrongRecord(stmt, target.cell, context.around) : undefined;
  if (astray !== undefined) edits.push(edit('wrong-record', () => [astray]));
  return edits;
}

/** A set of CPUs that is put somewhere, or added to one. */
function narrowed({ target, value }: Assign, { ownCpu }: Around): [Operator, () => Node][] {
  const { sort } = target.op === 'cell' ? target.cell : target.local;
  if (ownCpu === undefined || sort.kind !== 'set' || sort.of !== 'cpu') return [];
  if (value.op === 'empty' || value.op === 'minus') return [];
  const added = value.op === 'union' && isSame(value.a, target);
  const [set, put] = added
    ? [value.b, (b: Node): Node => ({ ...value, b })]
    : [value, (less: Node): Node => less];
  return [
    ['own-cpu', () => put({ op: 'meet', a: set, b: ownCpu })],
    ['other-cpus', () => put({ op: 'minus', a: set, b: ownCpu })],
  ];
}

/** Only what a design keeps has several records that a debt could be put into. */
function wrongRecord({ target, value }: Assign, cell: Cell, around: Around): Stmt | undefined {
  const { kind } = cell.sort;
  if (cell.owner !== 'design' || (kind !== 'set' && kind !== 'int')) return undefined;
  if (value.op === 'empty' || value.op === 'const') return undefined;
  const other = around.sibling(cell);
  if (other === undefined || target.op !== 'cell') return undefined;
  const adds = 'a' in value && isSame(value.a, target);
  return {
    op: 'assign',
    target: { ...target, cell: other },
    value: adds ? withCell(value, cell, other) : value,
  };
}

function isSame(a: Node, b: Node): boolean {
  return a.op === 'cell' && b.op === 'cell' ? a.cell === b.cell : a === b;
}

function ifEdits(stmt: If, context: StmtContext): Edit<Stmt[]>[] {
  const place = context.namer.name(`${context.inside}:if-${conditionText(stmt.cond)}`);
  const design = isDesigns(stmt.cond);
  const own: Edit<Stmt[]>[] = [
    { place, operator: 'always', design, make: () => [...stmt.holds] },
    { place, operator: 'never', design, make: () => [...stmt.otherwise] },
    ...nodeEdits(stmt.cond).map(
      ({ operator, make }, n): Edit<Stmt[]> => ({
        place: `${place}${numbered(n)}`,
        operator,
        design,
        make: () => [{ ...stmt, cond: make() }],
      }),
    ),
  ];
  return [
    ...own,
    ...lifted(inArm(stmt.holds, context), (holds): Stmt[] => [{ ...stmt, holds }]),
    ...lifted(inArm(stmt.otherwise, context), (otherwise): Stmt[] => [{ ...stmt, otherwise }]),
  ];
}

function inArm(arm: readonly Stmt[], context: StmtContext): Edit<Stmt[]>[] {
  return stmtEdits(arm, context).map((edit) => ({ arm, ...edit }));
}

function eachEdits(stmt: Each, context: StmtContext): Edit<Stmt[]>[] {
  const place = context.namer.name(`${context.inside}:each-${stmt.bound.of}`);
  const last = context.around.last(stmt.bound.of);
  const short: Edit<Stmt[]>[] =
    last === undefined
      ? []
      : [{ place, operator: 'short', make: () => [{ ...stmt, body: unlessLast(stmt, last) }] }];
  return [
    ...short,
    ...lifted(stmtEdits(stmt.body, context), (body): Stmt[] => [{ ...stmt, body }]),
  ];
}

function unlessLast(
  { bound, body }: { bound: Bound; body: readonly Stmt[] },
  last: number,
): Stmt[] {
  const isLast: Node = { op: 'eq', a: { op: 'bound', bound }, b: { op: 'const', value: last } };
  return [{ op: 'if', cond: { op: 'not', a: isLast }, holds: body, otherwise: [] }];
}

/** The n-th slip of the same kind in one expression. */
export function numbered(n: number): string {
  return `~${n + 1}`;
}

export function isDesigns(node: Node): boolean {
  return reads(node, ({ owner }) => owner === 'design');
}
