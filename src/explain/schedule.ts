// An interleaving as one line, and back. It says who goes on at each step, per CPU, and nothing of what
// the steps do: the model says that. After the schedules of Deja Fu (Walker, Runciman: "Deja Fu: A
// Concurrency Testing Library for Haskell", Haskell 2015).
//
//   S1   a step of the thread on CPU 1, when the thread before it could not go on, or at the start
//   P1   the same, though the thread before it could have gone on
//   -    the same thread goes on for a step; -12: for twelve
//   H1   the hardware of CPU 1 does something; the thread that was running has not lost its turn
//   =2   behind any of them: the second of several ways that there are
//
// Of several threads on one CPU the second is 1b, the third 1c. Blanks and line ends mean nothing.

import { Problem } from '../base/problem.ts';
import { counted, listed } from '../base/text.ts';
import type { Action, Machine } from '../lang/machine.ts';

export interface Pinned {
  readonly name: string;
  readonly cpu: number;
}

/** What can be taken in a state, in the machine's order. */
export interface Way {
  readonly action: number;
  readonly next: Int32Array;
  readonly reports: number;
}

export function waysFrom(machine: Machine, state: Int32Array): Way[] {
  const ways: Way[] = [];
  machine.successors(state, (action, next, reports) => {
    ways.push({ action, next: next.slice(), reports });
  });
  return ways;
}

/** Whose step an action is, as schedules write it: `1`, `1b` or, for hardware, `H1`. */
export function actorOf(machine: Machine, threads: readonly Pinned[], action: number): string {
  const { thread, picks } = machine.actions[action] as Action;
  if (thread === undefined) return `H${picks.find((pick) => pick.of === 'cpu')?.value ?? 0}`;
  const cpu = threads[thread]?.cpu ?? 0;
  const n = threads.slice(0, thread).filter((one) => one.cpu === cpu).length;
  return `${cpu}${n === 0 ? '' : String.fromCharCode(97 + n)}`;
}

const isHardware = (actor: string): boolean => actor.startsWith('H');
/** More steps in a row than this are written as a number. */
const DASHES = 3;

/** Writes a schedule step by step. */
export class ScheduleWriter {
  readonly #machine: Machine;
  readonly #threads: readonly Pinned[];
  #text = '';
  #row = 0;
  #running: string | undefined;

  constructor(machine: Machine, threads: readonly Pinned[]) {
    this.#machine = machine;
    this.#threads = threads;
  }

  /** `ways`: all there are in the state in which the action is taken. */
  add(action: number, ways: readonly Way[]): void {
    const actors = ways.map((way) => actorOf(this.#machine, this.#threads, way.action));
    const actor = actorOf(this.#machine, this.#threads, action);
    const own = ways.filter((_, i) => actors[i] === actor);
    const choice = own.length < 2 ? '' : `=${1 + own.findIndex((way) => way.action === action)}`;
    if (!isHardware(actor) && actor === this.#running && choice === '') {
      this.#row++;
      return;
    }
    this.#endRow();
    if (isHardware(actor)) this.#text += actor + choice;
    else if (actor === this.#running) this.#text += `-${choice}`;
    else {
      const couldGoOn = this.#running !== undefined && actors.includes(this.#running);
      this.#text += `${couldGoOn ? 'P' : 'S'}${actor}${choice}`;
      this.#running = actor;
    }
  }

  get text(): string {
    this.#endRow();
    return this.#text;
  }

  #endRow(): void {
    this.#text += this.#row > DASHES ? `-${this.#row}` : '-'.repeat(this.#row);
    this.#row = 0;
  }
}

/** One step asked for. */
interface Wish {
  /** As it stands in the text. */
  readonly token: string;
  /** Undefined: whoever took the last step of a thread. */
  readonly actor: string | undefined;
  /** From 1; undefined where there must be only one way. */
  readonly choice: number | undefined;
}

const TOKEN = /\s*(?:([SP])(\d+[b-z]?)|(H\d+)|-(\d*))(?:=(\d+))?\s*/y;
const MOST_STEPS = 100_000;

function wishesOf(text: string): Wish[] {
  const wishes: Wish[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) {
      throw refused(`character ${at + 1}`, `'${text.slice(at, at + 8)}' is no step`, FORM);
    }
    const [token, , thread, hardware, count = '', choice] = match;
    const times = count === '' ? 1 : Number(count);
    if (wishes.length + times > MOST_STEPS) {
      throw refused(`character ${at + 1}`, `more than ${counted(MOST_STEPS, 'step')}`, FORM);
    }
    const wish = {
      token: token.trim(),
      actor: thread ?? hardware,
      choice: choice === undefined ? undefined : Number(choice),
    };
    for (let i = 0; i < times; i++) wishes.push(wish);
  }
  return wishes;
}

const FORM = 'a schedule is written like S0--P1-4H2=1S0-; docs/stories.md';

/**
 * The actions that a schedule stands for.
 *
 * @throws Problem LUF-E111 with the first place where it cannot be followed.
 */
export function actionsOf(machine: Machine, threads: readonly Pinned[], text: string): number[] {
  const actions: number[] = [];
  let state = machine.initial();
  let running: string | undefined;
  for (const [i, wish] of wishesOf(text).entries()) {
    const where = `step ${i + 1}, ${wish.token}`;
    const actor = wish.actor ?? running;
    if (actor === undefined) throw refused(where, 'nobody has begun yet', 'begin with S and a CPU');
    const ways = waysFrom(machine, state);
    const open = [...new Set(ways.map((way) => actorOf(machine, threads, way.action)))];
    const own = ways.filter((way) => actorOf(machine, threads, way.action) === actor);
    const can = open.length === 0 ? 'nobody can' : `those who can: ${listed(open.map(beginning))}`;
    if (own.length === 0) throw refused(where, `${nameOf(actor, threads)} cannot go on here`, can);
    const way = own[(wish.choice ?? 1) - 1];
    if (way === undefined || (wish.choice === undefined && own.length > 1)) {
      const asked = wish.choice === undefined ? 'none is named' : `there is no =${wish.choice}`;
      const labels = own.map((one, n) => `=${1 + n} ${labelOf(machine, one.action)}`);
      const there = `${counted(own.length, 'way')} for ${nameOf(actor, threads)}, ${asked}`;
      throw refused(where, there, listed(labels));
    }
    actions.push(way.action);
    state = way.next;
    if (!isHardware(actor)) running = actor;
  }
  return actions;
}

/** How a step of an actor begins. */
function beginning(actor: string): string {
  return isHardware(actor) ? actor : `S${actor}`;
}

/** `rmqueue (frame 0)` */
function labelOf(machine: Machine, action: number): string {
  const { label, picks } = machine.actions[action] as Action;
  const picked = picks
    .filter((pick) => pick.of !== 'cpu')
    .map((pick) => `${pick.of} ${pick.value}`);
  return picked.length === 0 ? label : `${label} (${picked.join(', ')})`;
}

function nameOf(actor: string, threads: readonly Pinned[]): string {
  if (isHardware(actor)) return `the hardware of CPU ${actor.slice(1)}`;
  const cpu = Number.parseInt(actor, 10);
  const n = actor.replace(/^\d+/, '') === '' ? 0 : actor.charCodeAt(actor.length - 1) - 97;
  const name = threads.filter((one) => one.cpu === cpu)[n]?.name;
  return name === undefined ? `thread ${actor}, which there is not,` : `${name} on CPU ${cpu}`;
}

function refused(where: string, sentence: string, hint: string): Problem {
  return new Problem('LUF-E111', sentence, { where, hint });
}
