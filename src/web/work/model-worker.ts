// The worker for models: makes views, explores, answers questions. One that is exploring is stopped by
// ending it, so that nothing here needs to be able to stop.

import { scenarios } from '../../catalogue/all.ts';
import type { Scenario } from '../../catalogue/scenario.ts';
import { judging } from '../../explain/judge.ts';
import type { Subject } from '../../explain/redesign.ts';
import { boardIndex } from '../compute/board-index.ts';
import { besideView, choicesAt, steppedTo, storyView, viewAfter } from '../compute/story-view.ts';
import { subjectNamed } from '../compute/subject.ts';
import type { SubjectName } from '../compute/subject-name.ts';
import type { Answered, Asked, Found, HowAnswer, Progress, Question, Reply } from './protocol.ts';
import { troubleOf } from './trouble.ts';

interface Port {
  onmessage: ((event: MessageEvent<Question>) => void) | null;
  postMessage(reply: Reply): void;
}
const port = self as unknown as Port;

type Handlers = {
  [K in keyof Asked]: (
    about: Asked[K],
    tell: (progress: Progress) => void,
  ) => Answered[K] | Promise<Answered[K]>;
};

let user: { readonly source: string; readonly scenarios: readonly Scenario[] } | undefined;

/** The catalogue, or what a text of the user's exports; it is run again only when it has changed. */
async function scenariosOf(source: string | undefined): Promise<readonly Scenario[]> {
  if (source === undefined) return scenarios;
  if (user?.source !== source) {
    const { scenariosIn } = await import('../compute/user-source.ts');
    user = { source, scenarios: scenariosIn(source) };
  }
  return user.scenarios;
}

async function subjectOf(name: SubjectName, source: string | undefined): Promise<Subject> {
  return subjectNamed(await scenariosOf(source), name);
}

const handlers: Handlers = {
  index: async ({ source }) => boardIndex(await scenariosOf(source)),
  view: async ({ subject, source, schedule }) =>
    storyView(await subjectOf(subject, source), schedule),
  after: async ({ subject, source, schedule, at, actions }) =>
    viewAfter(await subjectOf(subject, source), schedule, at, actions),
  choices: async ({ subject, source, schedule, at }) =>
    choicesAt(await subjectOf(subject, source), schedule, at),
  beside: async ({ subject, other, source, schedule }) =>
    besideView(await subjectOf(subject, source), await subjectOf(other, source), schedule),
  how: async ({ subject, source, schedule, at, words }): Promise<HowAnswer> => {
    const reached = steppedTo(await subjectOf(subject, source), schedule, at).how(words);
    if (reached.kind !== 'way') return reached;
    const { actions, steps } = reached;
    return { kind: 'way', actions, steps: steps.map(({ step, text }) => `${step.who}: ${text}`) };
  },
  find: async ({ subject, source, maxStates, maxSeconds }, tell) =>
    found(await subjectOf(subject, source), { maxStates, maxSeconds }, tell),
};

function found(
  { scenario, variant }: Subject,
  bounds: { readonly maxStates: number; readonly maxSeconds: number },
  tell: (progress: Progress) => void,
): Found {
  const run = judging(scenario, variant, { bounds });
  let next = run.next(true);
  while (next.done !== true) {
    tell(next.value);
    next = run.next(true);
  }
  const { result, violation } = next.value;
  const { verdict, states, transitions, depth, seconds, bound } = result;
  return {
    ...{ verdict, states, transitions, depth, seconds },
    ...(bound === undefined ? {} : { bound }),
    ...(violation === undefined
      ? {}
      : { property: violation.property, schedule: violation.schedule }),
  };
}

async function answer({ id, kind, about }: Question): Promise<void> {
  const handle = handlers[kind] as (
    about: unknown,
    tell: (progress: Progress) => void,
  ) => Promise<unknown>;
  try {
    const tell = (progress: Progress): void => port.postMessage({ id, kind: 'progress', progress });
    port.postMessage({ id, kind: 'answer', answer: await handle(about, tell) });
  } catch (error) {
    const { source } = about as { source?: string };
    if (source === undefined) {
      port.postMessage({ id, kind: 'trouble', trouble: troubleOf(error) });
      return;
    }
    const { inSource } = await import('../compute/user-source.ts');
    port.postMessage({ id, kind: 'trouble', trouble: troubleOf(inSource(error)) });
  }
}

port.onmessage = (event) => void answer(event.data);
