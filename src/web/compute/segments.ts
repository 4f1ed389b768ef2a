// The lanes beside the threads as stretches of steps: what each CPU's TLB holds and whether it is still true,
// what each page-table entry, frame and page-cache slot is. Step 0 is the start.

import type { State } from '../../explain/full-story.ts';
import { type Names, namesOf } from '../../explain/names.ts';
import { has, indexesOf, numberAt, statesOf } from './cells.ts';
import type { StoryView } from './story-view.ts';

export type LaneKind = 'tlb' | 'pte' | 'slot' | 'frame';

export interface Lane {
  readonly key: string;
  readonly kind: LaneKind;
  /** For a TLB. */
  readonly cpu?: number;
  readonly mm?: number;
  /** Left out: a huge entry, for every address of the mm. */
  readonly va?: number;
  readonly title: string;
}

/**
 * - `true`: a TLB entry that its PTE agrees with;
 * - `unmapped`: the PTE is gone, or says something else;
 * - `wrong`: and the frame has a new owner, or what the entry stands for has changed;
 * - `plain`, `free`: of the others.
 */
export type Look = 'true' | 'unmapped' | 'wrong' | 'plain' | 'free';

export interface Segment {
  readonly lane: string;
  /** Steps; `to` is the step that ended it, or one past the last. */
  readonly from: number;
  readonly to: number;
  readonly look: Look;
  readonly text: string;
  readonly about: string;
}

interface Shown {
  readonly look: Look;
  readonly text: string;
  readonly about: string;
}

export interface Segments {
  readonly lanes: readonly Lane[];
  readonly segments: readonly Segment[];
}

export function segmentsOf(view: StoryView): Segments {
  const states = statesOf(view);
  const names = namesOf({ world: view.world }, view.threads);
  const all = [
    ...tlbLanes(states, names, view),
    ...pteLanes(states, names),
    ...slotLanes(states, names),
    ...frameLanes(states, names),
  ];
  const used = all.filter(({ segments }) => segments.length > 0);
  return {
    lanes: used.map(({ lane }) => lane),
    segments: used.flatMap(({ segments }) => segments),
  };
}

interface Filled {
  readonly lane: Lane;
  readonly segments: readonly Segment[];
}

/** Equal neighbours become one stretch. */
function stretches(lane: Lane, shown: readonly (Shown | undefined)[]): Filled {
  const segments: Segment[] = [];
  shown.forEach((one, step) => {
    const last = segments.at(-1);
    if (one === undefined) return;
    const same =
      last !== undefined && last.to === step && last.look === one.look && last.text === one.text;
    if (same) segments[segments.length - 1] = { ...last, to: step + 1 };
    else segments.push({ lane: lane.key, from: step, to: step + 1, ...one });
  });
  return { lane, segments };
}

function bytesText(state: State, frame: number, names: Names): string {
  const content = numberAt(state, `bytes.content[${frame}]`) ?? null;
  return names.bytes({ content, version: numberAt(state, `bytes.version[${frame}]`) ?? 0 });
}

/** Whether a frame's bytes are no longer what an address showed: another's, or old ones. */
function hasChanged(now: State, filled: State, frame: number): boolean {
  const content = numberAt(filled, `bytes.content[${frame}]`);
  if (content === undefined) return false;
  if (numberAt(now, `bytes.content[${frame}]`) !== content) return true;
  const newest = numberAt(now, `newest[${content}]`) ?? 0;
  return newest > (numberAt(now, `bytes.version[${frame}]`) ?? 0);
}

