// Two-phase commit (Gray and Lamport, "Consensus on Transaction Commit", 2006): resource managers
// that prepare, a transaction manager that decides, and messages that are never lost or consumed.
// Every action of the specification can happen at any time, as hardware's do here.

import { Declarations } from '../../src/lang/declare.ts';
import { all, type Bool, boundId } from '../../src/lang/expr.ts';
import type { Ambient, ModelText } from '../../src/lang/machine.ts';
import { flatStmts, type Stmts } from '../../src/lang/program.ts';
import { bool, int, setOf } from '../../src/lang/sorts.ts';

const WORKING = 0;
const PREPARED = 1;
const COMMITTED = 2;
const ABORTED = 3;

const INIT = 0;
const DONE = 1;

/** The model with so many resource managers. */
export function twoPhaseText(managers: number): ModelText {
  const d = new Declarations();
  const rmState = d.column('rm_state', ['rm'], int(ABORTED));
  const tmState = d.scalar('tm_state', int(DONE));
  const tmPrepared = d.scalar('tm_prepared', setOf('rm'));
  const preparedSent = d.scalar('prepared_sent', setOf('rm'));
  const commitSent = d.scalar('commit_sent', bool);
  const abortSent = d.scalar('abort_sent', bool);

  const aManager = { name: 'rm', of: 'rm' } as const;
  const rm = boundId(aManager);
  const state = rmState(rm);
  const undecided = tmState.is(INIT);
  const everyone = all('rm').within(tmPrepared);
  const tm = (label: string, when: Bool, ...body: Stmts): Ambient => ({
    label,
    params: [],
    when: when.node,
    body: flatStmts(body),
  });
  const each = (label: string, when: Bool, ...body: Stmts): Ambient => ({
    ...tm(label, when, ...body),
    params: [aManager],
  });

  return {
    sizes: { rm: managers },
    declarations: d,
    init: [],
    threads: [],
    ambient: [
      tm('TMCommit', undecided.and(everyone), tmState.set(DONE), commitSent.set(true)),
      tm('TMAbort', undecided, tmState.set(DONE), abortSent.set(true)),
      each('TMRcvPrepared', undecided.and(preparedSent.has(rm)), tmPrepared.add(rm.only())),
      each('RMPrepare', state.is(WORKING), state.set(PREPARED), preparedSent.add(rm.only())),
      each('RMChooseToAbort', state.is(WORKING), state.set(ABORTED)),
      each('RMRcvCommitMsg', commitSent, state.set(COMMITTED)),
      each('RMRcvAbortMsg', abortSent, state.set(ABORTED)),
    ],
    observers: [],
  };
}
