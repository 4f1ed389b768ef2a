// A rule as a bpftrace program: its own trees, written in that language, over a table of the subjects
// that owe a flush. Where events that a stock kernel does not show are needed to find the rule violated,
// there is no program, and why is said.

import { listed, wrap } from '../base/text.ts';
import type { EventKind } from '../events/vocabulary.ts';
import type { Cell, Node, Stmt } from '../lang/nodes.ts';
import type { AnyRule } from '../rules/rule.ts';
import { RuleTrees, type ToldTrees } from '../rules/told-trees.ts';
import { isInertOnZero } from '../trace/check/simplify.ts';
import { type BpftraceProbe, helpers, type Kernel, probesFor } from './bpftrace-probes.ts';
import { monitorName } from './rv-dot.ts';
import { canSpeak, shortName, shownOf } from './shown-events.ts';

/** Subjects followed at a time. */
export const ROWS = 64;
const COLUMNS = 96;

/** The program line by line, or why there is none. `rows`: subjects followed at a time. */
export function bpftraceProgram(
  rule: AnyRule,
  kernel: Kernel = 'folios',
  rows: number = ROWS,
): readonly string[] | string {
  const probes = probesFor(kernel).filter(({ event }) => rule.hears[event] !== undefined);
  const heard = new Set(probes.map(({ event }) => event));
  const deaf = Object.keys(rule.hears).filter((event) => !heard.has(event as EventKind));
  if (!canSpeak(rule, heard)) {
    return `it speaks only on hearing ${listed(deaf, 'or')}, which no probe of a stock kernel shows`;
  }
  const writer = new Writer(rule, rows);
  const blocks = probes.map((one) => ({ event: one.event, lines: writer.probe(one) }));
  for (const { event, lines } of blocks) {
    const [field] = unset(lines);
    if (field !== undefined) {
      return `it asks for '${field}' of ${event}, which no probe of a stock kernel shows`;
    }
  }
  return [
    ...about(rule, { kernel, deaf, rows }).map((line) => `// ${line}`.trimEnd()),
    'BEGIN',
    '{',
    `  printf("${monitorName(rule.id)}: watching\\n");`,
    '}',
    ...helpers
      .filter(({ only }) => only === undefined || only === kernel)
      .filter(({ event }) => event === undefined || heard.has(event))
      .flatMap(({ probe, does }) => block(probe, undefined, does)),
    ...blocks.flatMap(({ lines }) => lines),
    // The next page of the task is another matter.
    ...block(
      kernel === 'folios' ? 'kretprobe:folio_remove_rmap_ptes' : 'kretprobe:page_remove_rmap',
      undefined,
      ['delete(@cleared_and_flushed[tid]);'],
    ),
    'END',
    '{',
    `  printf("${monitorName(rule.id)}: %lld times violated, %lld unmapped pages let go\\n", @violated, @not_followed);`,
    ...writer.maps().map((name) => `  clear(${name});`),
    '}',
  ];
}

/** Names that a block uses and does not set: fields that its probe does not have. */
function unset(lines: readonly string[]): string[] {
  const text = lines.join('\n');
  const set = new Set([...text.matchAll(/\$(\w+) = /g)].map(([, name]) => name));
  return [...text.matchAll(/\$(\w+)/g)].flatMap(([, name = '']) => (set.has(name) ? [] : [name]));
}

