// Slips in rules: an event that is not heard, subjects that are told what does not concern them, and
// the same slips in what a rule does as in a step. A slip is found where a variant's verdict by the
// rule changes: it fires where it did not, or does not where it did.

import { modelOf } from '../../catalogue/build.ts';
import type { Scenario, Variant } from '../../catalogue/scenario.ts';
import { type Progress, searching } from '../../explore/search.ts';
import { Machine } from '../../lang/machine.ts';
import { flatStmts } from '../../lang/program.ts';
import { asObserver } from '../../rules/as-observer.ts';
import type { AnyHears, AnyRule } from '../../rules/rule.ts';
import type { Around } from './around.ts';
import { type Changes, isAlike, noting } from './changes.ts';
import { Namer, type Operator } from './operators.ts';
import { slipOf } from './programs.ts';
import { stmtEdits } from './stmt-edits.ts';
import type { MutantAnswer } from './trial.ts';

export interface RuleSlip {
  readonly slip: string;
  readonly operator: Operator;
}

/** A rule belongs to no thread, and keeps no debts. */
const around: Around = { last: () => undefined, ownCpu: undefined, sibling: () => undefined };

type Handlers = Readonly<Record<string, AnyHears | undefined>>;

/** Every slip in the rule, as far as these models tell it events. */
export function ruleSlips(
  rule: AnyRule,
  models: readonly { readonly scenario: Scenario; readonly variant: Variant }[],
): RuleSlip[] {
  const found = new Map<string, RuleSlip>();
  const add = (one: { place: string; operator: Operator }): void => {
    const slip = slipOf(one);
    found.set(slip, { slip, operator: one.operator });
  };
  for (const [event, handler] of Object.entries(rule.hears)) {
    if (handler === undefined) continue;
    add({ place: event, operator: 'deaf' });
    if (handler.concerns !== undefined) add({ place: event, operator: 'everybody' });
  }
  const listed = rewritten(rule, (event, stmts) => {
    for (const edit of editsOf(event, stmts)) add(edit);
    return stmts;
  });
  for (const { scenario, variant } of models) {
    new Machine(modelOf(scenario, variant, [asObserver(listed)]));
  }
  return [...found.values()].sort((a, b) => (a.slip < b.slip ? -1 : 1));
}

type Stmts = ReturnType<typeof flatStmts>;

function editsOf(event: string, stmts: Stmts): ReturnType<typeof stmtEdits> {
  return stmtEdits(stmts, { around, namer: new Namer(), inside: event });
}

function rewritten(rule: AnyRule, change: (event: string, stmts: Stmts) => Stmts): AnyRule {
  const hears: Handlers = Object.fromEntries(
    Object.entries(rule.hears).map(([event, handler]) => [
      event,
      handler === undefined
        ? undefined
        : {
            ...handler,
            does: (state: never, heard: never, subject: never) =>
              change(event, flatStmts(handler.does(state, heard, subject))),
          },
    ]),
  );
  return { ...rule, hears };
}

/** The rule with the slip. */
export function ruleWithSlip(rule: AnyRule, slip: string): AnyRule {
  const hears = Object.entries(rule.hears).map(([event, handler]): [string, typeof handler] => {
    if (slip === `${event}/deaf`) return [event, undefined];
    if (handler === undefined || slip !== `${event}/everybody`) return [event, handler];
    const { concerns: _, ...told } = handler;
    return [event, told];
  });
  return rewritten({ ...rule, hears: Object.fromEntries(hears) }, (event, stmts) => {
    const edit = editsOf(event, stmts).find((one) => slipOf(one) === slip);
    return edit === undefined ? stmts : edit.make();
  });
}

export interface RuleSubject {
  readonly name: string;
  readonly scenario: Scenario;
  readonly variant: Variant;
}

interface Seen {
  readonly fires: boolean;
  readonly changes: Changes;
  readonly states: number;
  readonly bound: string | undefined;
}

/** What a rule without a slip does in a variant: found when it is asked for, and kept. */
export type SeenBefore = Map<string, Seen>;

export function* tryingRule(
  rule: AnyRule,
  slip: string,
  subjects: readonly RuleSubject[],
  { maxStates, before }: { readonly maxStates: number; readonly before: SeenBefore },
): Generator<Progress, MutantAnswer, boolean> {
  const other = ruleWithSlip(rule, slip);
  let [states, whole, alike, bounded, tried] = [0, 0, 0, 0, 0];
  const answer = (
    outcome: MutantAnswer['outcome'],
    more: Pick<MutantAnswer, 'found'> = {},
  ): MutantAnswer => {
    const left = subjects.length - tried;
    return { outcome, reaching: subjects.length, whole, bounded, left, alike, states, ...more };
  };
  for (const subject of subjects) {
    if (states >= maxStates) break;
    tried++;
    const key = `${rule.id} ${subject.name}`;
    const plain = before.get(key) ?? (yield* seen(rule, subject, maxStates));
    before.set(key, plain);
    const now = yield* seen(other, subject, maxStates);
    states += now.states;
    if (plain.bound !== undefined || now.bound !== undefined) {
      bounded++;
      if (now.bound === 'interrupted') return answer('survivor');
    } else {
      whole++;
      if (isAlike(plain.changes, now.changes)) alike++;
      if (plain.fires !== now.fires) {
        const what = now.fires ? 'fires, and did not' : 'does not fire, and did';
        return answer('rule', { found: { variant: subject.name, what, rules: [] } });
      }
    }
  }
  const all = bounded === 0 && tried === subjects.length;
  return answer(all && alike === whole && whole > 0 ? 'equivalent' : 'survivor');
}

function* seen(
  rule: AnyRule,
  { scenario, variant }: RuleSubject,
  maxStates: number,
): Generator<Progress, Seen, boolean> {
  const noted = noting(new Machine(modelOf(scenario, variant, [asObserver(rule)])));
  const bounds = { maxStates, maxSeconds: Number.POSITIVE_INFINITY };
  const run = searching(noted.system, { targets: [], reachable: [rule.id], bounds });
  const { verdict, bound, unreached = [], states } = yield* run;
  return {
    fires: unreached.length === 0,
    changes: noted.changes(),
    states,
    bound: verdict === 'bounded' ? (bound ?? '') : undefined,
  };
}
