// One event of the vocabulary on its way from a profile to the rules, as numbers: the same object again
// and again, so that millions of events cost no memory. Whoever keeps something of it copies that.

import type { ConcreteEvent } from '../../events/concrete.ts';
import type { EventKind } from '../../events/vocabulary.ts';
import type { Wide } from '../formats/wide.ts';
import { hexFromWide } from '../formats/wide.ts';
import { type Names, NO_MM } from '../profiles/names.ts';
import type { Moment } from './subject-store.ts';

/** Forms in which events come about on a recorded trace: which optional fields they have. */
export const forms = [
  { kind: 'pte.set', fields: ['mm', 'va', 'frame', 'writable'] },
  { kind: 'pte.clear', fields: ['mm', 'va', 'frame', 'writable', 'cpus'] },
  { kind: 'frame.alloc', fields: ['frame'] },
  { kind: 'frame.free', fields: ['frame'] },
  { kind: 'slot.add', fields: ['slot', 'frame'] },
  { kind: 'slot.remove', fields: ['slot', 'frame'] },
  { kind: 'mm.load', fields: ['cpu', 'mm'] },
  { kind: 'vma.change', fields: ['mm', 'va', 'writable', 'thread'] },
  { kind: 'call.return', fields: ['thread'] },
  { kind: 'tlb.flush', fields: ['cpus'] },
  { kind: 'tlb.flush', fields: ['cpus', 'mm'] },
  { kind: 'tlb.flush', fields: ['cpus', 'va', 'pages'] },
  { kind: 'tlb.flush', fields: ['cpus', 'mm', 'va', 'pages'] },
] as const satisfies readonly { readonly kind: EventKind; readonly fields: readonly string[] }[];

/** Places in `forms`. */
export const form = {
  pteSet: 0,
  pteClear: 1,
  frameAlloc: 2,
  frameFree: 3,
  slotAdd: 4,
  slotRemove: 5,
  load: 6,
  vmaChange: 7,
  callReturn: 8,
  /** Plus 1 with an mm, plus 2 with a range. */
  flush: 9,
} as const;

/** A position of the page cache: which file, which page of it. */
export interface SlotPlace {
  hasDevice: boolean;
  readonly device: Wide;
  readonly inode: Wide;
  index: number;
}

/** No handle yet: nobody has asked whether the slot is known. */
export const UNASKED = -2;

export class Happening {
  form = 0;
  // Not 0: engines that have met an integer there throw away what they compiled when a fraction comes.
  at = Number.NaN;
  /** Number and place of the CPU; see CpuNames. */
  cpu = 0;
  cpuPlace = 0;
  by: string | undefined;
  /** Name of what happened, for the story. */
  what = '';
  /** What of it is kept, made when somebody keeps it: the same for all who do. */
  kept: Moment | undefined;
  /** Where it was called from, by whoever knows: to be asked during the call, filled in later. */
  stackHere: (() => readonly string[]) | undefined;
  /** Earliest time at which the change may have been made. */
  notBefore = Number.NaN;
  /** A flush: it covers only what was changed by then. */
  covers = Number.POSITIVE_INFINITY;
  /** A flush: the CPU that asked for it, by number; -1 where that is not known. */
  askedBy = -1;
  mm = NO_MM;
  va = Number.NaN;
  pages = Number.NaN;
  frame = 0;
  writable = 0;
  /** Who is in the call: a number for each call, as a task makes one after the other. */
  thread = 0;
  readonly cpus: Int32Array;
  readonly place = newPlace();
  /** Handle of `place`, by whoever keeps slots; see slot-names.ts. */
  slot = UNASKED;

  constructor(words: number) {
    this.cpus = new Int32Array(words);
  }

  get kind(): EventKind {
    return (forms[this.form] as (typeof forms)[number]).kind;
  }

  /** Begins another one; nothing of the last is left but what its form does not have. */
  begin(form: number, at: number, cpu: number, cpuPlace: number, by: string | undefined): void {
    this.form = form;
    this.at = at;
    this.cpu = cpu;
    this.cpuPlace = cpuPlace;
    this.by = by;
    this.what = '';
    this.stackHere = undefined;
    this.kept = undefined;
    this.notBefore = at;
    this.covers = Number.POSITIVE_INFINITY;
    this.askedBy = -1;
    this.slot = UNASKED;
  }

  hasCpus(): boolean {
    const { cpus } = this;
    // By place: an iterator for each event shows.
    for (let word = 0; word < cpus.length; word++) if (cpus[word] !== 0) return true;
    return false;
  }

  noCpus(): void {
    const { cpus } = this;
    // A call of fill() costs more than the few words.
    for (let word = 0; word < cpus.length; word++) cpus[word] = 0;
  }

  /** `cpus` becomes this CPU alone. */
  onlyCpu(place: number): void {
    this.noCpus();
    this.cpus[place >>> 5] = 1 << (place & 31);
  }
}

export function newPlace(): SlotPlace {
  return { hasDevice: false, device: { low: 0, high: 0 }, inode: { low: 0, high: 0 }, index: 0 };
}

export function slotName({ hasDevice, device, inode, index }: SlotPlace): string {
  return `${hasDevice ? hexFromWide(device) : '?'}:${hexFromWide(inode)}:${index}`;
}

/** The same as an object of its own. */
export function concreteOf(one: Happening, { mms, cpus }: Names): ConcreteEvent {
  const { form: which, at, cpu, by } = one;
  const event: Record<string, unknown> = { at, cpu, ...(by === undefined ? {} : { by }) };
  event.event = one.kind;
  for (const field of (forms[which] as (typeof forms)[number]).fields) {
    event[field] = fieldOf(one, field, mms.nameOf(one.mm), cpus.numbersIn(one.cpus));
  }
  return event as unknown as ConcreteEvent;
}

function fieldOf(
  one: Happening,
  field: (typeof forms)[number]['fields'][number],
  mm: string | undefined,
  cpus: readonly number[],
): unknown {
  switch (field) {
    case 'mm':
      return mm;
    case 'cpus':
      return cpus;
    case 'slot':
      return slotName(one.place);
    case 'writable':
      return one.writable === 1;
    default:
      return one[field];
  }
}