function tlbLanes(states: readonly State[], names: Names, view: StoryView): Filled[] {
  const first = states[0] as State;
  const handedOut = allocations(view);
  const small = indexesOf(first, 'tlb.frame').map(([cpu = 0, mm = 0, va = 0]): Filled => {
    const lane: Lane = {
      ...{ key: `tlb:${cpu},${mm},${va}`, kind: 'tlb', cpu, mm, va },
      title: names.place({ mm, va }),
    };
    let filled = 0;
    let held: number | undefined;
    return stretches(
      lane,
      states.map((state, step): Shown | undefined => {
        const frame = numberAt(state, `tlb.frame[${cpu},${mm},${va}]`);
        if (frame !== held) filled = step;
        held = frame;
        if (frame === undefined) return undefined;
        const writable = state[`tlb.writable[${cpu},${mm},${va}]`] === true;
        const agrees =
          numberAt(state, `pte.frame[${mm},${va}]`) === frame &&
          (!writable || state[`pte.writable[${mm},${va}]`] === true);
        const reused = handedOut.some(
          (one) => one.frame === frame && one.at > filled && one.at <= step,
        );
        const wrong = !agrees && (reused || hasChanged(state, states[filled] as State, frame));
        return entry(CPU_HOLDS(cpu, names.place({ mm, va })), names.frame(frame), `f${frame}`, {
          ...{ agrees, wrong, writable },
        });
      }),
    );
  });
  const huge = indexesOf(first, 'huge_tlb.present').map(([cpu = 0, mm = 0]): Filled => {
    const lane: Lane = {
      ...{ key: `huge:${cpu},${mm}`, kind: 'tlb', cpu, mm },
      title: view.world.mms > 1 ? `mm${mm}:huge` : 'huge',
    };
    let filled = 0;
    let was = false;
    return stretches(
      lane,
      states.map((state, step): Shown | undefined => {
        const present = state[`huge_tlb.present[${cpu},${mm}]`] === true;
        if (present && !was) filled = step;
        was = present;
        if (!present) return undefined;
        const writable = state[`huge_tlb.writable[${cpu},${mm}]`] === true;
        const agrees =
          state[`pmd.huge[${mm}]`] === true && (!writable || state[`pmd.writable[${mm}]`] === true);
        const frames = indexesOf(first, 'huge_page').map(([va = 0]) =>
          numberAt(state, `huge_page[${va}]`),
        );
        const wrong =
          !agrees &&
          frames.some(
            (frame) =>
              frame !== undefined &&
              (handedOut.some((one) => one.frame === frame && one.at > filled && one.at <= step) ||
                hasChanged(state, states[filled] as State, frame)),
          );
        return entry(CPU_HOLDS(cpu, 'the huge page'), 'huge page', 'huge', {
          agrees,
          wrong,
          writable,
        });
      }),
    );
  });
  return [...small, ...huge].sort((a, b) => (a.lane.cpu ?? 0) - (b.lane.cpu ?? 0));
}

const CPU_HOLDS = (cpu: number, place: string): string => `TLB of CPU ${cpu}: ${place}`;

function entry(
  what: string,
  target: string,
  short: string,
  { agrees, wrong, writable }: { agrees: boolean; wrong: boolean; writable: boolean },
): Shown {
  const rights = writable ? 'writable' : 'read-only';
  const state = agrees
    ? 'as in the page table'
    : wrong
      ? 'stale, and what it shows is wrong by now'
      : 'stale: the page table no longer says so';
  return {
    look: agrees ? 'true' : wrong ? 'wrong' : 'unmapped',
    text: `${short}${writable ? 'w' : ''}`,
    about: `${what} -> ${target}, ${rights}; ${state}`,
  };
}

/** Where frames are handed out. */
function allocations({ steps }: StoryView): { frame: number; at: number }[] {
  return steps.flatMap((step, i) =>
    step.events
      .filter(({ name }) => name === 'frame.alloc')
      .map(({ fields }) => ({ frame: Number(fields.frame), at: i + 1 })),
  );
}

function pteLanes(states: readonly State[], names: Names): Filled[] {
  return indexesOf(states[0] as State, 'pte.frame').map(([mm = 0, va = 0]) => {
    const place = names.place({ mm, va });
    return stretches(
      { key: `pte:${mm},${va}`, kind: 'pte', title: place },
      states.map((state) => {
        const frame = numberAt(state, `pte.frame[${mm},${va}]`);
        if (frame === undefined) return undefined;
        const writable = state[`pte.writable[${mm},${va}]`] === true;
        const text = `${names.frame(frame)}${writable ? ' w' : ''}`;
        const about = `page-table entry of ${place} -> ${names.frame(frame)}, ${writable ? 'writable' : 'read-only'}`;
        return { look: 'plain', text, about };
      }),
    );
  });
}

function slotLanes(states: readonly State[], names: Names): Filled[] {
  return indexesOf(states[0] as State, 'page_cache').map(([slot = 0]) =>
    stretches(
      { key: `slot:${slot}`, kind: 'slot', title: names.slot(slot) },
      states.map((state) => {
        const frame = numberAt(state, `page_cache[${slot}]`);
        if (frame === undefined) return undefined;
        const text = names.frame(frame);
        return { look: 'plain', text, about: `page-cache slot ${names.slot(slot)} has ${text}` };
      }),
    ),
  );
}

function frameLanes(states: readonly State[], names: Names): Filled[] {
  return indexesOf(states[0] as State, 'bytes.content').map(([frame = 0]) =>
    stretches(
      { key: `frame:${frame}`, kind: 'frame', title: names.frame(frame) },
      states.map((state) => {
        const text = bytesText(state, frame, names);
        const free = has(state.free, frame);
        return {
          look: free ? 'free' : 'plain',
          text: free ? 'free' : text,
          about: `${names.frame(frame)} ${free ? `is free; its bytes: ${text}` : `holds ${text}`}`,
        };
      }),
    ),
  );
}
