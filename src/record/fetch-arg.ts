// From the text of a field to a fetch argument of a kprobe event (Documentation/trace/kprobetrace.rst).
// A kernel that takes BTF arguments (6.6 and later, CONFIG_PROBE_EVENTS_BTF_ARGS) gets names, so that it
// looks the offsets up itself; any other gets offsets from its BTF.

import type { Btf, Parameter } from '../trace/btf/btf.ts';

export type FetchStyle = 'names' | 'offsets';

/** A fetch argument, or why there can be none. */
export type FetchArg =
  | { readonly text: string; readonly lacks?: undefined }
  | { readonly lacks: string };

const FIELD = /^(\$retval|\$\d|\w+)(?::(\w+))?((?:->\w+)*)(\[0\])?(?: ([usx]\d+))?$/;
/** Arguments that x86-64 passes in registers. */
const REGISTERS = 6;

/** Whether the kernel looks up names itself: the file that does so is part of it. */
export function takesNames(btf: Btf): boolean {
  return btf.has('btf_find_func_proto') && btf.has('btf_find_struct_member');
}

/**
 * The fetch argument for a field of a function.
 *
 * @example
 * ```ts
 * fetchArg(btf, 'ptep_clear_flush', 'vma->vm_mm', 'offsets') // => { text: '+16($arg1):x64' }
 * fetchArg(btf, 'ptep_clear_flush', 'vma->vm_mm', 'names')   // => { text: 'vma->vm_mm:x64' }
 * ```
 */
export function fetchArg(btf: Btf, func: string, field: string, style: FetchStyle): FetchArg {
  const match = FIELD.exec(field);
  if (match === null) throw new Error(`not the text of a field: ${field}`);
  const [, start = '', tag, arrows = '', word, type = 'x64'] = match;
  if (start === '$retval') return { text: `$retval:${type}` };
  const place = placeOf(btf.parametersOf(func) ?? [], start);
  if (place === undefined) return { lacks: `${func} has no parameter ${start}` };
  const { parameter, number } = place;
  if (number > REGISTERS) return { lacks: `${func} does not take ${start} in a register` };
  const walk = walkOf(
    btf,
    tag === undefined ? btf.pointee(parameter.type) : btf.structure(tag),
    arrows.split('->').slice(1),
  );
  if (walk.lacks !== undefined) return walk;
  const byName = style === 'names' && !start.startsWith('$') && tag === undefined;
  const root = byName ? parameter.name : `$arg${number}`;
  const text =
    byName && word === undefined
      ? [root, ...walk.names].join(walk.names.length === 0 ? '' : '->')
      : nested(root, walk.loads, byName);
  return { text: `${text}:${type}` };
}

function placeOf(
  parameters: readonly Parameter[],
  start: string,
): { readonly parameter: Parameter; readonly number: number } | undefined {
  const index = start.startsWith('$')
    ? Number(start.slice(1)) - 1
    : parameters.findIndex(({ name }) => name === start);
  const parameter = parameters[index];
  return parameter === undefined ? undefined : { parameter, number: index + 1 };
}

interface Load {
  readonly offset: number;
  /** Members since the load before, as C writes them behind an arrow. */
  readonly name: string;
}

type Walk =
  | {
      readonly loads: readonly Load[];
      readonly names: readonly string[];
      readonly lacks?: undefined;
    }
  | { readonly lacks: string };

/** Each pointer on the way is a load of its own; embedded structures only add to the offset. */
function walkOf(btf: Btf, structure: number | undefined, members: readonly string[]): Walk {
  const loads: Load[] = [];
  let at = structure;
  let isInside = false;
  for (const name of members) {
    const member = btf.member(at, name);
    if (member === undefined) {
      const whole = at === undefined ? 'what it points to' : `struct ${btf.nameOf(at)}`;
      return { lacks: `${whole} has no member ${name}` };
    }
    const last = loads[loads.length - 1];
    if (isInside && last !== undefined) {
      loads[loads.length - 1] = {
        offset: last.offset + member.offset,
        name: `${last.name}.${name}`,
      };
    } else {
      loads.push({ offset: member.offset, name });
    }
    const to = btf.pointee(member.type);
    isInside = to === undefined;
    at = to ?? member.type;
  }
  return { loads, names: loads.map(({ name }) => name) };
}

function nested(root: string, loads: readonly Load[], byName: boolean): string {
  // The first word of an array is loaded by its place; what leads to it may go by name.
  const named = byName ? loads.slice(0, -1) : [];
  const start = [root, ...named.map(({ name }) => name)].join('->');
  return loads.slice(named.length).reduce((inner, { offset }) => `+${offset}(${inner})`, start);
}
