// The verdicts of `check` as one JSON object. The form is an interface: fields may be added, and
// whatever changes or goes changes the schema's number.

import type { TraceStep, Verdict, Violation } from '../explain/judge.ts';
import { storyOf } from '../explain/story.ts';
import { describeWorld } from '../kernel/world.ts';

export const CHECK_SCHEMA = 'lufcheck.check/1';

export function checkJson(verdicts: readonly Verdict[]): object {
  return { schema: CHECK_SCHEMA, scenarios: verdicts.map(verdictJson) };
}

function verdictJson(verdict: Verdict): object {
  const { scenario, variant, design, asExpected, result, violation } = verdict;
  return {
    id: scenario.id,
    variant: variant.id,
    design,
    expected: variant.expect,
    verdict: result.verdict,
    asExpected,
    world: describeWorld(variant.world ?? scenario.world),
    ...(result.verdict === 'error' ? { error: result.error } : {}),
    ...(result.bound === undefined ? {} : { bound: result.bound }),
    ...(result.estimate === undefined ? {} : { estimate: result.estimate }),
    ...unreachedIn(result),
    ...(result.reduced === undefined ? {} : { reduced: result.reduced }),
    ...(result.explicitFills === undefined ? {} : { explicitFills: result.explicitFills }),
    ...(result.fillsUncounted === undefined ? {} : { fillsUncounted: true }),
    states: result.states,
    transitions: result.transitions,
    depth: result.depth,
    seconds: Number(result.seconds.toFixed(3)),
    ...(violation === undefined
      ? {}
      : {
          violation: {
            property: violation.property,
            ...inWords(verdict),
            schedule: violation.schedule,
            rules: violation.rules,
            ...watchedBy(verdict, violation),
            steps: violation.steps.map(stepJson),
          },
        }),
  };
}

/** Which of the rules are recommended, and which nothing put to the test. */
function watchedBy(verdict: Verdict, violation: Violation): object {
  const { recommended, untested } = storyOf(verdict, violation);
  return { recommended, untested };
}

/** With `holds` it is a note: the design asked for is not one of the scenario's. */
function unreachedIn(result: Verdict['result']): object {
  const { verdict, unreached = [] } = result;
  if (verdict !== 'unreached' && verdict !== 'holds') return {};
  return unreached.length > 0 ? { unreached } : {};
}

/** The title and the sentences of the story. */
function inWords(verdict: Verdict): object {
  if (verdict.violation === undefined) return {};
  const { title, why } = storyOf(verdict, verdict.violation);
  return { title, why: why.map(({ text, steps }) => ({ text, steps })) };
}

function stepJson(step: TraceStep): object {
  return {
    n: step.n,
    who: step.who,
    cpu: step.cpu,
    label: step.label,
    stack: step.stack,
    events: step.events.map(({ name, fields }) => ({ event: name, ...fields })),
    reports: step.reports.map(({ name, fields }) => ({ property: name, ...fields })),
  };
}
