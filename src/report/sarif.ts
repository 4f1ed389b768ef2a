// Violations in SARIF 2.1.0 (OASIS, 2020), which code-scanning services show. A result is a violation,
// its rule what truth reported, its code flow the steps with a thread flow for each CPU.

import type { FullStory } from '../explain/full-story.ts';
import type { Verdict } from '../explain/judge.ts';
import { titleOfCall } from '../explain/names.ts';
import type { TraceMoment, TraceVerdict } from '../trace/check/verdict.ts';
import { kindTitles } from './kind-titles.ts';
import { type StoryBook, storiesIn, type ToldEntry, verdictsIn } from './story-book.ts';
import type { TraceFailure } from './trace-json.ts';
import { capital, momentsOf, ruleTitles, type ToldMoment } from './trace-text.ts';

const SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

interface Result {
  readonly ruleId: string;
  readonly [more: string]: unknown;
}

/** What was not answered, or not to its end: without it, no results would look like no violations. */
interface Notification {
  readonly level: 'warning' | 'error';
  readonly message: { readonly text: string };
}

interface Log {
  readonly version: string;
  readonly results: readonly Result[];
  readonly notifications: readonly Notification[];
  readonly titles: Readonly<Record<string, string>>;
}

export function sarif(book: StoryBook): string {
  const notifications = verdictsIn(book).flatMap(({ name, verdict }) => openEnd(name, verdict));
  const results = storiesIn(book).map(resultOf);
  return logOf({ version: book.version, results, notifications, titles: kindTitles });
}

/** Violations found in recordings, of each kind the first. */
export function traceSarif(
  version: string,
  traces: readonly (TraceVerdict | TraceFailure)[],
): string {
  return logOf({
    version,
    results: traces.flatMap((one) => ('error' in one ? [] : traceResults(one))),
    notifications: traces.flatMap(doubts),
    titles: ruleTitles,
  });
}

function openEnd(name: string, { result }: Verdict): Notification[] {
  if (result.verdict === 'error') {
    return [notify('error', `${name}: no answer: ${result.error.code} ${result.error.message}`)];
  }
  if (result.verdict === 'unreached') {
    const never = (result.unreached ?? []).join('; never ');
    return [notify('error', `${name}: nothing is shown: never ${never}`)];
  }
  return result.verdict === 'bounded'
    ? [notify('warning', `${name}: bounded, not shown to hold: ${result.bound ?? 'unknown'}`)]
    : [];
}

function doubts(one: TraceVerdict | TraceFailure): Notification[] {
  if ('error' in one) return [notify('error', one.error.render())];
  return one.reasons.map(({ text }) =>
    notify('warning', `${one.file}: ${one.verdict === 'unknown' ? 'unknown: ' : ''}${text}`),
  );
}

function notify(level: Notification['level'], text: string): Notification {
  return { level, message: { text } };
}

function logOf({ version, results, notifications, titles }: Log): string {
  const used = [...new Set(results.map((one) => one.ruleId))].sort();
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'lufcheck',
            version,
            rules: used.map((id) => ({ id, shortDescription: { text: titles[id] ?? id } })),
          },
        },
        invocations: [
          {
            executionSuccessful: notifications.every(({ level }) => level !== 'error'),
            ...(notifications.length === 0 ? {} : { toolExecutionNotifications: notifications }),
          },
        ],
        results: results.map((one) => ({ ...one, ruleIndex: used.indexOf(one.ruleId) })),
      },
    ],
  };
  return JSON.stringify(log, null, 2);
}