function about(
  rule: AnyRule,
  { kernel, deaf, rows }: { kernel: Kernel; deaf: readonly string[]; rows: number },
): string[] {
  const paragraph = (text: string): string[] => wrap(text, COLUMNS);
  return [
    ...paragraph(`${monitorName(rule.id)}: ${rule.says}`),
    '',
    ...paragraph(
      `Made by lufcheck from its rule ${rule.id}, for x86 kernels ${kernel === 'folios' ? 'from Linux 6.8 on' : 'of Linux 6.1 to 6.7'} with BTF, up to 64 CPUs. bpftrace 0.17 or newer compiles it.`,
    ),
    '',
    ...paragraph(
      `What it cannot do: it follows ${rows} unflushed translations at a time and counts at its end how many it let go for newer ones; of a batch of pages that is unmapped at once, only the first; any flush of a CPU counts as one of everything, and one that is asked for as carried out, so that it may miss what a flush of other addresses has not covered; a page that was unmapped in the shadow of another one's ptep_clear_flush is missed, and so are those of a task that collapses, until it does something else. It reports nothing that the rule would not report.`,
    ),
    ...(deaf.length === 0
      ? []
      : paragraph(`No probe shows ${listed(deaf)}: what the rule finds by those is missed.`)),
    ...paragraph(`The rule itself cannot see ${rule.misses}.`),
  ];
}

function block(probe: string, where: string | undefined, body: readonly string[]): string[] {
  return [
    probe,
    ...(where === undefined ? [] : [`/${where}/`]),
    '{',
    ...body.map((line) => `  ${line}`),
    '}',
  ];
}

/** Components of an identity: a slot is a device, an inode and an index. */
function partsOf(kind: string): readonly string[] {
  return kind === 'slot' ? ['_dev', '_ino', '_index'] : [''];
}

class Writer {
  readonly #rule: AnyRule;
  readonly #trees: RuleTrees;
  readonly #rows: number;

  constructor(rule: AnyRule, rows: number) {
    this.#rule = rule;
    this.#rows = rows;
    this.#trees = new RuleTrees(rule);
  }

  maps(): string[] {
    return [
      ...[
        '@live',
        '@next',
        '@loaded',
        '@running',
        '@ever',
        '@hand',
        '@found',
        '@free',
        '@cleared_and_flushed',
        '@collapsing',
        '@mask',
        '@batch',
        '@flushed_mm',
        '@flushed_cpus',
        '@flushed_at',
        '@unmapping_since',
        ...(this.#rule.hears['vma.change'] === undefined ? [] : ['@unmapping']),
        '@violated',
        '@not_followed',
      ],
      ...this.#rule.keptFor.map((name) => `@${name}`),
      ...this.#trees.cells.flatMap((cell) => this.#columns(cell)),
    ];
  }

  /** The maps of a state variable, each by row. */
  #columns(cell: Cell): string[] {
    const name = `@${shortName(cell)}`;
    const { sort } = cell;
    return sort.kind === 'maybe'
      ? [name, ...partsOf(sort.of).map((part) => `${name}${part || '_id'}`)]
      : [name];
  }

  probe({ event, probe, where, fields, rows, keeps = [], also }: BpftraceProbe): string[] {
    return block(probe, where, [
      ...this.#tells(event, fields, rows),
      ...(also === undefined || this.#rule.hears[also.event] === undefined
        ? []
        : [
            `if (${also.where}) {`,
            ...this.#tells(also.event, also.fields).map((line) => `  ${line}`),
            '}',
          ]),
      ...keeps,
    ]);
  }

  #tells(event: EventKind, fields: readonly string[], rows?: string): string[] {
    const told = this.#trees.told(event, shownOf(event, this.#trees)) as ToldTrees;
    const whole = told.given.length === this.#rule.keptFor.length;
    const begins = whole && !isInertOnZero(told.stmts);
    return [
      `// ${event}`,
      ...fields,
      ...(begins ? this.#row() : []),
      '$r = (uint64)0;',
      `while ($r < ${this.#rows}) {`,
      `  if (${['@live[$r] == 1', ...(rows === undefined ? [] : [rows]), ...this.#matches(event, told)].join(' && ')}) {`,
      ...this.#stmts(told.stmts, told).map((line) => `    ${line}`),
      `    if (${this.#isSettled()}) {`,
      '      @live[$r] = (uint64)0;',
      '    }',
      '  }',
      '  $r = $r + 1;',
      '}',
    ];
  }

