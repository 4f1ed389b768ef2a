// The cursor over binary records: one object for a whole reading, pointed at one record after the
// other. Nothing is decoded but what is asked for.

import type { EventFormat, Field } from './event-format.ts';
import { type EventTable, unknownFormat } from './event-table.ts';
import { type RecordBytes, readHex, readNumber, readText, readWide } from './field-access.ts';
import type { FieldList, FieldNames } from './field-names.ts';
import { type FieldPlan, planOf } from './field-plan.ts';
import type { TraceRecord } from './trace-record.ts';
import type { Wide } from './wide.ts';

const NO_BYTES: RecordBytes & Pick<PlacedRecord, 'buffer'> = {
  view: new DataView(new ArrayBuffer(0)),
  start: 0,
  length: 0,
  littleEndian: true,
  wordSize: 8,
  buffer: '',
};
const NO_FORMAT = unknownFormat(0, '');

/** A record and where it stands: what a stream of one CPU is at, or a sample of perf. */
export interface PlacedRecord extends RecordBytes {
  readonly cpu: number;
  readonly time: number;
  readonly buffer: string;
  readonly lostBefore: number;
}

/** A TraceRecord over the current record of a stream. */
export class BinaryRecord implements TraceRecord {
  cpu = 0;
  time = Number.NaN;
  pid = 0;
  eventId = 0;
  lostBefore = 0;
  #format: EventFormat = NO_FORMAT;
  #bytes: RecordBytes & Pick<PlacedRecord, 'buffer'> = NO_BYTES;
  /** The last pid whose name was asked for, and that name. */
  #taskPid = Number.NaN;
  #task = '';
  readonly #events: EventTable;
  readonly #tasks: ReadonlyMap<number, string>;

  constructor(events: EventTable, tasks: ReadonlyMap<number, string>) {
    this.#events = events;
    this.#tasks = tasks;
  }

  get task(): string {
    if (this.pid !== this.#taskPid) {
      this.#taskPid = this.pid;
      this.#task = this.pid === 0 ? '<idle>' : (this.#tasks.get(this.pid) ?? '<...>');
    }
    return this.#task;
  }

  /** To be told when a task has got another name. */
  renamed(): void {
    this.#taskPid = Number.NaN;
  }

  get system(): string {
    return this.#format.system;
  }

  get event(): string {
    return this.#format.name;
  }

  get buffer(): string {
    return this.#bytes.buffer;
  }

  /** Points at the stream's current record. */
  moveTo(stream: PlacedRecord): void {
    const { view, start, length, littleEndian } = stream;
    const { typeOffset, pidOffset } = this.#events;
    // A record too short for its header gets ID 0, which no event has.
    const id = typeOffset + 2 <= length ? view.getUint16(start + typeOffset, littleEndian) : 0;
    const format = this.#events.get(id);
    this.cpu = stream.cpu;
    this.time = stream.time;
    this.pid = pidOffset + 4 <= length ? view.getInt32(start + pidOffset, littleEndian) : 0;
    this.eventId = id;
    this.lostBefore = stream.lostBefore;
    this.#format = format;
    this.#bytes = stream;
  }

  number(field: string): number | undefined {
    const place = this.#format.fields.get(field);
    return place === undefined ? undefined : readNumber(this.#bytes, place);
  }

  hex(field: string): string | undefined {
    const place = this.#format.fields.get(field);
    return place === undefined ? undefined : readHex(this.#bytes, place);
  }

  wide(field: string, into: Wide): boolean {
    const place = this.#format.fields.get(field);
    return place !== undefined && readWide(this.#bytes, place, into);
  }

  numberOf(field: FieldNames): number | undefined {
    let place = this.#format.places[field.id];
    if (place === undefined) place = this.#locate(field);
    if (place === null) return undefined;
    const value = readNumber(this.#bytes, place);
    if (value !== undefined || field.names.length === 1) return value;
    for (const name of field.names) {
      const other = this.number(name);
      if (other !== undefined) return other;
    }
    return undefined;
  }

  wideOf(field: FieldNames, into: Wide): boolean {
    let place = this.#format.places[field.id];
    if (place === undefined) place = this.#locate(field);
    if (place === null) return false;
    if (readWide(this.#bytes, place, into)) return true;
    return field.names.length > 1 && field.names.some((name) => this.wide(name, into));
  }

  halvesOf(list: FieldList, into: Int32Array): number {
    const format = this.#format;
    const plan = format.plans[list.id] ?? planFor(format, list);
    const bytes = this.#bytes;
    if (bytes.littleEndian && plan.end <= bytes.length) return plan.read(bytes, into);
    return this.#halvesOneByOne(list, into);
  }

  #halvesOneByOne({ fields }: FieldList, into: Int32Array): number {
    const one: Wide = { low: 0, high: 0 };
    let present = 0;
    fields.forEach((field, i) => {
      if (!this.wideOf(field, one)) return;
      into[2 * i] = one.low;
      into[2 * i + 1] = one.high;
      present |= 1 << i;
    });
    return present;
  }

  #locate({ id, names }: FieldNames): Field | null {
    const { fields, places } = this.#format;
    // Holes would make a dictionary of it.
    while (places.length < id) places.push(undefined);
    const name = names.find((one) => fields.has(one));
    const place = (name === undefined ? undefined : fields.get(name)) ?? null;
    places[id] = place;
    return place;
  }

  text(field: string): string | undefined {
    const place = this.#format.fields.get(field);
    return place === undefined ? undefined : readText(this.#bytes, place);
  }

  fieldNames(): readonly string[] {
    return this.#format.fieldNames;
  }
}

function planFor(format: EventFormat, list: FieldList): FieldPlan {
  const plan = planOf(format, list);
  while (format.plans.length < list.id) format.plans.push(undefined);
  format.plans[list.id] = plan;
  return plan;
}
