// `replay --step`: a line in, lines out, so that a script can do it as well as a person.

import { createInterface } from 'node:readline';
import { actionsOf } from '../explain/schedule.ts';
import { Stepper } from '../explain/stepper.ts';
import type { Look } from '../report/look.ts';
import { choiceLines, reachedLines, stepHelp, stepLines } from '../report/step-text.ts';
import type { Surroundings } from './command.ts';
import type { Line } from './line.ts';
import { nameOf } from './select.ts';

interface Session {
  readonly stepper: Stepper;
  readonly look: Look;
  /** What is replayed, without the schedule. */
  readonly name: string;
  /** The way found last. */
  way: readonly number[];
}

/** Reads commands to the end of the input or `q`. */
export async function stepByHand(
  { one, more, schedule }: Line,
  io: Surroundings,
  input: NodeJS.ReadableStream,
): Promise<void> {
  const { scenario, variant } = one;
  const stepper = new Stepper(scenario, variant);
  const threads = variant.threads ?? scenario.threads;
  for (const action of actionsOf(stepper.machine, threads, schedule)) stepper.take(action);
  const name = [nameOf(one), ...more].join(' ');
  const session: Session = { stepper, look: io.look, name, way: [] };
  const say = (lines: readonly string[]): void => {
    for (const line of lines) io.out(line);
  };
  say([`${name}: ${variant.says}`, "a number takes a step; '?' lists what else can be asked"]);
  say(choices(session));
  for await (const text of createInterface({ input, terminal: false })) {
    const words = text.trim().split(/\s+/).filter(Boolean);
    if (words[0] === 'q' || io.stop.aborted) return;
    say(answer(words, session));
  }
}

function choices({ stepper, look }: Session): string[] {
  return choiceLines(stepper.taken.length, stepper.enabled(), stepper.ending(), look);
}

function answer(words: readonly string[], session: Session): string[] {
  const { stepper, look } = session;
  const [word = '', ...rest] = words;
  if (word === '') return choices(session);
  if (/^\d+$/.test(word)) return take(words, session);
  switch (word) {
    case 'u':
      return undo(rest[0] ?? '1', session);
    case 'h': {
      if (rest.length === 0) return ['h WORDS: what should be reached?'];
      const reached = stepper.how(rest);
      session.way = reached.kind === 'way' ? reached.actions : [];
      return reachedLines(reached, rest.join(' '), stepper.taken.length, look);
    }
    case 'g':
      if (session.way.length === 0) return ['no way has been found from here: ask with h'];
      for (const action of session.way) stepper.take(action);
      session.way = [];
      return choices(session);
    case 't':
      return stepper.taken.flatMap((one, i) => stepLines(one, i + 1, look));
    case 's':
      return values(rest, session);
    case 'l':
      return [`${session.name} ${stepper.schedule}`.trim()];
    case '?':
      return [...stepHelp];
    default:
      return [`'${word}' is nothing that can be asked; ? lists what can`];
  }
}

/** One after the other, up to the first that is not there. */
function take(numbers: readonly string[], session: Session): string[] {
  const { stepper, look } = session;
  const lines: string[] = [];
  for (const number of numbers) {
    const choice = stepper.enabled()[Number(number) - 1];
    if (choice === undefined) return [...lines, `there is no step ${number} here`];
    stepper.take(choice.step.action);
    session.way = [];
    lines.push(...stepLines(choice, stepper.taken.length, look));
  }
  return [...lines, ...choices(session)];
}

function undo(number: string, session: Session): string[] {
  const steps = Number(number);
  if (!Number.isSafeInteger(steps) || steps < 1) return [`u ${number}: no such number of steps`];
  session.way = [];
  return [`${session.stepper.undo(steps)} undone`, ...choices(session)];
}

function values(words: readonly string[], { stepper }: Session): string[] {
  const named = Object.entries(stepper.values()).filter(([name]) =>
    words.every((word) => name.toLowerCase().includes(word.toLowerCase())),
  );
  if (named.length === 0) return ['no variable is called that'];
  return named.map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
}
