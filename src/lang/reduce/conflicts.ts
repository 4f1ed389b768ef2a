// Which steps can be taken without anybody noticing when. For a thread that stands at a place, what
// every other thread could still do before it moves on is known: whatever can be reached from
// where the other one stands, less what waits for a lock that this one holds. A step that touches
// nothing of that commutes with all of it.

import type { Flow, Place, Way } from './flow.ts';
import { Hardware, type HardwarePlan, type Noticed } from './hardware.ts';
import type { Known } from './known.ts';
import { disjoint, type Touched } from './walk.ts';

/** Places of another thread, by their number; the one after the last is the end. */
export type Row = Uint8Array;

/** By thread and place: which places of the other threads leave it alone. */
export interface Conflicts {
  /**
   * `before[t][p][u][q]`: nothing that thread u, standing at q, can do until t has moved touches
   * what t's step at p does. Undefined where the hardware may. `before[t][p][t]` is empty.
   */
  readonly before: readonly (readonly (readonly Row[] | undefined)[])[];
  /** The same for the time after t's step at p, until it takes the next one. */
  readonly after: readonly (readonly (readonly Row[] | undefined)[])[];
  /** Which places of others let what t's step at p waits for be as it is, until t has moved. */
  readonly waits: readonly (readonly (readonly Row[] | undefined)[])[];
  /** By thread, place and way: what the hardware has to be asked for right before. */
  readonly notices: readonly (readonly (readonly Noticed[])[])[];
  /** Whether the hardware can change whether the step at a place can be taken. */
  readonly heeds: readonly (readonly boolean[])[];
  readonly hardware: HardwarePlan;
  /** Places that the step at a place may lead to. */
  readonly next: readonly (readonly (readonly number[])[])[];
}

interface Ready {
  readonly place: Place;
  /** What its conditions look at. */
  readonly looks: Touched;
  /** All that its ways touch, and whether they can be taken. */
  readonly touched: Touched;
  readonly ways: readonly {
    readonly way: Way;
    readonly touched: Touched;
    readonly next: number[];
  }[];
}

export function conflictsOf(flow: Flow): Conflicts {
  const ready = flow.places.map((places, t) => places.map((place) => readyAt(flow, t, place)));
  const hardware = new Hardware(flow);
  const futures = new Futures(flow, ready, hardware);
  const rows = (t: number, touched: Touched, known: Known): Row[] | undefined =>
    futures.clear(touched, known)
      ? ready.map((_, u) => (u === t ? new Uint8Array() : futures.row(u, touched, known)))
      : undefined;
  const before = ready.map((mine, t) =>
    mine.map(({ place, touched }) => rows(t, touched, place.known)),
  );
  const waits = ready.map((mine, t) => mine.map(({ place, looks }) => rows(t, looks, place.known)));
  const next = ready.map((mine) =>
    mine.map(({ ways }) => [...new Set(ways.flatMap((way) => way.next))]),
  );
  const after = ready.map((mine, t) =>
    mine.map(({ touched }, p) => {
      const landings = (next[t]?.[p] ?? []).map((n) => (mine[n] as Ready).place.known);
      if (!landings.every((known) => futures.clear(touched, known))) return undefined;
      return ready.map((theirs, u) => {
        const row = new Uint8Array(theirs.length + 1).fill(u === t ? 0 : 1);
        if (u === t) return new Uint8Array();
        for (const known of landings) {
          futures.row(u, touched, known).forEach((free, q) => {
            if (free === 0) row[q] = 0;
          });
        }
        return row;
      });
    }),
  );
  const notices = ready.map((mine) =>
    mine.map(({ place, ways }) =>
      ways.map(({ touched }) => hardware.noticed(touched, place.known)),
    ),
  );
  const heeds = ready.map((mine) =>
    mine.map(({ place, looks }) => !disjoint(looks, hardware.all(place.known))),
  );
  return { before, after, waits, notices, heeds, hardware: hardware.plan(), next };
}

