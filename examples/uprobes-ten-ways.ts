// Ten ways to write __replace_page().
//
// uprobes puts a page with a breakpoint in the place of a page of program text. Dave Hansen, reviewing
// LUF, could convince himself of the way it is written today, and asked about the ten other ways in
// which it might have been written. Here they are. Each runs against reclaim, which may take the old
// page away lazily at any moment, and against a CPU that runs the text and, once told of the
// breakpoint, must not miss it.
//
//     lufcheck check examples/uprobes-ten-ways.ts

import {
  type BoolRef,
  bool,
  branch,
  type Codes,
  type Design,
  type DesignChoice,
  flush_tlb_mm_range,
  hear,
  immediate,
  type Kernel,
  kswapd,
  load,
  lufV11,
  lufV12,
  me,
  path,
  place,
  ptep_get_and_clear,
  type ReplacePage,
  type ReplacePageArgs,
  type Scenario,
  set_breakpoint_pte,
  spin_lock_ptl,
  spin_unlock_ptl,
  step,
  tell,
  thread,
  uprobe_write_opcode,
  type Variant,
  waitStep,
  when,
} from 'lufcheck';

type Body = (k: Kernel, args: ReplacePageArgs, found: BoolRef) => Codes;

/** A path like the kernel's own, with one local: whether the entry was what it looked for. */
function way(body: Body): ReplacePage {
  return path<Kernel, ReplacePageArgs, { found: typeof bool }>(
    {
      name: '__replace_page',
      source: 'kernel/events/uprobes.c, rewritten',
      leavesOut: 'reverse maps and counters',
      reads: ['content_of_anon', 'vma', 'mm_cpumask'],
      writes: ['ptl', 'pte', 'pte_dirty', 'folio'],
      locals: { found: bool },
    },
    (k, args, l) => body(k, args, l.found),
  );
}

/** Takes the lock and looks for a present entry of the old page. */
const walk: Body = (k, { mm, va, old }, found) => [
  waitStep('folio_lock', k.folio(old).lock.isNone(), k.folio(old).lock.set(me)),
  spin_lock_ptl(k, mm),
  step('page_vma_mapped_walk', found.set(k.pte(mm, va).frame.is(old))),
];
/** Lets go of both locks. */
const done: Body = (k, { mm, old }) => [
  spin_unlock_ptl(k, mm),
  step('folio_unlock', k.folio(old).lock.clear()),
];
const clear: Body = (k, { mm, va }) => [
  step('ptep_get_and_clear', when(k.pte(mm, va).frame.isSome(), [ptep_get_and_clear(k, mm, va)])),
];
const flush: Body = (k, { mm, va }) => [flush_tlb_mm_range(k, { mm, va })];
const set: Body = (k, args) => [step('set_pte_at', set_breakpoint_pte(k, args))];

/** The steps one after the other, between the walk and the unlock; otherwise -EAGAIN. */
function walked(...steps: readonly Body[]): ReplacePage {
  return way((k, args, found) => [
    walk(k, args, found),
    branch(
      found,
      steps.map((one) => one(k, args, found)),
      [args.retry.set(true)],
    ),
    done(k, args, found),
  ]);
}

/** The steps under the page-table lock alone, whatever is at the address. */
function unwalked(...steps: readonly Body[]): ReplacePage {
  return way((k, args, found) => [
    spin_lock_ptl(k, args.mm),
    steps.map((one) => one(k, args, found)),
    spin_unlock_ptl(k, args.mm),
  ]);
}

/** ptep_clear_flush as it is: an entry that is not present is not flushed, except by LUF v12. */
const clearFlush: Body = (k, { mm, va }, found) => [
  step(
    'ptep_clear_flush',
    found.set(k.pte(mm, va).frame.isSome()),
    when(k.pte(mm, va).frame.isSome(), [ptep_get_and_clear(k, mm, va)]),
  ),
  branch(found, [flush_tlb_mm_range(k, { mm, va })], [k.hooks.cancel('ptep_clear_flush', { mm })]),
];

