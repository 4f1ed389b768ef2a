// All events of one trace.dat by their ID, and where every record keeps its event ID and pid.

import type { EventFormat } from './event-format.ts';

const LARGEST_ID = 0xffff;

/** Formats by event ID. IDs are assigned at run time: never carry one from file to file. */
export class EventTable {
  readonly #byId: (EventFormat | undefined)[] = [];
  #typeOffset = 0;
  #pidOffset = 4;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Byte offset of the u16 event ID in a record. */
  get typeOffset(): number {
    return this.#typeOffset;
  }

  /** Byte offset of the s32 pid in a record. */
  get pidOffset(): number {
    return this.#pidOffset;
  }

  /** The first format of an ID wins: kernels do not repeat IDs, so a repeat is damage. */
  add(format: EventFormat): void {
    if (format.id > LARGEST_ID || this.#byId[format.id] !== undefined) return;
    this.#byId[format.id] = format;
    this.#count++;
    if (this.#count > 1) return;
    const type = format.fields.get('common_type');
    const pid = format.fields.get('common_pid');
    if (type?.size === 2) this.#typeOffset = type.offset;
    if (pid?.size === 4) this.#pidOffset = pid.offset;
  }

  /** The format of an ID; an event that the file does not describe gets a name and no fields. */
  get(id: number): EventFormat {
    const known = this.#byId[id];
    if (known !== undefined) return known;
    const unknown = unknownFormat(id, `#${id}`);
    this.#byId[id] = unknown;
    return unknown;
  }
}

/** Of an event that the file does not describe. */
export function unknownFormat(id: number, name: string): EventFormat {
  return { id, system: '', name, fields: new Map(), fieldNames: [], places: [], plans: [] };
}
