// Functions out of ways. V8 does not optimise a function above some 60 KB of source, and starts an
// optimised one over when it comes to a part it has not seen yet: so they are kept small.

import { Lines } from './lines.ts';
import type { Way } from './way.ts';

/** How many bytes of source may share a function. */
export interface Limits {
  /** Of a thread, if it is no more than this altogether. */
  readonly whole: number;
  readonly shared: number;
}

/** What every generated function takes. */
export const parameters = 'from, at, into, actions, reports, n';

/** A control point of a thread with its ways, or one thing that the hardware may do. */
export interface Part {
  /** Program counter; undefined for hardware. */
  readonly counter: number | undefined;
  readonly lines: readonly string[];
  readonly temps: number;
  readonly bytes: number;
}

export function partOf(counter: number | undefined, ways: readonly Way[]): Part {
  const lines = new Lines();
  const reads = new Set(ways.flatMap((way) => [...way.testReads]));
  for (const word of [...reads].sort((a, b) => a - b)) {
    lines.add(`const w${word} = from[at + ${word}];`);
  }
  for (const way of ways) {
    lines.add('', way.label);
    lines.add(way.test === undefined ? '{' : `if (${way.test.text}) {`);
    lines.inside(() => {
      for (const line of way.lines) lines.add(line);
    });
    lines.add('}');
  }
  const all = lines.toArray();
  const bytes = all.reduce((n, line) => n + line.length + 1, 0);
  return { counter, lines: all, temps: Math.max(0, ...ways.map((way) => way.temps)), bytes };
}

/**
 * The functions of a thread, the last of which is called `name`: it looks at the program counter,
 * and goes to the function that has the control point's part. The functions stand in a table: called
 * by name, each would be taken into the optimised code when it is first seen, which then starts over.
 */
export function threadFunctions(
  name: string,
  counter: string,
  parts: readonly Part[],
  limits: Limits,
): string {
  const whole = parts.reduce((n, part) => n + part.bytes, 0) <= limits.whole;
  const groups = grouped(parts, whole ? Number.POSITIVE_INFINITY : limits.shared);
  const [first, second] = groups;
  if (first === undefined) return `function ${name}(${parameters}) {\n  return n;\n}`;
  if (second === undefined) return functionOf(name, (lines) => cases(lines, counter, first), first);
  const functions: string[] = [];
  const table: string[] = [];
  for (const group of groups) {
    const [head] = group as readonly [Part];
    const own = `${name}_${head.counter}`;
    const write = (lines: Lines): void =>
      group.length === 1 ? body(lines, head) : cases(lines, counter, group);
    functions.push(functionOf(own, write, group));
    for (const _ of group) table.push(own);
  }
  return `${functions.join('\n')}
function ${name}_end(${parameters}) {
  return n;
}
const ${name}_at = [
  ${table.join(', ')}, ${name}_end,
];
function ${name}(${parameters}) {
  return ${name}_at[${counter}](${parameters});
}`;
}

/** The functions of the hardware, one after the other; the last is called `name`. */
export function hardwareFunctions(name: string, parts: readonly Part[], limits: Limits): string {
  const groups = grouped(parts, limits.shared);
  const functions = groups.map((group, i) =>
    functionOf(
      `${name}_${i}`,
      (lines) => {
        for (const part of group) lines.block('', () => body(lines, part));
      },
      group,
    ),
  );
  const calls = functionOf(
    name,
    (lines) => {
      groups.forEach((_, i) => {
        lines.add(`n = ${name}_${i}(${parameters});`);
      });
    },
    [],
  );
  return [...functions, calls].join('\n');
}

function functionOf(name: string, write: (lines: Lines) => void, parts: readonly Part[]): string {
  const lines = new Lines();
  const temps = Math.max(0, ...parts.map((part) => part.temps));
  lines.block(`function ${name}(${parameters})`, () => {
    if (temps > 0)
      lines.add(`let ${Array.from({ length: temps }, (_, i) => `t${i} = 0`).join(', ')};`);
    write(lines);
    lines.add('return n;');
  });
  return lines.toString();
}

function body(lines: Lines, part: Part): void {
  for (const line of part.lines) lines.add(line);
}

function cases(lines: Lines, counter: string, parts: readonly Part[]): void {
  lines.block(`switch (${counter})`, () => {
    for (const part of parts) {
      lines.block(`case ${part.counter}:`, () => {
        body(lines, part);
        lines.add('return n;');
      });
    }
  });
}

function grouped(parts: readonly Part[], limit: number): readonly (readonly Part[])[] {
  const groups: Part[][] = [];
  let bytes = 0;
  for (const part of parts) {
    const last = groups.at(-1);
    if (last === undefined || bytes + part.bytes > limit) {
      groups.push([part]);
      bytes = part.bytes;
    } else {
      last.push(part);
      bytes += part.bytes;
    }
  }
  return groups;
}