const ways: readonly {
  readonly id: string;
  readonly says: string;
  readonly replace: ReplacePage;
  /** What comes out under immediate flush, LUF v11 and LUF v12. */
  readonly expect: readonly [Variant['expect'], Variant['expect'], Variant['expect']];
}[] = [
  {
    id: '1-as-it-is',
    says: "walk, clear, flush, set: the kernel's way",
    replace: walked(clear, flush, set),
    expect: ['holds', 'holds', 'holds'],
  },
  {
    id: '2-no-walk',
    says: 'no walk: ptep_clear_flush on whatever is at the address; an empty entry is not flushed',
    replace: unwalked(clearFlush, set),
    expect: ['holds', 'stale-read', 'holds'],
  },
  {
    id: '3-no-walk-always-flush',
    says: 'no walk, but the address is flushed whatever was found there',
    replace: unwalked(clear, flush, set),
    expect: ['holds', 'holds', 'holds'],
  },
  {
    id: '4-flush-before-clear',
    says: 'flush first, then clear and set: a CPU can walk again in between',
    replace: walked(flush, clear, set),
    expect: ['stale-read', 'stale-read', 'stale-read'],
  },
  {
    id: '5-no-flush',
    says: 'clear and set, no flush at all',
    replace: walked(clear, set),
    expect: ['stale-read', 'stale-read', 'stale-read'],
  },
  {
    id: '6-set-without-clear',
    says: 'the new entry is written over the old one, then the address is flushed',
    replace: walked(set, flush),
    expect: ['holds', 'holds', 'holds'],
  },
  {
    id: '7-set-without-clear-or-flush',
    says: 'the new entry is written over the old one, as where only its rights change',
    replace: walked(set),
    expect: ['stale-read', 'stale-read', 'stale-read'],
  },
  {
    id: '8-no-second-look',
    says: 'the entry is looked at before the lock is taken, and not again',
    replace: way((k, args, found) => [
      step('pte_offset_map', found.set(k.pte(args.mm, args.va).frame.is(args.old))),
      branch(
        found,
        [
          spin_lock_ptl(k, args.mm),
          clearFlush(k, args, found),
          set(k, args, found),
          spin_unlock_ptl(k, args.mm),
        ],
        [args.retry.set(true)],
      ),
    ]),
    expect: ['holds', 'stale-read', 'holds'],
  },
  {
    id: '9-lock-dropped-in-between',
    says: 'the page-table lock is dropped between the clear and the set, and the set does not look',
    replace: walked(
      clear,
      (k, { mm }) => [spin_unlock_ptl(k, mm)],
      flush,
      (k, { mm }) => [spin_lock_ptl(k, mm)],
      set,
    ),
    expect: ['holds', 'holds', 'holds'],
  },
  {
    id: '10-flush-after-unlock',
    says: 'walk, clear and set under the lock; the flush comes after it, before the caller returns',
    replace: way((k, args, found) => [
      walk(k, args, found),
      branch(found, [clear(k, args, found), set(k, args, found)], [args.retry.set(true)]),
      done(k, args, found),
      branch(found, flush(k, args, found)),
    ]),
    expect: ['holds', 'holds', 'holds'],
  },
];

const designs: readonly Design[] = [immediate, lufV11, lufV12];

export const uprobesTenWays: Scenario = {
  id: 'uprobes-ten-ways',
  title: 'ten ways to write __replace_page()',
  provenance: {
    source: 'Dave Hansen on LUF v11, linux-mm, 3 June 2024',
    where: 'kernel/events/uprobes.c',
  },
  says: 'A CPU has cached a page of program text, which reclaim may take away lazily. uprobes installs a page with a breakpoint at its address and says so. The CPU fetches from the address.',
  world: { cpus: 3, mms: 1, vas: 1, frames: 4, slots: 1 },
  setup: {
    vmas: [{ mm: 0, va: 0, file: 0, writable: false, shared: false, present: 'read-only' }],
    cached: [0],
    loaded: [null, 0, 0],
  },
  threads: [],
  variants: ways.flatMap(({ id, says, replace, expect }) =>
    designs.map((design, i): Variant => {
      const choice: DesignChoice = { design };
      return {
        id: `${id}-${design.id}`,
        says,
        design: choice,
        expect: expect[i] ?? 'holds',
        threads: [
          kswapd,
          thread('runner', 1, (k, cpu) => [
            hear(k, k.thread('patcher')),
            load(k, { cpu, ...place(0, 0) }),
          ]),
          thread('patcher', 2, (k) => [
            uprobe_write_opcode(k, place(0, 0), replace),
            tell(k, k.thread('runner')),
          ]),
        ],
      };
    }),
  ),
};