function readyAt(flow: Flow, t: number, place: Place): Ready {
  const touched: Touched = { reads: 0n, writes: 0n };
  const looks: Touched = { reads: 0n, writes: 0n };
  const ways = place.ways.map((way) => {
    flow.looks(t, way, place.known, looks);
    const own: Touched = { reads: 0n, writes: 0n, sure: 0n };
    const landings = flow.taken(t, place, way, place.known, own);
    touched.reads |= own.reads;
    touched.writes |= own.writes;
    const next = new Set<number>();
    for (const landing of landings) {
      for (const { key } of flow.placesAt(t, landing)) {
        const to = flow.place(t, key);
        if (to !== undefined) next.add(to.id);
      }
    }
    return { way, touched: own, next: [...next] };
  });
  return { place, looks, touched, ways };
}

/** What others can do while one thread stands still, by what is known of shared entries there. */
class Futures {
  readonly #flow: Flow;
  readonly #ready: readonly (readonly Ready[])[];
  readonly #threads = new Map<string, Touched[]>();
  readonly #hardware: Hardware;
  readonly #rows = new Map<string, Row>();
  /** By place and way, and by what is known of what its conditions ask. */
  readonly #entered = new Map<Place, Map<Way, Map<string, boolean>>>();

  constructor(flow: Flow, ready: readonly (readonly Ready[])[], hardware: Hardware) {
    this.#flow = flow;
    this.#hardware = hardware;
    this.#ready = ready;
  }

  /** Whether the hardware touches nothing of it. */
  clear(touched: Touched, known: Known): boolean {
    return disjoint(touched, this.#hardware.all(known));
  }

  /** For each place of a thread: whether all that it can do from there leaves this alone. */
  row(thread: number, touched: Touched, known: Known): Row {
    const text = `${thread} ${this.#flow.around.variables.sharedText(known)}`;
    const key = `${text}/${touched.reads.toString(36)}/${touched.writes.toString(36)}`;
    const found = this.#rows.get(key);
    if (found !== undefined) return found;
    const futures = this.#of(thread, known, text);
    const row = new Uint8Array(futures.length + 1);
    futures.forEach((future, q) => {
      if (disjoint(touched, future)) row[q] = 1;
    });
    row[futures.length] = 1;
    this.#rows.set(key, row);
    return row;
  }

  #canEnter(thread: number, place: Place, way: Way, known: Known): boolean {
    const key = way.asks.map((variable) => known[variable]).join();
    const ways = this.#entered.get(place) ?? new Map<Way, Map<string, boolean>>();
    this.#entered.set(place, ways);
    const memo = ways.get(way) ?? new Map<string, boolean>();
    ways.set(way, memo);
    let can = memo.get(key);
    if (can === undefined) {
      can = this.#flow.entered(thread, way, known) !== undefined;
      memo.set(key, can);
    }
    return can;
  }

  #of(thread: number, known: Known, text: string): Touched[] {
    const found = this.#threads.get(text);
    if (found !== undefined) return found;
    const ready = this.#ready[thread] as readonly Ready[];
    const next: Set<number>[] = [];
    const futures = ready.map(({ place, ways }): Touched => {
      const now: Touched = { reads: 0n, writes: 0n };
      const to = new Set<number>();
      next.push(to);
      const both = this.#flow.around.variables.meet(place.known, known);
      if (both === undefined) return now;
      for (const { way, touched, next: places } of ways) {
        if (!this.#canEnter(thread, place, way, both)) continue;
        now.reads |= touched.reads;
        now.writes |= touched.writes;
        for (const one of places) to.add(one);
      }
      return now;
    });
    for (let changed = true; changed; ) {
      changed = false;
      for (let q = futures.length - 1; q >= 0; q--) {
        const now = futures[q] as Touched;
        for (const one of next[q] as Set<number>) {
          const later = futures[one] as Touched;
          const reads = now.reads | later.reads;
          const writes = now.writes | later.writes;
          if (reads === now.reads && writes === now.writes) continue;
          now.reads = reads;
          now.writes = writes;
          changed = true;
        }
      }
    }
    this.#threads.set(text, futures);
    return futures;
  }
}
