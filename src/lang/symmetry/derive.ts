// Which permutations of identities and threads change nothing but names, worked out from the
// model's text alone. A permutation is one of them if it maps
//
// - the text of each thread to the text of the thread it takes it to, and the hardware's to itself,
//   with whatever observers make of the events inside;
// - every table that nothing writes to itself: which CPU a thread is pinned to, which content a
//   file page has.
//
// Such a permutation maps runs to runs. The initial state need not be symmetric: the orbits of what
// can be reached are reached all the same (Emerson and Sistla, Symmetry and Model Checking, 1996),
// and a run that is found is told from the real initial state (unpermute.ts).

import type { Machine, ThreadLayout } from '../machine.ts';
import type { Cell, Local } from '../nodes.ts';
import { type Sizes, sizeOf } from '../sorts.ts';
import { type Component, decompose, type Element, imageOf, permutations } from './group.ts';
import { type Literal, type Template, Templates } from './template.ts';

/** Of more identities than this only so many are exchanged. */
const LARGEST = 5;
/** A group that grows beyond this while it is put together is not used whole. */
const MANY = 5000;

export interface Symmetry {
  /** The group is the product of these. Empty: nothing can be exchanged. */
  readonly components: readonly Component[];
  /** Kinds whose members cannot be exchanged because some text tells them apart, and where. */
  readonly frozen: ReadonlyMap<string, string>;
}

/** Number of elements of the group. */
export function orderOf({ components }: Symmetry): number {
  return components.reduce((n, { elements }) => n * elements.length, 1);
}

/**
 * The group of a machine that resets dead locals. It must: what a local held before it died is still
 * there in the old names, and would tell a run from its image.
 */
export function symmetryOf(machine: Machine): Symmetry {
  if (!machine.resetDead) throw new Error('symmetry needs a machine with `resetDead`');
  const { text } = machine;
  const { sizes } = text;
  const templates = new Templates(text.observers);
  const threads = machine.threadLayouts.map((thread, t): Template => {
    const { text: written, literals } = templates.ofThread(
      text.threads[t]?.name ?? '',
      thread.control,
    );
    return { text: written, literals: [...literals, ...readUnassigned(thread)] };
  });
  const pinned = text.ambient.flatMap((ambient) => templates.ofAmbient(ambient).literals);
  const tables = [...machine.fixed].filter(([cell]) => templates.mentions(cell));
  const { frozen } = templates;

  const kinds = Object.keys(sizes).filter((of) => sizeOf(sizes, of) > 1 && !frozen.has(of));
  const tied = new Set<string>(['thread']);
  for (const { of } of [...pinned, ...threads.flatMap(({ literals }) => literals)]) tied.add(of);
  for (const [cell] of tables) for (const of of kindsOfCell(cell)) tied.add(of);

  const free = kinds.filter((of) => !tied.has(of));
  const rest = solve({ sizes, kinds: kinds.filter((of) => tied.has(of)), threads, pinned, tables });
  const moving = kindsOfState(machine);
  const seen = [...free.map((of) => shuffles(of, sizes)), ...decompose(rest)].map((component) =>
    onlyMoving(component, moving),
  );
  return { components: seen.filter(({ elements }) => elements.length > 1), frozen };
}

/** Locals of an identity's sort that may be read as they start, which is as identity 0. */
function readUnassigned({ control, liveness }: ThreadLayout): Literal[] {
  const { live } = liveness();
  const literals: Literal[] = [];
  const note = (n: number, locals: readonly Local[]): void => {
    const node = control.nodes[n];
    // A reset of dead locals was put in front of a step, and has no entry of its own.
    const at = live[n] ?? (node?.kind === 'reset' ? live[node.next] : undefined);
    for (const local of locals) {
      if (at?.has(local) && local.sort.kind === 'id') {
        literals.push({ of: local.sort.of, value: 0 });
      }
    }
  };
  note(
    control.entry,
    control.frames.flatMap((frame) => frame.locals),
  );
  for (const node of control.nodes) if (node.kind === 'reset') note(node.next, node.locals);
  return literals;
}

function kindsOfCell({ index, sort }: Cell): string[] {
  return 'of' in sort ? [...index, sort.of] : [...index];
}

/** Kinds that some part of the state is about; permuting others would do nothing. */
function kindsOfState(machine: Machine): Set<string> {
  const kinds = new Set<string>(['thread']);
  for (const [cell] of machine.layout.entries()) for (const of of kindsOfCell(cell)) kinds.add(of);
  for (const { control } of machine.threadLayouts) {
    for (const { sort } of control.frames.flatMap((frame) => frame.locals)) {
      if ('of' in sort) kinds.add(sort.of);
    }
  }
  return kinds;
}

function shuffles(of: string, sizes: Sizes): Component {
  const n = sizeOf(sizes, of);
  const some = Math.min(n, LARGEST);
  const stay = Array.from({ length: n - some }, (_, i) => some + i);
  return {
    kinds: [of],
    elements: permutations(some).map((images) => ({ [of]: [...images, ...stay] })),
  };
}

function onlyMoving({ kinds, elements }: Component, moving: ReadonlySet<string>): Component {
  const kept = kinds.filter((of) => moving.has(of));
  const found = new Map<string, Element>();
  for (const element of elements) {
    const one = Object.fromEntries(
      kept.flatMap((of) => (of in element ? [[of, element[of]]] : [])),
    );
    found.set(JSON.stringify(one), one as Element);
  }
  return { kinds: kept, elements: [...found.values()] };
}

