// What a reader of the events can work out from them alone: which bytes each frame holds, which
// version of them each thread knows of and since when, what each address means. It follows the same
// events as truth (rules/truth/truth.ts) and must come to the same numbers; a test holds it to that.

import type { Scenario } from '../catalogue/scenario.ts';
import type { IdValue } from '../events/concrete.ts';
import { type Moment, type MomentOf, placeOf } from './moments.ts';

/** The bytes of a frame: a version of a content, or (null) nothing of ours. */
export interface Bytes {
  readonly content: IdValue | null;
  readonly version: number;
}

/** A piece of knowledge: what it comes from, and how and when a thread came by it. */
export interface Knowing<Source extends Moment = Moment> {
  /** The event that made it so; undefined for the world's start. */
  readonly source: Source | undefined;
  readonly since: number;
  readonly how: 'did it' | 'saw it' | 'was told';
  /** For `was told`: by whom, and since when that one knew. */
  readonly from?: IdValue;
  readonly learnt?: number;
}
export interface KnownVersion extends Knowing {
  readonly version: number;
}
export type KnownMeaning = Knowing<MomentOf<'vma.change'>>;

/** What an address means. */
export interface Meaning {
  readonly content: IdValue | null;
  readonly writable: boolean;
  readonly shared: boolean;
}

/** What became of the frame behind a content when it stopped being that. */
export type Loss = MomentOf<'slot.remove' | 'slot.replace' | 'frame.free'>;

interface Message {
  readonly versions: ReadonlyMap<string, KnownVersion>;
  readonly meanings: ReadonlyMap<string, KnownMeaning>;
}

/** Private memory that was another content when they parted: by fork, or by KSM. */
interface Alias {
  readonly origin: IdValue;
  /** The other content's newest version that counts as this one's bytes. */
  readonly upTo: number;
  /** The version that those bytes are, here. */
  readonly from: number;
}

/** What an event meant at its moment. */
export interface Note {
  /** The bytes concerned, after the event: read, written, filled. */
  readonly bytes?: Bytes;
  /** For vma.change: what the address meant before. */
  readonly before?: Meaning | undefined;
  /** For message.receive: what the receiver did not know before. */
  readonly news?: {
    readonly versions: readonly Bytes[];
    readonly meanings: readonly MomentOf<'vma.change'>[];
  };
}

const nothing: Bytes = { content: null, version: 0 };

export class Ledger {
  readonly notes = new Map<Moment, Note>();
  readonly #bytes = new Map<IdValue, Bytes>();
  readonly #newest = new Map<IdValue, { version: number; source: Moment | undefined }>();
  /** The version since which a content may turn into zeroes. */
  readonly #lazy = new Map<IdValue, number>();
  readonly #stored = new Map<IdValue, number>();
  readonly #versions = new Map<string, KnownVersion>();
  readonly #meanings = new Map<string, KnownMeaning>();
  readonly #vmas = new Map<string, Meaning>();
  readonly #open = new Map<IdValue, Message>();
  readonly #losses = new Map<IdValue, Loss>();
  readonly #swapped = new Map<IdValue, Bytes>();
  readonly #aliases = new Map<IdValue, Alias>();
  /** Frames of zeroes that no address shows yet: as new as the newest discard. */
  readonly #zeroes = new Set<IdValue>();
  readonly #world: Scenario['world'];

  constructor(scenario: Pick<Scenario, 'setup' | 'world'>) {
    const { setup, world } = scenario;
    this.#world = world;
    setup.cached.forEach((frame, slot) => {
      if (frame !== null) this.#bytes.set(frame, { content: slot, version: 0 });
    });
    for (const { mm, va, file, frame, writable, shared } of setup.vmas) {
      const content = file ?? this.privatePage(mm, va);
      if (frame !== undefined) this.#bytes.set(frame, { content, version: 0 });
      this.#vmas.set(placeOf({ mm, va }), { content, writable, shared });
    }
  }

  bytes(frame: IdValue): Bytes {
    return this.#bytes.get(frame) ?? nothing;
  }
  /** What the thread knows of a content; undefined where it knows of no change. */
  version(thread: IdValue, content: IdValue): KnownVersion | undefined {
    return this.#versions.get(`${thread}/${content}`);
  }
  /** The last change of an address that the thread knows of. */
  meaning(thread: IdValue, at: { mm: IdValue; va: IdValue }): KnownMeaning | undefined {
    return this.#meanings.get(`${thread}/${placeOf(at)}`);
  }
  vma(at: { mm: IdValue; va: IdValue }): Meaning | undefined {
    return this.#vmas.get(placeOf(at));
  }
  /** How a frame stopped being the home of what it held. */
  loss(frame: IdValue): Loss | undefined {
    return this.#losses.get(frame);
  }

