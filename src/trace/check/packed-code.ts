// A handler of a rule as JavaScript over packed state: sets of CPUs as bits of 32-bit words, identities
// as numbers. The trees are the very ones that evaluate.ts makes closures of and the explorer compiles;
// the two forms on traces must agree (packed-runner.test.ts). What cannot be packed is refused, and the
// rule is then run by rule-runner.ts.

import type { Bound, Cell, Node, Stmt } from '../../lang/nodes.ts';
import type { Happening } from './happening.ts';
import type { HandlerText } from './prepared-rule.ts';

/** What a handler did. */
export const did = {
  /** A set of the subject's own has a member that it did not have. */
  grow: 1,
  /** All its own sets were empty before. */
  begin: 2,
  /** Its own state is not all zero. */
  live: 4,
  /** What says of every subject where a CPU is may find the rule violated for this one. */
  watch: 8,
  /** The set that flushes take from has members. */
  owe: 16,
} as const;

/** Where the state of a subject lies. */
export interface CellPlace {
  readonly cell: Cell;
  readonly kind: 'set' | 'flag' | 'name';
  /** Position among the words (sets and flags) or the names of a subject. */
  readonly at: number;
  /** It is not the subject's own: see LoadLog. */
  readonly isElsewhere: boolean;
}

export interface Packing {
  readonly cells: readonly CellPlace[];
  /** 32-bit words of a set of CPUs. */
  readonly setWords: number;
  /** Words, and names, of a subject. */
  readonly words: number;
  readonly names: number;
  /** Cells that must all be other than zero for `did.watch`. */
  readonly watched: ReadonlySet<Cell>;
  readonly owed: Cell | undefined;
}

/** A name that is not there. */
export const NONE = -1;

/** `values` of a party: its set's words, or one number. */
export type TellReport = (statement: Extract<Stmt, { op: 'report' }>, values: number[][]) => void;

/** State of all subjects, a row for each: words from `from` on, names from `fromDoubles` on. */
export interface PackedState {
  readonly ints: Int32Array;
  readonly doubles: Float64Array;
  /** Ints and doubles of a row. */
  readonly stride: number;
  readonly wide: number;
  readonly from: number;
  readonly fromDoubles: number;
}

/** Says what it did, by the bits of `did`; -1 if the event does not concern the subject. */
export type PackedRun = (
  id: number,
  state: PackedState,
  coordinates: Float64Array,
  event: Happening,
  elsewhere: Int32Array,
  report: TellReport,
) => number;

/** Packs the state of a rule; undefined if some of it is of a kind that cannot be. */
export function packingOf(
  cells: readonly Cell[],
  {
    elsewhere,
    watched,
    owed,
  }: {
    readonly elsewhere: Cell | undefined;
    readonly watched: ReadonlySet<Cell>;
    readonly owed: Cell | undefined;
  },
  setWords: number,
): Packing | undefined {
  const places: CellPlace[] = [];
  let [words, names] = [0, 0];
  for (const cell of cells) {
    const isElsewhere = cell === elsewhere;
    const { sort } = cell;
    if (sort.kind === 'set' && sort.of === 'cpu') {
      places.push({ cell, kind: 'set', at: words, isElsewhere });
      if (!isElsewhere) words += setWords;
    } else if (sort.kind === 'bool') {
      places.push({ cell, kind: 'flag', at: words++, isElsewhere });
    } else if (sort.kind === 'maybe' && ['mm', 'va', 'frame', 'slot', 'thread'].includes(sort.of)) {
      places.push({ cell, kind: 'name', at: names++, isElsewhere });
    } else return undefined;
  }
  return { cells: places, setWords, words, names, watched, owed };
}

/** Thrown where a tree has no packed form. */
export class NotPacked extends Error {}

/** @throws NotPacked */
export function packedRun(text: HandlerText, packing: Packing): PackedRun {
  const writer = new Writer(text, packing);
  const { source, reports } = writer.write();
  return new Function('reports', source)(reports) as PackedRun;
}

type Report = Extract<Stmt, { op: 'report' }>;

class Writer {
  readonly #text: HandlerText;
  readonly #packing: Packing;
  readonly #reports: Report[] = [];

  constructor(text: HandlerText, packing: Packing) {
    this.#text = text;
    this.#packing = packing;
  }