function resultOf({ name, verdict, file, story }: ToldEntry): Result {
  const why = story.why.map(({ text }) => text).join(' ');
  return {
    ruleId: story.property,
    // What a variant is there to show is no news.
    level: verdict.asExpected ? 'note' : 'error',
    message: { text: `${story.title}. ${why}` },
    locations: [
      {
        ...(file === undefined
          ? {}
          : { physicalLocation: { artifactLocation: { uri: uriOf(file) } } }),
        logicalLocations: [{ name: story.variant, fullyQualifiedName: name, kind: 'module' }],
      },
    ],
    partialFingerprints: { 'lufcheckStory/v1': `${name}/${story.property}/${story.title}` },
    codeFlows: [{ message: { text: story.says }, threadFlows: flowsOf(story) }],
    properties: { design: story.design, world: story.world, replay: story.line },
  };
}

function flowsOf(story: FullStory): object[] {
  return story.lanes
    .map(({ cpu, threads }) => ({
      id: `CPU ${cpu}`,
      message: { text: threads.join(', ') || 'hardware only' },
      locations: story.trace
        .filter((step) => step.cpu === cpu)
        .map((step) => {
          const row = story.rows.find(
            ({ from, to, who }) => from <= step.n && step.n <= to && who === step.who,
          );
          const called = [...step.stack.map(titleOfCall), step.label].join(' > ');
          const text = row !== undefined && row.from === step.n ? row.text : called;
          return {
            executionOrder: step.n,
            importance: importanceOf(row?.weight),
            location: {
              message: { text },
              logicalLocations: [{ fullyQualifiedName: called, kind: 'function' }],
            },
          };
        }),
    }))
    .filter(({ locations }) => locations.length > 0);
}

function importanceOf(weight: number | undefined): string {
  if (weight === 3) return 'essential';
  return weight === 2 ? 'important' : 'unimportant';
}

function traceResults(verdict: TraceVerdict): Result[] {
  return verdict.groups.flatMap((group): Result[] => {
    const violation = verdict.violations[group.first];
    if (violation === undefined) return [];
    const moments = momentsOf(violation);
    const { reused } = violation;
    const cpus = [...new Set(moments.map(({ cpu }) => cpu))];
    return [
      {
        ruleId: group.rule,
        level: 'error',
        message: { text: `${violation.text}. ${capital(violation.missing)}.` },
        occurrenceCount: group.count,
        locations: [
          {
            physicalLocation: { artifactLocation: { uri: uriOf(verdict.file) } },
            ...functionOf(reused),
            message: { text: `at ${reused.time} s, CPU ${reused.cpu}, ${reused.task}` },
          },
        ],
        partialFingerprints: {
          'lufcheckTrace/v1': `${group.rule}/${group.by}/${group.cpus.join()}`,
        },
        ...stacksOf(moments),
        codeFlows: [
          {
            threadFlows: cpus.map((cpu) => ({
              id: `CPU ${cpu}`,
              locations: moments.flatMap((one, i) =>
                one.cpu !== cpu
                  ? []
                  : [
                      {
                        executionOrder: i + 1,
                        location: {
                          message: { text: `${one.time} s, ${one.task}: ${one.says}` },
                          ...functionOf(one),
                        },
                      },
                    ],
              ),
            })),
          },
        ],
      },
    ];
  });
}

/** Where each moment was called from, as far as that was recorded. */
function stacksOf(moments: readonly ToldMoment[]): object {
  const stacks = moments.flatMap(({ stack, says, time }) =>
    stack === undefined
      ? []
      : [
          {
            message: { text: `${time} s: ${says}` },
            frames: stack.map((name) => ({
              location: {
                logicalLocations: [{ fullyQualifiedName: name, kind: 'function' }],
              },
            })),
          },
        ],
  );
  return stacks.length === 0 ? {} : { stacks };
}

/** Where the profile names no function but what happened, there is none. */
function functionOf({ what }: TraceMoment): object {
  return /\s/.test(what)
    ? {}
    : { logicalLocations: [{ fullyQualifiedName: what, kind: 'function' }] };
}

/** A relative path as a URI reference, an absolute one as a URI. */
function uriOf(path: string): string {
  const uri = path.split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${uri}` : uri;
}
