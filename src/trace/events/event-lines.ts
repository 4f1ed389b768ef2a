// Events of the vocabulary as JSON lines for other tools: a line that says what follows, then one object a
// line (events/json-lines.ts); and as text for people.

import type { ConcreteEvent } from '../../events/concrete.ts';
import { vocabulary } from '../../events/vocabulary.ts';
import type { TraceInfo } from '../formats/trace-record.ts';

export const EVENT_LINES_SCHEMA = 'lufcheck.event-lines/1';

/**
 * The first line.
 *
 * @example
 * ```ts
 * headerLine('a.dat', info) // => '{"schema":"lufcheck.event-lines/1","from":"recording","file":"a.dat","cpus":2,"clock":"mono"}'
 * ```
 */
export function headerLine(file: string, info: TraceInfo): string {
  return JSON.stringify({
    schema: EVENT_LINES_SCHEMA,
    // What the rules hear of a kernel's recording is not all that a verdict on it rests on.
    from: 'recording',
    file,
    cpus: info.cpus,
    ...(info.clock === undefined ? {} : { clock: info.clock }),
    ...(info.release === undefined ? {} : { release: info.release }),
    // To be added to every time, where stamps do not fit a double.
    ...(info.timeBase === 0n ? {} : { timeBase: String(info.timeBase) }),
  });
}

/** One event for people: `12.000000007  CPU 0  sh/1  frame.free frame=0x2`. */
export function eventText(event: ConcreteEvent, time: (at: number) => string): string {
  const fields = fieldsOf(event).map(([name, value]) => `${name}=${shown(name, value)}`);
  const who = event.by ?? '-';
  return `${time(event.at)}  CPU ${event.cpu}  ${who}  ${[event.event, ...fields].join(' ')}`;
}

function fieldsOf(event: ConcreteEvent): [string, unknown][] {
  const given = event as unknown as Readonly<Record<string, unknown>>;
  return Object.keys(vocabulary[event.event].fields)
    .filter((name) => name !== 'cpu' && given[name] !== undefined)
    .map((name) => [name, given[name]]);
}

function shown(name: string, value: unknown): string {
  if (Array.isArray(value)) return `{${value.join(',')}}`;
  if (name === 'mm') return `0x${String(value)}`;
  if (typeof value === 'number' && name !== 'pages') return `0x${value.toString(16)}`;
  return String(value);
}
