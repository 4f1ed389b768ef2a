// The kernel's `format` files: which bytes of a record are which field. Only offsets, sizes and
// kinds are kept; the print format is for printing and is ignored.

import type { FieldPlan } from './field-plan.ts';
import { plain } from './plain-text.ts';

/**
 * How a field's bytes are read: a plain integer, a fixed character array, a string or bitmap stored
 * at the end of the record (`data-loc`: place counted from the record; `rel-loc`: from the end of
 * the field), or bytes of no use to a rule.
 */
export type FieldKind = 'integer' | 'characters' | 'data-loc' | 'rel-loc' | 'opaque';

/** One field, ready for reading. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** Bytes from the start of the record. */
  readonly offset: number;
  /** Bytes; 0 for characters that run to the end of the record. */
  readonly size: number;
  readonly signed: boolean;
  /** The bytes behind a `data-loc` or `rel-loc` are a bitmap of machine words. */
  readonly mask: boolean;
}

/** One event of the traced kernel. */
export interface EventFormat {
  readonly id: number;
  readonly system: string;
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
  /** The event's own fields, without the common header. */
  readonly fieldNames: readonly string[];
  /** By FieldNames.id: where that field is, as far as somebody has asked; null if it has none. */
  readonly places: (Field | null | undefined)[];
  /** By FieldList.id, as far as somebody has asked. */
  readonly plans: (FieldPlan | undefined)[];
}

const FIELD =
  /^\s*field(?: special)?:([^;]+);\s*offset:\s*(\d+);\s*size:\s*(\d+);(?:\s*signed:\s*(\d+);)?/;

/** The field that one line of a format file declares, if it declares one. */
export function parseFieldLine(line: string): Field | undefined {
  const match = FIELD.exec(line);
  if (match === null) return undefined;
  const declaration = match[1].trim();
  const name = /([A-Za-z_$][\w$.]*)\s*(?:\[[^\]]*\]\s*)*$/.exec(declaration.slice(-512))?.[1];
  if (name === undefined) return undefined;
  const size = Number(match[3]);
  return {
    name: interned(plain(name)),
    kind: kindOf(declaration, size),
    offset: Number(match[2]),
    size,
    signed: match[4] === '1',
    mask: /\bcpumask_t\b|\bunsigned long\s*\[\]/.test(declaration),
  };
}

/** Parses one format file; undefined if it lacks a name or an ID (such an event stays unknown). */
export function parseEventFormat(system: string, text: string): EventFormat | undefined {
  const name = /^name:\s*(\S+)/m.exec(text)?.[1];
  const id = /^ID:\s*(\d+)/m.exec(text)?.[1];
  if (name === undefined || id === undefined) return undefined;
  const fields = new Map<string, Field>();
  for (const line of text.split('\n')) {
    if (line.startsWith('print fmt:')) break;
    const field = parseFieldLine(line);
    if (field !== undefined) fields.set(interned(field.name), asPrinted(name, field));
  }
  return {
    id: Number(id),
    system: plain(system),
    name: interned(plain(name)),
    fields,
    fieldNames: [...fields.keys()].filter((field) => !field.startsWith('common_')),
    places: [],
    plans: [],
  };
}

/** tlb_flush declares its page count unsigned, but means and prints -1 for "everything". */
function asPrinted(event: string, field: Field): Field {
  return event === 'tlb_flush' && field.name === 'pages' ? { ...field, signed: true } : field;
}

function kindOf(declaration: string, size: number): FieldKind {
  // Kernels before 2.6.38 had 2-byte locations without a length: too old to matter here.
  if (declaration.startsWith('__data_loc')) return size === 4 ? 'data-loc' : 'opaque';
  if (declaration.startsWith('__rel_loc')) return size === 4 ? 'rel-loc' : 'opaque';
  const array = declaration.endsWith(']');
  if (array)
    return /^(?:const )?(?:unsigned |signed )?char\b[^*]*$/.test(declaration)
      ? 'characters'
      : 'opaque';
  return size === 1 || size === 2 || size === 4 || size === 8 ? 'integer' : 'opaque';
}

/** The same text as engines keep property names: looked up and compared by reference, not by character. */
function interned(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text;
}