  write(): { source: string; reports: readonly Report[] } {
    const { stmts, concerns, places } = this.#text;
    const { cells } = this.#packing;
    const at = [...places.coordinates.values()].map(
      (i) => `const at${i} = coordinates[id * ${places.coordinates.size} + ${i}];`,
    );
    const load = cells.flatMap((place) =>
      this.#wordsOf(place).map((name, w) => {
        const from = place.isElsewhere
          ? `elsewhere[${w}]`
          : place.kind === 'name'
            ? `doubles[n + ${place.at}]`
            : `ints[w + ${place.at + w}]`;
        return `const o${name} = ${from}; let ${name} = o${name};`;
      }),
    );
    const assigned = new Set(assignedIn(stmts));
    const store = cells.flatMap((place) =>
      place.isElsewhere || !assigned.has(place.cell)
        ? []
        : this.#wordsOf(place).map((name, w) =>
            place.kind === 'name'
              ? `doubles[n + ${place.at}] = ${name};`
              : `ints[w + ${place.at + w}] = ${name};`,
          ),
    );
    const body = this.#stmts(stmts);
    const condition = concerns === undefined ? [] : [`if (!(${this.#one(concerns)})) return -1;`];
    const source = [
      'return function (id, state, coordinates, event, elsewhere, report) {',
      'const { ints, doubles } = state;',
      'const w = id * state.stride + state.from, n = id * state.wide + state.fromDoubles;',
      ...at,
      ...load,
      ...condition,
      ...body,
      ...store,
      `return ${this.#answer()};`,
      '};',
    ].join('\n');
    return { source, reports: this.#reports };
  }

  #answer(): string {
    const own = this.#packing.cells.filter(({ isElsewhere }) => !isElsewhere);
    const sets = own.filter(({ kind }) => kind === 'set').flatMap((one) => this.#wordsOf(one));
    const { watched, owed } = this.#packing;
    const grown = sets.map((name) => `(${name} & ~o${name})`).join(' | ') || '0';
    const before = sets.map((name) => `o${name}`).join(' | ') || '0';
    const live = own.map((one) => this.#isThere(one)).join(' || ') || 'false';
    const watches = own
      .filter(({ cell }) => watched.has(cell))
      .map((one) => `(${this.#isThere(one)})`)
      .join(' && ');
    const owes = own.filter(({ cell }) => cell === owed).map((one) => this.#isThere(one));
    return [
      `((${grown}) !== 0 ? ${did.grow} : 0)`,
      `((${before}) === 0 ? ${did.begin} : 0)`,
      `((${live}) ? ${did.live} : 0)`,
      `((${watches || 'false'}) ? ${did.watch} : 0)`,
      `((${owes[0] ?? 'false'}) ? ${did.owe} : 0)`,
    ].join(' | ');
  }

  #isThere(place: CellPlace): string {
    const names = this.#wordsOf(place);
    return place.kind === 'name' ? `${names[0]} !== ${NONE}` : `(${names.join(' | ')}) !== 0`;
  }

  #wordsOf({ cell, kind }: CellPlace): string[] {
    const i = this.#packing.cells.findIndex((one) => one.cell === cell);
    return kind === 'set'
      ? Array.from({ length: this.#packing.setWords }, (_, w) => `s${i}_${w}`)
      : [`s${i}`];
  }

  #placeOf(cell: Cell): CellPlace {
    const place = this.#packing.cells.find((one) => one.cell === cell);
    if (place === undefined) throw new NotPacked(cell.name);
    return place;
  }

  #stmts(stmts: readonly Stmt[]): string[] {
    return stmts.flatMap((stmt) => this.#stmt(stmt));
  }

  #stmt(stmt: Stmt): string[] {
    switch (stmt.op) {
      case 'assign': {
        if (stmt.target.op !== 'cell') break;
        const place = this.#placeOf(stmt.target.cell);
        const values = place.kind === 'set' ? this.#set(stmt.value) : [this.#one(stmt.value)];
        // All words of a set are read before the first is written.
        const names = this.#wordsOf(place);
        if (names.length === 1) return [`${names[0]} = ${values[0]};`];
        return [
          '{',
          ...values.map((value, w) => `const v${w} = ${value};`),
          ...names.map((name, w) => `${name} = v${w};`),
          '}',
        ];
      }
      case 'if':
        return [
          `if (${this.#one(stmt.cond)}) {`,
          ...this.#stmts(stmt.holds),
          '} else {',
          ...this.#stmts(stmt.otherwise),
          '}',
        ];
      case 'report': {
        const values = Object.values(stmt.parties).map((field) => {
          if (!('node' in field)) return '[]';
          return `[${(field.sort.kind === 'set' ? this.#set(field.node) : [this.#one(field.node)]).join(', ')}]`;
        });
        this.#reports.push(stmt);
        return [`report(reports[${this.#reports.length - 1}], [${values.join(', ')}]);`];
      }
    }
    throw new NotPacked(stmt.op);
  }

  /** A set of CPUs, word by word. */
  #set(node: Node): string[] {
    const { setWords } = this.#packing;
    const each = (word: (w: number) => string): string[] =>
      Array.from({ length: setWords }, (_, w) => word(w));
    switch (node.op) {
      case 'empty':
        return each(() => '0');
      case 'cell': {
        const place = this.#placeOf(node.cell);
        if (place.kind !== 'set') throw new NotPacked(node.op);
        return this.#wordsOf(place);
      }
      case 'bound': {
        if (this.#text.fields.get(node.bound) !== 'cpus') throw new NotPacked(node.bound.name);
        return each((w) => `event.cpus[${w}]`);
      }
      case 'single': {
        const cpu = this.#cpu(node.a);
        return each((w) =>
          setWords === 1 ? `(1 << ${cpu})` : `(${cpu} >>> 5 === ${w} ? 1 << (${cpu} & 31) : 0)`,
        );
      }
      case 'ite': {
        const [cond, a, b] = [this.#one(node.c), this.#set(node.a), this.#set(node.b)];
        return each((w) => `(${cond} ? ${a[w]} : ${b[w]})`);
      }
      case 'union':
      case 'minus':
      case 'meet': {
        const [a, b] = [this.#set(node.a), this.#set(node.b)];
        const op = { union: '|', minus: '& ~', meet: '&' }[node.op];
        return each((w) => `(${a[w]} ${op} ${b[w]})`);
      }
      default:
        throw new NotPacked(node.op);
    }
  }

  /** A CPU by its place. */
  #cpu(node: Node): string {
    if (node.op === 'bound' && this.#text.fields.get(node.bound) === 'cpu') return 'event.cpuPlace';
    throw new NotPacked(node.op);
  }

  /** A condition, or a name. */
  #one(node: Node): string {
    switch (node.op) {
      case 'const':
        return String(node.value);
      case 'none':
        return String(NONE);
      case 'cell': {
        const place = this.#placeOf(node.cell);
        if (place.kind === 'set') throw new NotPacked('a set where one is meant');
        return this.#wordsOf(place)[0] as string;
      }
      case 'bound':
        return this.#bound(node.bound);
      case 'ite':
        return `(${this.#one(node.c)} ? ${this.#one(node.a)} : ${this.#one(node.b)})`;
      case 'not':
        return `(${this.#one(node.a)} ? 0 : 1)`;
      case 'isNone':
        return `(${this.#one(node.a)} === ${NONE} ? 1 : 0)`;
      case 'the':
      case 'some':
        return this.#one(node.a);
      case 'isEmpty':
        return `((${this.#set(node.a).join(' | ')}) === 0 ? 1 : 0)`;
      case 'and':
        return `(${this.#one(node.a)} ? ${this.#one(node.b)} : 0)`;
      case 'or':
        return `(${this.#one(node.a)} ? 1 : ${this.#one(node.b)})`;
      case 'eq':
        return `(${this.#one(node.a)} === ${this.#one(node.b)} ? 1 : 0)`;
      case 'has': {
        const [set, cpu] = [this.#set(node.a), this.#cpu(node.b)];
        const word = set.reduceRight(
          (rest, one, w) => `(${cpu} >>> 5 === ${w} ? ${one} : ${rest})`,
        );
        return `((${word} >>> (${cpu} & 31)) & 1)`;
      }
      case 'subset': {
        const [a, b] = [this.#set(node.a), this.#set(node.b)];
        return `((${a.map((one, w) => `(${one} & ~${b[w]})`).join(' | ')}) === 0 ? 1 : 0)`;
      }
      default:
        throw new NotPacked(node.op);
    }
  }

  #bound(bound: Bound): string {
    const coordinate = this.#text.places.coordinates.get(bound);
    if (coordinate !== undefined) return `at${coordinate}`;
    const field = this.#text.fields.get(bound);
    if (field === undefined || field === 'cpu' || field === 'cpus') {
      throw new NotPacked(bound.name);
    }
    return `event.${field}`;
  }
}

/** Cells that the statements may write. */
export function assignedIn(stmts: readonly Stmt[]): Cell[] {
  return stmts.flatMap((stmt): Cell[] => {
    if (stmt.op === 'if') return [...assignedIn(stmt.holds), ...assignedIn(stmt.otherwise)];
    return stmt.op === 'assign' && stmt.target.op === 'cell' ? [stmt.target.cell] : [];
  });
}
