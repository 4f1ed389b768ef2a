// The cursor over text records: one object for a whole reading. The body is taken apart only when
// a field is asked for.

import { plain } from './plain-text.ts';
import { parseBody } from './text-body.ts';
import type { TextLine } from './text-line.ts';
import { quirkOf } from './text-quirks.ts';
import { parseInteger, toHex, toNumber } from './text-value.ts';
import type { TraceRecord } from './trace-record.ts';

/** A TraceRecord over one line. */
export class TextRecord implements TraceRecord {
  cpu = 0;
  time = 0;
  pid = 0;
  readonly system = '';
  event = '';
  lostBefore = 0;
  #line: TextLine | undefined;
  #fields: Map<string, string> | undefined;

  get task(): string {
    return plain(this.#line?.task ?? '');
  }

  get buffer(): string {
    return plain(this.#line?.buffer ?? '');
  }

  /** Points at a line. */
  moveTo(line: TextLine, time: number, lostBefore: number): void {
    this.cpu = line.cpu;
    this.time = time;
    this.pid = line.pid;
    this.event = line.event;
    this.lostBefore = lostBefore;
    this.#line = line;
    this.#fields = undefined;
  }

  number(field: string): number | undefined {
    const value = this.#integer(field);
    return value === undefined ? undefined : toNumber(value);
  }

  hex(field: string): string | undefined {
    const value = this.#integer(field);
    return value === undefined ? undefined : toHex(value);
  }

  text(field: string): string | undefined {
    const value = this.#parsed().get(field);
    return value === undefined ? undefined : plain(value);
  }

  fieldNames(): readonly string[] {
    return [...this.#parsed().keys()];
  }

  #integer(field: string): bigint | undefined {
    const value = this.#parsed().get(field);
    if (value === undefined) return undefined;
    return parseInteger(field, value, quirkOf(this.event));
  }

  #parsed(): Map<string, string> {
    this.#fields ??= parseBody(this.event, this.#line?.body ?? '');
    return this.#fields;
  }
}