  take(moment: Moment): void {
    this.notes.set(moment, this.#take(moment));
  }

  #take(moment: Moment): Note {
    switch (moment.event) {
      case 'tlb.use':
        return moment.store ? this.#store(moment) : this.#load(moment);
      case 'tlb.fill':
        return { bytes: this.bytes(moment.frame) };
      case 'frame.fill': {
        const { frame, content } = moment;
        const version = content === null ? 0 : (this.#stored.get(content) ?? 0);
        const note = this.#put(frame, { content, version });
        if (content !== null) this.#zeroes.add(frame);
        return note;
      }
      case 'pte.set': {
        const { content } = this.bytes(moment.frame);
        const anon = this.privatePage(moment.mm, moment.va);
        if (content === anon && this.#zeroes.has(moment.frame)) {
          this.#put(moment.frame, { content, version: this.#stored.get(anon) ?? 0 });
        }
        return {};
      }
      case 'frame.copy': {
        const from = this.bytes(moment.from);
        const bytes = moment.content === null ? from : this.#becomeOwn(from, moment.content);
        return this.#put(moment.frame, bytes);
      }
      case 'frame.adopt': {
        const own = this.privatePage(moment.mm, moment.va);
        return this.#put(moment.frame, this.#becomeOwn(this.bytes(moment.frame), own));
      }
      case 'frame.merge': {
        const { content, version } = this.bytes(moment.frame);
        if (content !== null) {
          const from = this.bytes(moment.old).version;
          const own = this.privatePage(moment.mm, moment.va);
          this.#aliases.set(own, { origin: content, upTo: version, from });
        }
        return { bytes: { content, version } };
      }
      case 'swap.write':
        this.#swapped.set(moment.swap, this.bytes(moment.frame));
        return { bytes: this.bytes(moment.frame) };
      case 'swap.read':
        return this.#put(moment.frame, this.#swapped.get(moment.swap) ?? nothing);
      case 'mm.fork':
        for (let va = 0; va < this.#world.vas; va++) this.#fork(moment, va);
        return {};
      case 'frame.write':
        if (moment.content === null) return this.#put(moment.frame, nothing);
        return this.#newVersion(moment, moment.thread, moment.content, moment.frame);
      case 'frame.free':
      case 'slot.remove':
        this.#lose(moment.frame, moment);
        return { bytes: this.bytes(moment.frame) };
      case 'slot.replace':
        this.#lose(moment.old, moment);
        return { bytes: this.bytes(moment.frame) };
      case 'frame.alloc':
      case 'slot.add':
        this.#losses.delete(moment.frame);
        return { bytes: this.bytes(moment.frame) };
      case 'slot.change': {
        // Each slot is a content of its own, numbered alike.
        const note = this.#newVersion(moment, moment.thread, moment.slot, undefined);
        this.#stored.set(moment.slot, this.#newestOf(moment.slot));
        return note;
      }
      case 'slot.promise': {
        const newest = this.#newest.get(moment.slot);
        const bytes = { content: moment.slot, version: newest?.version ?? 0 };
        this.#knows(moment.thread, moment.slot, {
          version: bytes.version,
          source: newest?.source,
          since: moment.at,
          how: 'saw it',
        });
        return { bytes };
      }
      case 'file.read':
        return this.#load(moment);
      case 'device.write':
        return moment.content === null
          ? {}
          : this.#newVersion(moment, moment.thread, moment.content, moment.frame);
      case 'slot.writeout':
        this.#stored.set(moment.slot, this.bytes(moment.frame).version);
        return { bytes: this.bytes(moment.frame) };
      case 'vma.change':
        return this.#change(moment);
      case 'vma.lazyfree':
        return this.#lazyfree(moment);
      case 'message.send':
        this.#open.set(moment.to, {
          versions: mine(this.#versions, moment.from),
          meanings: mine(this.#meanings, moment.from),
        });
        return {};
      case 'message.receive':
        return this.#receive(moment);
      default:
        return {};
    }
  }

  /** The first loss is what counts: a page that left the cache is freed only later. */
  #lose(frame: IdValue, loss: Loss): void {
    if (!this.#losses.has(frame)) this.#losses.set(frame, loss);
  }