interface Constraints {
  readonly sizes: Sizes;
  readonly kinds: readonly string[];
  readonly threads: readonly Template[];
  /** Identities that must stay where they are. */
  readonly pinned: readonly Literal[];
  readonly tables: readonly (readonly [Cell, readonly number[]])[];
}

/** All permutations of the kinds that satisfy the constraints: kind by kind, with what follows. */
function solve(constraints: Constraints): Element[] {
  const { kinds, tables } = constraints;
  // Threads decide most; kinds that tables give follow from those that index them.
  const given = new Set(tables.flatMap(([{ sort }]) => ('of' in sort ? [sort.of] : [])));
  const rank = (of: string): number => (of === 'thread' ? 0 : given.has(of) ? 2 : 1);
  const order = [...kinds].sort((a, b) => rank(a) - rank(b));
  let found: Element[] = [{}];
  for (const of of order) {
    // The others were asked as soon as all of their kinds were decided.
    const about = tables.filter(([cell]) => kindsOfCell(cell).includes(of));
    const more = found.flatMap((element) =>
      completions(of, element, constraints)
        .map((images) => ({ ...element, [of]: images }))
        .filter((one) => about.every((table) => keeps(one, table, constraints))),
    );
    // Too many: this kind stays as it is, with whatever that excludes.
    found =
      more.length <= MANY
        ? more
        : more.filter((one) => (one[of] as readonly number[]).every((image, i) => image === i));
  }
  return found.filter((element) =>
    tables.every((table) => keeps(element, table, constraints, true)),
  );
}

/** The permutations of a kind that agree with what is already decided. */
function completions(of: string, element: Element, constraints: Constraints): number[][] {
  const n = sizeOf(constraints.sizes, of);
  const images = new Array<number | undefined>(n).fill(undefined);
  let possible = true;
  const force = (from: number, to: number): void => {
    if (images[from] !== undefined && images[from] !== to) possible = false;
    images[from] = to;
  };
  for (const literal of constraints.pinned)
    if (literal.of === of) force(literal.value, literal.value);
  if (of !== 'thread') {
    constraints.threads.forEach(({ literals }, t) => {
      const image = constraints.threads[imageOf(element, 'thread', t)] as Template;
      literals.forEach((literal, i) => {
        if (literal.of === of) force(literal.value, image.literals[i]?.value as number);
      });
    });
  }
  if (!possible) return [];
  return fill(images, 0).filter(
    (list) =>
      of !== 'thread' || list.every((to, t) => sameThread(list, t, to, constraints.threads)),
  );
}

/** Whether the text of one thread becomes another's, as far as threads name each other. */
function sameThread(
  images: readonly number[],
  from: number,
  to: number,
  threads: readonly Template[],
): boolean {
  const [a, b] = [threads[from], threads[to]];
  if (a === undefined || b === undefined || a.text !== b.text) return false;
  if (a.literals.length !== b.literals.length) return false;
  return a.literals.every(({ of, value }, i) => {
    const other = b.literals[i] as Literal;
    return other.of === of && (of !== 'thread' || images[value] === other.value);
  });
}

function fill(images: readonly (number | undefined)[], at: number): number[][] {
  if (at === images.length) return [images as number[]];
  const one = images[at];
  const taken = new Set(images.filter((image, i) => i !== at && image !== undefined));
  const choices = one === undefined ? images.map((_, i) => i) : [one];
  return choices
    .filter((choice) => !taken.has(choice))
    .flatMap((choice) => fill(images.with(at, choice), at + 1));
}

/** Whether a table is mapped to itself, as far as its kinds are decided. */
function keeps(
  element: Element,
  [cell, values]: readonly [Cell, readonly number[]],
  { sizes, kinds }: Constraints,
  all = false,
): boolean {
  const decided = (of: string): boolean => all || of in element || !kinds.includes(of);
  if (!kindsOfCell(cell).every(decided)) return true;
  return values.every((value, entry) => {
    const image = values[entryImage(cell, entry, sizes, element)];
    return image === mapValue(cell.sort, value, sizes, element);
  });
}

/** Where an entry of a table goes when identities are exchanged. */
export function entryImage(cell: Cell, entry: number, sizes: Sizes, element: Element): number {
  let rest = entry;
  let image = 0;
  let stride = 1;
  for (let i = cell.index.length - 1; i >= 0; i--) {
    const of = cell.index[i] as string;
    const size = sizeOf(sizes, of);
    image += imageOf(element, of, rest % size) * stride;
    rest = Math.floor(rest / size);
    stride *= size;
  }
  return image;
}

/** What becomes of a value when identities are exchanged. */
export function mapValue(
  sort: Cell['sort'],
  value: number,
  sizes: Sizes,
  element: Element,
): number {
  switch (sort.kind) {
    case 'bool':
    case 'int':
      return value;
    case 'id':
      return imageOf(element, sort.of, value);
    case 'maybe':
      return value === 0 ? 0 : imageOf(element, sort.of, value - 1) + 1;
    case 'set': {
      let image = 0;
      for (let i = 0; i < sizeOf(sizes, sort.of); i++) {
        if ((value >>> i) & 1) image |= 1 << imageOf(element, sort.of, i);
      }
      return image;
    }
  }
}
