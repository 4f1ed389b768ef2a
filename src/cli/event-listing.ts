// `lufcheck trace FILE --events`: the events of a recording, filtered, for other tools.

import { Problem } from '../base/problem.ts';
import type { ConcreteEvent } from '../events/concrete.ts';
import { eventToJson } from '../events/json-lines.ts';
import { isEventKind } from '../events/vocabulary.ts';
import { timeFormat } from '../trace/check/violation.ts';
import { eventText, headerLine } from '../trace/events/event-lines.ts';
import { type EventFilter, readEvents } from '../trace/events/read-events.ts';
import type { TraceInfo } from '../trace/formats/trace-record.ts';
import { openFileSource } from '../trace/node-file.ts';
import type { Surroundings } from './command.ts';
import { openOutput } from './file-output.ts';
import type { Options, ValuesOf } from './options.ts';
import { openParquet } from './parquet-output.ts';

export const eventOptions = {
  events: {
    type: 'flag',
    page: 'events',
    says: 'print the events of our vocabulary instead of judging',
  },
  cpu: { type: 'text', page: 'events', value: 'N,...', says: 'only of these CPUs' },
  from: { type: 'text', page: 'events', value: 'S', says: 'only from this time on, in seconds' },
  to: { type: 'text', page: 'events', value: 'S', says: 'only up to this time' },
  mm: { type: 'text', page: 'events', value: 'ADDR', says: 'only of this mm_struct' },
  page: {
    type: 'text',
    page: 'events',
    value: 'N',
    says: 'only of this frame number, or of the page at this address',
  },
  kind: { type: 'text', page: 'events', value: 'NAME,...', says: 'only these: pte.clear, ...' },
  output: {
    type: 'text',
    short: 'o',
    page: 'events',
    value: 'FILE',
    says: 'write them there; parquet needs it',
  },
} as const satisfies Options;

type Values = ValuesOf<typeof eventOptions> & { readonly format?: string | undefined };

/** @throws Problem LUF-E103 or E104 for options that do not fit. */
export async function listEvents(path: string, values: Values, io: Surroundings): Promise<void> {
  const format = values.format ?? 'text';
  if (format !== 'text' && format !== 'jsonl' && format !== 'parquet') {
    throw misfit(`--format ${format} is none of ours`, 'text, jsonl or parquet');
  }
  if (format === 'parquet' && values.output === undefined) {
    throw new Problem('LUF-E104', '--format parquet is no text to print', {
      where: 'lufcheck trace',
      hint: 'say where to write it: -o out.parquet',
    });
  }
  const filter = filterOf(values);
  const source = await openFileSource(path);
  let sink: Sink | undefined;
  try {
    const onInfo = (info: TraceInfo): void => {
      sink = openSink(format, path, info, values.output, io);
    };
    let count = 0;
    const onEvent = (event: ConcreteEvent): void => {
      count++;
      sink?.write(event);
    };
    await readEvents(source, { onInfo, filter, onEvent });
    if (count === 0) io.note(`${path}: no event is of that kind, time and place`);
  } finally {
    sink?.close();
    await source.close();
  }
}

interface Sink {
  write(event: ConcreteEvent): void;
  close(): void;
}

function openSink(
  format: 'text' | 'jsonl' | 'parquet',
  path: string,
  info: TraceInfo,
  output: string | undefined,
  io: Surroundings,
): Sink {
  if (format === 'parquet' && output !== undefined) {
    return openParquet(output, JSON.parse(headerLine(path, info)) as Record<string, string>);
  }
  const file = output === undefined ? undefined : openOutput(output);
  const line = (text: string): void =>
    file === undefined ? io.out(text) : file.write(`${text}\n`);
  const close = (): void => file?.close();
  if (format === 'jsonl') {
    line(headerLine(path, info));
    return { write: (event) => line(eventToJson(event)), close };
  }
  const time = timeFormat(info.timeBase, info.timeResolution);
  return { write: (event) => line(eventText(event, time)), close };
}

/** Options for events where events are not asked for. */
export function refuseEventOptions(values: Values): void {
  if (values.events) return;
  // `values` has the other options of the command too.
  const given = Object.keys(eventOptions).find(
    (name) => name !== 'events' && values[name as keyof Values] !== undefined,
  );
  if (given === undefined) return;
  throw new Problem('LUF-E104', `--${given} is for --events`, {
    where: 'lufcheck trace',
    hint: `add --events, or leave --${given} out`,
  });
}

function filterOf({ cpu, from, to, mm, page, kind }: Values): EventFilter {
  const [first, last] = [from, to].map((text) => Number(text ?? Number.NaN)) as [number, number];
  if (first > last) throw misfit(`--from ${from} is after --to ${to}`, '--from 12.5 --to 12.6');
  return {
    ...(cpu === undefined ? {} : { cpus: new Set(cpu.split(',').map((one) => whole('cpu', one))) }),
    ...(from === undefined ? {} : { from: nanoseconds('from', from) }),
    ...(to === undefined ? {} : { to: nanoseconds('to', to) }),
    ...(mm === undefined ? {} : { mm: hex(mm) }),
    ...(page === undefined ? {} : { page: whole('page', page) }),
    ...(kind === undefined ? {} : { kinds: new Set(kind.split(',').map(kindNamed)) }),
  };
}

function whole(option: string, text: string): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw misfit(`--${option} ${text} is no number`, '7 or 0x7');
  return value;
}

function nanoseconds(option: string, text: string): bigint {
  const match = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) throw misfit(`--${option} ${text} is no time`, '15.562362');
  return BigInt(`${match[1]}${(match[2] ?? '').padEnd(9, '0')}`);
}

function hex(text: string): string {
  const match = /^(?:0x)?0*([0-9a-f]{1,16})$/i.exec(text);
  if (match?.[1] === undefined) throw misfit(`--mm ${text} is no address`, '0xffff888005096b80');
  return match[1].toLowerCase();
}

function kindNamed(name: string): string {
  if (isEventKind(name)) return name;
  throw misfit(`--kind ${name} is no event`, 'pte.clear; lufcheck list --events has them all');
}

function misfit(sentence: string, example: string): Problem {
  return new Problem('LUF-E103', sentence, {
    where: 'lufcheck trace',
    hint: `for example ${example}`,
  });
}