  #newestOf(content: IdValue): number {
    return this.#newest.get(content)?.version ?? 0;
  }

  #put(frame: IdValue, bytes: Bytes): Note {
    this.#bytes.set(frame, bytes);
    this.#zeroes.delete(frame);
    return { bytes };
  }

  /** The numbering of contents: file pages first, then the private memory of each address. */
  privatePage(mm: IdValue, va: IdValue): IdValue {
    return this.#world.slots + Number(mm) * this.#world.vas + Number(va);
  }

  /** What bytes are once they are an address's private page, copied there or taken over. */
  #becomeOwn(from: Bytes, own: IdValue): Bytes {
    if (from.content === own) return from;
    const alias = this.#aliases.get(own);
    if (alias === undefined || alias.origin !== from.content) {
      return { content: own, version: this.#newestOf(own) };
    }
    // Bytes that came after the two parted stay the other's.
    return alias.upTo < from.version ? from : { content: own, version: alias.from };
  }

  #fork({ from, to }: MomentOf<'mm.fork'>, va: IdValue): void {
    const origin = this.privatePage(from, va);
    this.#aliases.set(this.privatePage(to, va), { origin, upTo: this.#newestOf(origin), from: 0 });
  }

  #newVersion(moment: Moment, thread: IdValue, content: IdValue, frame: IdValue | undefined): Note {
    const bytes = { content, version: this.#newestOf(content) + 1 };
    this.#newest.set(content, { version: bytes.version, source: moment });
    if (frame !== undefined) this.#put(frame, bytes);
    this.#knows(thread, content, {
      version: bytes.version,
      source: moment,
      since: moment.at,
      how: 'did it',
    });
    return { bytes };
  }

  #load(moment: MomentOf<'tlb.use' | 'file.read'>): Note {
    const bytes = this.bytes(moment.frame);
    if (bytes.content === null) return { bytes };
    const known = this.version(moment.thread, bytes.content)?.version ?? 0;
    if (bytes.version > known) {
      const newest = this.#newest.get(bytes.content);
      this.#knows(moment.thread, bytes.content, {
        version: bytes.version,
        source: newest?.version === bytes.version ? newest.source : undefined,
        since: moment.at,
        how: 'saw it',
      });
    }
    return { bytes };
  }

  #store(moment: MomentOf<'tlb.use'>): Note {
    const { content } = this.bytes(moment.frame);
    if (content === null) return { bytes: nothing };
    const known = this.version(moment.thread, content)?.version ?? 0;
    // It may have come before the page could turn into zeroes, and counts for nothing then.
    if (known < (this.#lazy.get(content) ?? 0)) return { bytes: this.bytes(moment.frame) };
    return this.#newVersion(moment, moment.thread, content, moment.frame);
  }

  /** Zeroes, and what is there, are one new version. */
  #lazyfree(moment: MomentOf<'vma.lazyfree'>): Note {
    const own = this.privatePage(moment.mm, moment.va);
    const before = this.#newestOf(own);
    const note = this.#newVersion(moment, moment.thread, own, undefined);
    const version = this.#newestOf(own);
    this.#stored.set(own, version);
    this.#lazy.set(own, version);
    const alias = this.#aliases.get(own);
    if (alias !== undefined) this.#aliases.set(own, { ...alias, from: version });
    if (moment.frame !== undefined) {
      // What is there may be in more than one frame: somebody is copying the page.
      for (const [frame, held] of this.#bytes) {
        if (held.content === own && held.version === before) {
          this.#bytes.set(frame, { content: own, version });
        }
      }
      for (const [content, one] of this.#aliases) {
        if (one.origin === own && one.upTo === before) {
          this.#aliases.set(content, { ...one, upTo: version });
        }
      }
    }
    return note;
  }

  #change(moment: MomentOf<'vma.change'>): Note {
    const place = placeOf(moment);
    const before = this.#vmas.get(place);
    const { content, writable, shared } = moment;
    this.#vmas.set(place, { content, writable, shared });
    this.#meanings.set(`${moment.thread}/${place}`, {
      source: moment,
      since: moment.at,
      how: 'did it',
    });
    if (moment.fresh && content !== null) {
      const version = this.#newestOf(content) + 1;
      this.#newest.set(content, { version, source: moment });
      this.#stored.set(content, version);
      this.#aliases.delete(content);
      this.#knows(moment.thread, content, {
        version,
        source: moment,
        since: moment.at,
        how: 'did it',
      });
    }
    return { before };
  }

  #receive({ to, from, at }: MomentOf<'message.receive'>): Note {
    const message = this.#open.get(to);
    this.#open.delete(to);
    const versions: Bytes[] = [];
    const meanings: MomentOf<'vma.change'>[] = [];
    for (const [key, told] of message?.versions ?? []) {
      const known = this.version(to, content(key))?.version ?? 0;
      if (told.version <= known) continue;
      versions.push({ content: content(key), version: told.version });
      const learnt = told.since;
      this.#knows(to, content(key), { ...told, since: at, how: 'was told', from, learnt });
    }
    for (const [key, told] of message?.meanings ?? []) {
      const own = this.#meanings.get(`${to}/${key}`)?.source;
      if (told.source === undefined || (own !== undefined && own.at >= told.source.at)) continue;
      meanings.push(told.source);
      this.#meanings.set(`${to}/${key}`, { ...told, since: at, how: 'was told', from });
    }
    return { news: { versions, meanings } };
  }

  #knows(thread: IdValue, what: IdValue, known: KnownVersion): void {
    this.#versions.set(`${thread}/${what}`, known);
  }
}

/** What one thread knows, keyed by the content or the address alone. */
function mine<T>(all: ReadonlyMap<string, T>, thread: IdValue): Map<string, T> {
  const prefix = `${thread}/`;
  return new Map(
    [...all]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

function content(key: string): IdValue {
  return Number(key);
}
