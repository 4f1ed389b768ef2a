// The metadata blocks that v6 and v7 lay out alike: page header, event formats, task names. Counts
// come from the file, but each item consumes bytes of it, so no loop outlives the input.

import type { ByteReader } from './byte-reader.ts';
import { damaged } from './byte-reader.ts';
import { parseEventFormat } from './event-format.ts';
import type { EventTable } from './event-table.ts';
import { type PageLayout, parsePageLayout } from './page-layout.ts';
import { plain } from './plain-text.ts';

const LARGEST_FORMAT = 1 << 20;
const LARGEST_TASK_LIST = 1 << 26;
const decoder = new TextDecoder();

/** Reads `header_page` and passes over `header_event`. */
export async function readPageHeader(reader: ByteReader): Promise<PageLayout> {
  await expectTag(reader, 'header_page');
  const size = await reader.u64('the page header size');
  const text = await reader.bytes(size, LARGEST_FORMAT, 'the page header');
  await expectTag(reader, 'header_event');
  reader.skip(await reader.u64('the event header size'), 'the event header');
  return parsePageLayout(decoder.decode(text), reader.source.name);
}

/** Reads the formats of ftrace's own events (function, print and the like). */
export async function readFtraceEvents(reader: ByteReader, events: EventTable): Promise<void> {
  await readFormats(reader, events, 'ftrace', await reader.u32('the ftrace event count'));
}

/** Reads the formats of all other events, grouped by system. */
export async function readEventSystems(reader: ByteReader, events: EventTable): Promise<void> {
  const systems = await reader.u32('the event system count');
  for (let i = 0; i < systems; i++) {
    const system = await reader.name('an event system name');
    await readFormats(reader, events, system, await reader.u32('an event count'));
  }
}

/** Reads `saved_cmdlines`: a pid and a task name per line. */
export async function readTasks(reader: ByteReader): Promise<Map<number, string>> {
  const size = await reader.u64('the task name size');
  const bytes = await reader.bytes(size, LARGEST_TASK_LIST, 'the task names');
  const tasks = new Map<number, string>();
  for (const line of decoder.decode(bytes).split('\n')) {
    const match = /^\s*(\d{1,10}) (.+)$/.exec(line);
    if (match !== null) tasks.set(Number(match[1]), plain(match[2]));
  }
  return tasks;
}

async function readFormats(
  reader: ByteReader,
  events: EventTable,
  system: string,
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const size = await reader.u64('an event format size');
    const text = await reader.bytes(size, LARGEST_FORMAT, 'an event format');
    const format = parseEventFormat(system, decoder.decode(text));
    if (format !== undefined) events.add(format);
  }
}

async function expectTag(reader: ByteReader, tag: string): Promise<void> {
  const at = reader.position;
  const found = await reader.name(`the tag "${tag}"`);
  if (found !== tag)
    throw damaged(reader.source, at, `"${tag}" expected, "${found.slice(0, 40)}" found`);
}
