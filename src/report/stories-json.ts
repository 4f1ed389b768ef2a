// Stories as data. The form is published in docs/schema/stories-1.json: fields may be added, and
// whatever changes or goes changes the number.

import type { FullStep, FullStory } from '../explain/full-story.ts';
import { describeWorld } from '../kernel/world.ts';
import { type BookEntry, differentIn, type StoryBook, verdictsIn } from './story-book.ts';

export const STORIES_SCHEMA = 'lufcheck.stories/1';

export function storiesJson(book: StoryBook): string {
  const report = {
    schema: STORIES_SCHEMA,
    tool: { name: 'lufcheck', version: book.version },
    verdicts: verdictsIn(book).map(verdictJson),
    stories: differentIn(book).map(({ name, story, alike }) => storyJson(name, story, alike)),
  };
  return JSON.stringify(report, null, 2);
}

function verdictJson({ name, verdict }: BookEntry): object {
  const { scenario, variant, design, result, asExpected } = verdict;
  return {
    name,
    scenario: scenario.id,
    variant: variant.id,
    design,
    expected: variant.expect,
    verdict: result.verdict,
    asExpected,
    world: describeWorld(variant.world ?? scenario.world),
    states: result.states,
    ...(result.bound === undefined ? {} : { bound: result.bound }),
    ...(result.verdict === 'error' ? { error: result.error } : {}),
    ...(result.verdict === 'unreached' ? { unreached: result.unreached ?? [] } : {}),
  };
}

function storyJson(name: string, story: FullStory, alike: readonly string[]): object {
  const { why, rows, lanes, locks, missing, fired, silent, kernel, recommended } = story;
  return {
    name,
    alike,
    title: story.title,
    property: story.property,
    scenario: story.scenario,
    variant: story.variant,
    design: story.design,
    kernel,
    says: story.says,
    world: story.world,
    states: story.states,
    ...(story.cuts === undefined ? {} : { cuts: story.cuts }),
    ...(story.sampled === undefined ? {} : { sampled: story.sampled }),
    ...(story.further === undefined ? {} : { further: true }),
    ...(story.replayed === undefined ? {} : { replayed: true }),
    ...(story.fillsUncounted === undefined ? {} : { fillsUncounted: true }),
    lanes,
    rows: rows.map(({ mark, ...row }) => ({ ...row, ...(mark === undefined ? {} : { mark }) })),
    locks,
    why: why.map(({ text, steps, claim }) => ({ text, steps, claim: claim.kind })),
    repair: {
      points: missing.points,
      ...(missing.sibling === undefined ? {} : { variant: missing.sibling }),
      ...(story.repairs === undefined ? {} : { explored: story.repairs }),
    },
    rules: { fired, silent, recommended, untested: story.untested },
    command: story.command,
    replay: story.line,
    initial: story.initial,
    steps: story.trace.map(stepJson),
  };
}

function stepJson({ n, who, cpu, label, stack, events, reports, changes }: FullStep): object {
  return {
    n,
    who,
    cpu,
    label,
    stack,
    events: events.map(({ name, fields }) => ({ event: name, ...fields })),
    reports: reports.map(({ name, fields }) => ({ property: name, ...fields })),
    changes,
  };
}
