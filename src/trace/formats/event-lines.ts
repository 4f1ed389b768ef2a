// Our own vocabulary as a recording: a header line with the form's version, then one event a line
// (events/json-lines.ts). What a replayed model, a lab or any other tool can write without probes; the
// events are exact, nothing has to be inferred.

import { Problem } from '../../base/problem.ts';
import type { ConcreteEvent } from '../../events/concrete.ts';
import { eventFromJson, eventToJson } from '../../events/json-lines.ts';
import type { ByteSource } from './byte-source.ts';
import { type Line, readLines } from './line-reader.ts';
import { plain } from './plain-text.ts';

export const EVENT_LINES_SCHEMA = 'lufcheck.event-lines/1';
const ANY_VERSION = /^\{\s*"schema"\s*:\s*"lufcheck\.event-lines\//;
const LOOK = 256;

/**
 * The lines of a recording, each without its end.
 *
 * @example
 * ```ts
 * eventLines([{ event: 'frame.free', at: 7, cpu: 0, frame: 2 }])
 * // => ['{"schema":"lufcheck.event-lines/1"}', '{"event":"frame.free","at":7,"cpu":0,"frame":2}']
 * ```
 */
export function eventLines(events: readonly ConcreteEvent[]): string[] {
  return [JSON.stringify({ schema: EVENT_LINES_SCHEMA }), ...events.map(eventToJson)];
}

/** Whether a file begins with such a header, of whatever version. */
export async function isEventLines(source: ByteSource): Promise<boolean> {
  return ANY_VERSION.test(new TextDecoder().decode(await source.read(0, LOOK)));
}

/** What came of reading event lines. */
export interface EventLinesRead {
  readonly events: number;
  /** They were made of a recording of a kernel (`lufcheck trace FILE --events`). */
  readonly isOfRecording: boolean;
}

/**
 * Reads them one by one; memory does not grow. Events come in the order of time, but for those of a
 * recording, where a flush by a switch shows late.
 *
 * @throws Problem LUF-E205 for another version; LUF-E203 for a line that is no event, with its number.
 */
export async function readEventLines(
  source: ByteSource,
  onEvent: (event: ConcreteEvent) => void,
): Promise<EventLinesRead> {
  let events = 0;
  let isOfRecording = false;
  let last = Number.NEGATIVE_INFINITY;
  await readLines(source, (line) => {
    const where = `${source.name}:${line.number}`;
    if (line.overlong) throw cut(where, 'a line too long to be an event');
    if (line.number === 1) {
      isOfRecording = isOfRecordingBy(line, where);
      return;
    }
    if (line.text.trim() === '') return;
    if (!line.whole) checkEnd(line, where);
    const event = parsed(line, where);
    if (event.at < last && !isOfRecording) {
      throw new Problem('LUF-E203', `\`at\` goes back from ${last} to ${event.at}`, {
        where,
        hint: 'write the events in the order in which they happened',
      });
    }
    last = event.at;
    events++;
    onEvent(event);
  });
  return { events, isOfRecording };
}

/** JSON can spell any character: neither names nor what is said of a bad line may carry control ones. */
function parsed(line: Line, where: string): ConcreteEvent {
  try {
    const event: object = eventFromJson(line.text, where);
    const fields = Object.entries(event).map(([name, value]) => [name, clean(value)]);
    return Object.fromEntries(fields) as ConcreteEvent;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.code, plain(error.message), { where, hint: error.hint ?? '' });
  }
}

function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  return typeof value === 'string' ? plain(value) : value;
}

function isOfRecordingBy(line: Line, where: string): boolean {
  let schema: unknown;
  let from: unknown;
  try {
    ({ schema, from } = (JSON.parse(line.text) as Record<string, unknown> | null) ?? {});
  } catch {
    throw cut(where, 'the header is not JSON');
  }
  if (schema === EVENT_LINES_SCHEMA) return from === 'recording';
  throw new Problem('LUF-E205', `event lines of the form ${plain(String(schema).slice(0, 60))}`, {
    where,
    hint: `this lufcheck reads ${EVENT_LINES_SCHEMA}`,
  });
}

/** A last line without an end may have been cut off in the middle. */
function checkEnd(line: Line, where: string): void {
  try {
    JSON.parse(line.text);
  } catch {
    throw cut(where, 'the last event is cut off');
  }
}

function cut(where: string, sentence: string): Problem {
  return new Problem('LUF-E203', sentence, { where, hint: 'copy or record the file again' });
}
