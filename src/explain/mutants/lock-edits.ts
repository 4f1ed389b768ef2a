// Locks as they appear in a program: a step that waits for a word and makes it the thread's own, and
// the steps that give it back. Left out together, they leave what else happens in their steps.

import type { Cell, Code, Node, Step, Stmt } from '../../lang/nodes.ts';
import { reads } from './node-edits.ts';
import type { Edit, Namer } from './operators.ts';

type Codes = readonly Code[];

/** The word that the step waits for and takes. */
export function takenBy({ when, body }: Step): Cell | undefined {
  if (when === undefined) return undefined;
  for (const stmt of body) {
    if (stmt.op !== 'assign' || stmt.target.op !== 'cell') continue;
    const { cell } = stmt.target;
    if (reads(when, (one) => one === cell || isHalfOf(one, cell)) && namesMe(stmt.value)) {
      return cell;
    }
  }
  return undefined;
}

/** A lock for readers and a writer has two words: whoever takes the one waits for the other. */
function isHalfOf(one: Cell, other: Cell): boolean {
  const record = (cell: Cell): string => cell.name.split('.')[0] ?? '';
  return record(one) === record(other) && one.name.includes('.');
}

function namesMe(node: Node): boolean {
  if (node.op === 'me') return true;
  if (node.op === 'some' || node.op === 'single') return namesMe(node.a);
  return node.op === 'union' && namesMe(node.b);
}

/** A statement that gives a word back. */
function givesBack(stmt: Stmt): Cell | undefined {
  if (stmt.op !== 'assign' || stmt.target.op !== 'cell') return undefined;
  const { value, target } = stmt;
  const { sort } = target.cell;
  if (!('of' in sort) || sort.of !== 'thread') return undefined;
  const gives = value.op === 'none' || (value.op === 'minus' && namesMe(value.b));
  return gives ? target.cell : undefined;
}

/** Whether a lock is given back in the step. */
export function releases(code: Code): boolean {
  return code.op === 'step' && code.body.some((stmt) => givesBack(stmt) !== undefined);
}

/** For each lock that the function takes itself: neither taken nor given back. */
export function lockEdits(body: Codes, namer: Namer): Edit<Code[]>[] {
  const locks = new Map<Cell, string>();
  eachStep(body, (step) => {
    const cell = takenBy(step);
    if (cell !== undefined && !locks.has(cell)) locks.set(cell, step.label);
  });
  return [...locks].map(([cell, step]) => ({
    place: namer.name(`lock:${cell.name}`),
    operator: 'no-lock',
    step,
    make: () => withoutLock(body, cell),
  }));
}

function eachStep(codes: Codes, look: (step: Step) => void): void {
  for (const code of codes) {
    if (code.op === 'step') look(code);
    else if (code.op === 'branch') {
      eachStep(code.holds, look);
      eachStep(code.otherwise, look);
    } else if (code.op === 'while' || code.op === 'block') eachStep(code.body, look);
  }
}

function withoutLock(codes: Codes, cell: Cell): Code[] {
  return codes.flatMap((code): Code[] => {
    switch (code.op) {
      case 'step':
        return stepWithout(code, cell);
      case 'branch':
        return [
          {
            ...code,
            holds: withoutLock(code.holds, cell),
            otherwise: withoutLock(code.otherwise, cell),
          },
        ];
      case 'while':
      case 'block':
        return [{ ...code, body: withoutLock(code.body, cell) }];
      default:
        return [code];
    }
  });
}

function stepWithout(step: Step, cell: Cell): Code[] {
  const takes = takenBy(step) === cell;
  const isIt = (stmt: Stmt): boolean =>
    givesBack(stmt) === cell ||
    (takes && stmt.op === 'assign' && stmt.target.op === 'cell' && stmt.target.cell === cell);
  if (!step.body.some(isIt)) return [step];
  const body = step.body.filter(
    (stmt) => !isIt(stmt) && !(stmt.op === 'emit' && stmt.event.startsWith('lock.')),
  );
  if (body.length === 0) return [];
  return [{ ...step, body, when: takes ? undefined : step.when }];
}