  #matches(event: EventKind, { given, fields }: ToldTrees): string[] {
    return given.map(({ coordinate, field }) => {
      const name = this.#rule.keptFor[coordinate] as string;
      if (fields[field] !== name && name !== 'frame')
        throw new Error(`no probe gives ${fields[field]}`);
      if (name === 'va' && event === 'vma.change') return '@va[$r] >= $va && @va[$r] < $end';
      return name === 'frame'
        ? '@frame[$r] >= $frame && @frame[$r] < $frame + $frames'
        : `@${name}[$r] == $${name}`;
    });
  }

  /** Nothing owed and nothing remembered; who runs what is known without the row. */
  #isSettled(): string {
    return this.#trees.cells
      .filter((cell) => shortName(cell) !== 'elsewhere')
      .map((cell) => `@${shortName(cell)}[$r] == 0`)
      .join(' && ');
  }

  /**
   * A row for the subject of the event, if it has none. What is found on the way is kept in maps: the
   * kernel's verifier takes a value from there for any, where it would follow each that a variable can have
   * on its own, and refuse the program as too large.
   */
  #row(): string[] {
    const same = this.#rule.keptFor.map((name) => `@${name}[$r] == $${name}`).join(' && ');
    const zero = this.#trees.cells.flatMap((cell) =>
      this.#columns(cell).map((column) => `${column}[$at] = (uint64)0;`),
    );
    return [
      `@found[cpu] = (uint64)${this.#rows};`,
      `@free[cpu] = (uint64)${this.#rows};`,
      '$r = (uint64)0;',
      `while ($r < ${this.#rows}) {`,
      '  if (@live[$r] == 1) {',
      `    if (${same}) {`,
      '      @found[cpu] = $r;',
      '    }',
      '  } else {',
      '    @free[cpu] = $r;',
      '  }',
      '  $r = $r + 1;',
      '}',
      '$at = @found[cpu];',
      `if ($at == ${this.#rows}) {`,
      '  $at = @free[cpu];',
      `  if ($at == ${this.#rows}) {`,
      // The one that was begun longest ago is followed no more.
      `    $at = @hand % ${this.#rows};`,
      '    @hand = @hand + 1;',
      '    @not_followed = @not_followed + 1;',
      '  }',
      '  @live[$at] = (uint64)1;',
      ...this.#rule.keptFor.map((name) => `  @${name}[$at] = $${name};`),
      ...zero.map((line) => `  ${line}`),
      '}',
      // Whoever has not been seen to run it since the program began is taken to be elsewhere.
      '@elsewhere[$at] = (@elsewhere[$at] | @ever[$mm] | $cpus) & ~@running[$mm];',
    ];
  }

  #stmts(stmts: readonly Stmt[], told: ToldTrees): string[] {
    return stmts.flatMap((stmt): string[] => {
      switch (stmt.op) {
        case 'assign':
          if (stmt.target.op !== 'cell') break;
          return this.#assign(stmt.target.cell, stmt.value, told);
        case 'if': {
          const holds = this.#stmts(stmt.holds, told);
          const otherwise = this.#stmts(stmt.otherwise, told);
          if (holds.length + otherwise.length === 0) return [];
          return [
            `if (${this.#expr(stmt.cond, told)}) {`,
            ...holds.map((line) => `  ${line}`),
            ...(otherwise.length === 0
              ? []
              : ['} else {', ...otherwise.map((line) => `  ${line}`)]),
            '}',
          ];
        }
        case 'report': {
          const { cpus } = stmt.parties;
          const mask = cpus !== undefined && 'node' in cpus ? this.#expr(cpus.node, told) : '0';
          const subject = this.#rule.keptFor;
          const form = [...subject.map((name) => `${name} %llx`), 'CPUs %llx'].join(', ');
          const values = [...subject.map((name) => `@${name}[$r]`), mask].join(', ');
          return [
            `printf("${this.#rule.id}: ${form}\\n", ${values});`,
            '@violated = @violated + 1;',
          ];
        }
      }
      throw new Error(`rule ${this.#rule.id}: bpftrace cannot do '${stmt.op}'`);
    });
  }

  #assign(cell: Cell, value: Node, told: ToldTrees): string[] {
    const [first = '', ...parts] = this.#columns(cell);
    if (cell.sort.kind !== 'maybe') return [`${first}[$r] = (uint64)(${this.#expr(value, told)});`];
    if (value.op === 'none') return [`${first}[$r] = (uint64)0;`];
    const from = this.#parts(value, told);
    return [`${first}[$r] = (uint64)1;`, ...parts.map((part, i) => `${part}[$r] = ${from[i]};`)];
  }

  #expr(node: Node, told: ToldTrees): string {
    const text = (one: Node): string => this.#expr(one, told);
    switch (node.op) {
      case 'const':
        return String(node.value);
      case 'empty':
        return '0';
      case 'cell':
        return `@${shortName(node.cell)}[$r]`;
      case 'bound':
        return `$${node.bound.name}`;
      case 'not':
        return `!(${text(node.a)})`;
      case 'and':
        return `(${text(node.a)} && ${text(node.b)})`;
      case 'or':
        return `(${text(node.a)} || ${text(node.b)})`;
      case 'isEmpty':
        return `(${text(node.a)} == 0)`;
      case 'isNone':
        return `(${text(node.a)} == 0)`;
      case 'single':
        return `((uint64)1 << ${text(node.a)})`;
      case 'union':
        return `(${text(node.a)} | ${text(node.b)})`;
      case 'meet':
        return `(${text(node.a)} & ${text(node.b)})`;
      case 'minus':
        return node.b.op === 'empty' ? text(node.a) : `(${text(node.a)} & ~${text(node.b)})`;
      case 'has':
        return `((${text(node.a)} >> ${text(node.b)}) & 1) == 1`;
      case 'eq':
        return this.#equal(node.a, node.b, told);
      default:
        throw new Error(`rule ${this.#rule.id}: bpftrace cannot ask for '${node.op}'`);
    }
  }

  #equal(a: Node, b: Node, told: ToldTrees): string {
    const [x, y] = [unwrapped(a), unwrapped(b)];
    if (this.#isRange(x, told) || this.#isRange(y, told)) return '1';
    const [left, right] = [this.#parts(x, told), this.#parts(y, told)];
    const some = [x, y].flatMap((one) =>
      one.op === 'cell' ? [`@${shortName(one.cell)}[$r] == 1`] : [],
    );
    return `(${[...some, ...left.map((part, i) => `${part} == ${right[i]}`)].join(' && ')})`;
  }

  /** The field by which a range of frames found its subject. */
  #isRange(node: Node, { given, bounds }: ToldTrees): boolean {
    return (
      node.op === 'bound' &&
      given.some(
        ({ coordinate, field }) =>
          bounds[field] === node.bound && this.#rule.keptFor[coordinate] === 'frame',
      )
    );
  }

  #parts(node: Node, told: ToldTrees): string[] {
    const one = unwrapped(node);
    if (one.op === 'cell')
      return this.#columns(one.cell)
        .slice(1)
        .map((part) => `${part}[$r]`);
    if (one.op !== 'bound') throw new Error(`rule ${this.#rule.id}: '${one.op}' is no identity`);
    const { name } = one.bound;
    const isOwn = this.#trees.at.includes(one.bound as never);
    if (isOwn) return [`@${name}[$r]`];
    return partsOf(told.bounds.includes(one.bound) ? name : '').map((part) => `$${name}${part}`);
  }
}

function unwrapped(node: Node): Node {
  return node.op === 'some' || node.op === 'the' ? unwrapped(node.a) : node;
}
