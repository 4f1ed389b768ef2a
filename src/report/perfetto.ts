// Stories as a trace in Chrome's JSON form (Trace Event Format), which ui.perfetto.dev opens: a process
// for each story, a track for each CPU and one for its hardware, a slice for each step, those of a call
// inside that of the call. An arrow leads from the step by which a flush was due to the wrong access.

import type { FullStep, FullStory } from '../explain/full-story.ts';
import { differentIn, type StoryBook } from './story-book.ts';

/** Steps have no time: each is given so many microseconds. */
const STEP = 10;

interface TraceEvent {
  readonly ph: 'M' | 'X' | 's' | 'f';
  readonly pid: number;
  readonly [more: string]: unknown;
}

export function perfetto(book: StoryBook): string {
  const told = differentIn(book);
  const events = told.flatMap(({ story, name }, i) => eventsOf(story, name, i + 1));
  const metadata = { tool: 'lufcheck', version: book.version };
  return JSON.stringify({ traceEvents: events, displayTimeUnit: 'ns', metadata });
}

function eventsOf(story: FullStory, name: string, pid: number): TraceEvent[] {
  const tracks = [...new Set(story.trace.map(trackOf))].sort();
  const tid = (step: FullStep): number => 1 + tracks.indexOf(trackOf(step));
  return [
    meta(pid, 0, 'process_name', { name: `${name}: ${story.title}` }),
    ...tracks.map((track, i) => meta(pid, i + 1, 'thread_name', { name: track })),
    ...tracks.map((_, i) => meta(pid, i + 1, 'thread_sort_index', { sort_index: i })),
    ...callSlices(story, pid, tid),
    ...story.trace.map((step): TraceEvent => {
      const row = story.rows.find(({ from, who }) => from === step.n && who === step.who);
      return {
        ph: 'X',
        pid,
        tid: tid(step),
        ts: (step.n - 1) * STEP,
        dur: STEP,
        cat: row?.mark ?? 'step',
        name: row?.mark === 'wrong' ? `${row.text} (${story.property})` : (row?.text ?? step.label),
        args: argsOf(step),
      };
    }),
    ...arrow(story, pid, tid),
  ];
}

function trackOf({ cpu, who }: FullStep): string {
  return `CPU ${cpu} ${who}`;
}

function meta(pid: number, tid: number, name: string, args: object): TraceEvent {
  return { ph: 'M', pid, tid, name, args };
}

/** A slice for each stretch of steps of one thread inside one call, for every depth. */
function callSlices(story: FullStory, pid: number, tid: (step: FullStep) => number): TraceEvent[] {
  const slices: TraceEvent[] = [];
  for (const who of new Set(story.trace.map(trackOf))) {
    const mine = story.trace.filter((step) => trackOf(step) === who);
    const deepest = Math.max(...mine.map((step) => step.stack.length));
    for (let depth = 0; depth < deepest; depth++) {
      const key = (step: FullStep | undefined): string =>
        step === undefined || step.stack.length <= depth
          ? ''
          : step.stack.slice(0, depth + 1).join('>');
      for (let i = 0; i < mine.length; ) {
        let end = i;
        while (end + 1 < mine.length && key(mine[end + 1]) === key(mine[i])) end++;
        const [first, last] = [mine[i] as FullStep, mine[end] as FullStep];
        if (key(first) !== '') {
          const ts = (first.n - 1) * STEP;
          const dur = last.n * STEP - ts;
          slices.push({
            ph: 'X',
            pid,
            tid: tid(first),
            ts,
            dur,
            cat: 'call',
            name: first.stack[depth],
          });
        }
        i = end + 1;
      }
    }
  }
  return slices;
}

function argsOf({ n, stack, label, events, changes }: FullStep): object {
  return {
    step: n,
    in: stack.join(' > '),
    does: label,
    ...Object.fromEntries(events.map(({ name, fields }, i) => [`${i + 1} ${name}`, fields])),
    ...Object.fromEntries(
      changes.map(({ name, before, after }) => [
        name,
        `${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
      ]),
    ),
  };
}

function arrow(story: FullStory, pid: number, tid: (step: FullStep) => number): TraceEvent[] {
  const stepOf = (mark: 'late' | 'wrong'): FullStep | undefined => {
    const row = story.rows.find((one) => one.mark === mark);
    return story.trace.find((step) => step.n === row?.from);
  };
  const [late, wrong] = [stepOf('late'), stepOf('wrong')];
  if (late === undefined || wrong === undefined) return [];
  const flow = { pid, id: pid, cat: 'race', name: 'no flush in between' };
  const middle = ({ n }: FullStep): number => (n - 0.5) * STEP;
  return [
    { ...flow, ph: 's', tid: tid(late), ts: middle(late) },
    { ...flow, ph: 'f', bp: 'e', tid: tid(wrong), ts: middle(wrong) },
  ];
}
