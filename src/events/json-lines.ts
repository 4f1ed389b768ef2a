// Events as JSON lines: one object a line, `event` first, then when, where and who, then the
// event's fields in the order of the vocabulary. What is written can be read back unchanged.

import { Problem } from '../base/problem.ts';
import type { ConcreteEvent } from './concrete.ts';
import { type FieldSort, isEventKind, type Optional, vocabulary } from './vocabulary.ts';

const PAGE = 4096;
const LARGEST_ADDRESS = 2 ** 57;

/**
 * One event as one line, without the line end.
 *
 * @example
 * ```ts
 * eventToJson({ event: 'frame.free', at: 7, cpu: 0, by: 'kswapd', frame: 2 })
 * // => '{"event":"frame.free","at":7,"cpu":0,"by":"kswapd","frame":2}'
 * ```
 */
export function eventToJson(event: ConcreteEvent): string {
  const given = event as unknown as Record<string, unknown>;
  const line: Record<string, unknown> = { event: event.event, at: event.at, cpu: event.cpu };
  if (event.by !== undefined) line.by = event.by;
  for (const field of Object.keys(vocabulary[event.event].fields)) {
    if (given[field] !== undefined && field !== 'cpu') line[field] = given[field];
  }
  return JSON.stringify(line);
}

/**
 * Reads one line back.
 *
 * @throws Problem LUF-E203 for anything that is not an event of the vocabulary, field by field.
 */
export function eventFromJson(line: string, where: string): ConcreteEvent {
  const bad = (sentence: string): Problem =>
    new Problem('LUF-E203', sentence, { where, hint: 'see `lufcheck list --events` for the form' });
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw bad('not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw bad('not a JSON object');
  }
  const given = parsed as Record<string, unknown>;
  const { event, at, cpu, by } = given;
  if (typeof event !== 'string' || !isEventKind(event)) throw bad('`event` is no event we know');
  if (typeof at !== 'number' || !Number.isFinite(at)) throw bad('`at` is no number');
  if (!isIndex(cpu)) throw bad('`cpu` is no CPU number');
  if (by !== undefined && typeof by !== 'string') throw bad('`by` is no name');
  const fields: Readonly<Record<string, FieldSort | Optional<FieldSort>>> =
    vocabulary[event].fields;
  const expected = new Set(['event', 'at', 'cpu', 'by', ...Object.keys(fields)]);
  for (const name of Object.keys(given)) {
    if (!expected.has(name)) throw bad(`${event} has no field \`${name}\``);
  }
  for (const [name, sort] of Object.entries(fields)) {
    const value = given[name];
    const isOptional = typeof sort === 'object' && 'optional' in sort;
    if (value === undefined && isOptional) continue;
    if (!fits(value, isOptional ? sort.optional : sort)) {
      throw bad(
        `\`${name}\` of ${event} is ${value === undefined ? 'missing' : 'of another kind'}`,
      );
    }
  }
  return given as unknown as ConcreteEvent;
}

function isIndex(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Addresses of 57 bits are beyond the safe integers, and exact: they are those of pages. */
function isPage(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= LARGEST_ADDRESS && value % PAGE === 0;
}

function isId(value: unknown): boolean {
  return isIndex(value) || isPage(value) || typeof value === 'string';
}

function fits(value: unknown, sort: FieldSort): boolean {
  if (sort === 'text') return typeof value === 'string';
  switch (sort.kind) {
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
      return isIndex(value);
    case 'id':
      return isId(value);
    case 'maybe':
      return value === null || isId(value);
    case 'set':
      return Array.isArray(value) && value.every(isId);
  }
}
