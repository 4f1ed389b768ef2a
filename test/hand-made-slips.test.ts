// Slips that no operator of `lufcheck mutate` makes: what a developer would get wrong in a kernel's function
// or a design. Each is made in the program as it is read (slip-hook.mjs); a scenario that holds without
// it finds it, and its story names what happened. docs/findings.md tells of all that were tried.

import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lufcheck } from './run-program.ts';

interface Slip {
  readonly says: string;
  /** Below `dist/`. */
  readonly file: string;
  /** What stands there once, and what takes its place. */
  readonly edits: readonly (readonly [string, string])[];
  readonly found: { readonly variant: string; readonly what: string; readonly steps: number };
  /** Lines of the story, or parts of them. */
  readonly tells: readonly string[];
}

const slips: readonly Slip[] = [
  {
    says: 'munmap lets go of mmap_lock before the entries are gone',
    file: 'kernel/paths/munmap.js',
    edits: [
      [
        'unmap_region(k, { mm, va, file: l.sharedFile }), mmap_write_unlock(k, mm), step(',
        'mmap_write_unlock(k, mm), unmap_region(k, { mm, va, file: l.sharedFile }), step(',
      ],
    ],
    found: { variant: 'munmap-beside-mmap:mainline', what: 'stale-read', steps: 45 },
    tells: ['What giver stored at 29 left with frame 1 at 32, not written out'],
  },
  {
    says: 'zapping asks whether a flush is pending before it has the page-table lock',
    file: 'kernel/paths/zap.js',
    edits: [
      [
        "spin_lock_ptl(k, mm, va), k.hooks.flush_tlb_batched_pending(mm, 'zap_pte_range'),",
        "k.hooks.flush_tlb_batched_pending(mm, 'zap_pte_range'), spin_lock_ptl(k, mm, va),",
      ],
    ],
    found: { variant: '3ea277194daa-munmap:repaired', what: 'stale-permission', steps: 19 },
    tells: ['caller found pte(va) empty (10-12), flushed nothing; munmap() returned at 16.'],
  },
  {
    says: 'tlb_finish_mmu counts one gather too many before it believes in another one',
    file: 'kernel/paths/mmu-gather.js',
    edits: [['pending.lt(2).not()', 'pending.lt(3).not()']],
    found: { variant: 'nested-zap:immediate', what: 'stale-permission', steps: 23 },
    tells: ['puncher emptied its pte at 10; no flush followed.'],
  },
  {
    says: 'the batch keeps the CPUs of the last mm only',
    file: 'kernel/designs/mainline.js',
    edits: [['k.ubc(me).cpus.add(k.mmCpumask(mm)),', 'k.ubc(me).cpus.set(k.mmCpumask(mm)),']],
    found: { variant: 'two-readers:mainline', what: 'leak', steps: 23 },
    tells: [
      'At 18 kswapd took the debt for paid; CPU 1 had not been flushed.',
      'frame-reused-before-flush fired at 21',
    ],
  },
  {
    says: 'a private copy is mapped before the page that it replaces is flushed',
    file: 'kernel/paths/wp-fault.js',
    edits: [
      [
        "flush_tlb_mm_range(k, { mm, va }), step('set_pte_at', set_pte_at(k, mm, va, l.page.the(), yes, yes)),",
        "step('set_pte_at', set_pte_at(k, mm, va, l.page.the(), yes, yes)), flush_tlb_mm_range(k, { mm, va }),",
      ],
    ],
    found: { variant: 'copy-told:mainline', what: 'stale-read', steps: 17 },
    tells: ['Nobody flushed CPU 2 or recorded a debt for it before two told told at 15.'],
  },
  {
    says: 'a page that a fork shares is stored to as if it were the own one',
    file: 'kernel/paths/wp-fault.js',
    edits: [
      [
        'old.mapping.is(k.anonOf(mm, va)).and(old.shared.not())',
        'old.mapping.is(k.anonOf(mm, va))',
      ],
    ],
    found: { variant: 'fork-flush:v11', what: 'leak', steps: 28 },
    tells: ["sibling stored mm0:va's v1 into frame 0 at 26; child's load of mm1:va at 28"],
  },
  {
    says: 'reclaim writes a page out, and flushes what may still store to it afterwards',
    file: 'kernel/paths/reclaim.js',
    edits: [
      ["k.hooks.try_to_unmap_flush_dirty(), step('pageout',", "step('pageout',"],
      [
        'k.hooks.before_remove_mapping(),',
        'k.hooks.try_to_unmap_flush_dirty(), k.hooks.before_remove_mapping(),',
      ],
    ],
    found: { variant: 'dirty-writeout:repaired', what: 'stale-read', steps: 31 },
    tells: ['What writer stored at 10 left with frame 0 at 17, not written out'],
  },
  {
    says: 'a pending flush is noted as done before it is done',
    file: 'kernel/designs/mainline.js',
    edits: [
      ['arch_flush_tlb_batched_pending(k, { mm }), step(', 'step('],
      [
        '[k.batched(mm).flushed.set(l.pending)])),',
        '[k.batched(mm).flushed.set(l.pending)])), arch_flush_tlb_batched_pending(k, { mm }),',
      ],
    ],
    found: { variant: 'pending-asked-twice:mainline', what: 'stale-permission', steps: 50 },
    tells: [
      'caller found pte(va1) empty (23-26), flushed nothing; ftruncate() returned at 47.',
      'address-changed-before-flush at 47',
    ],
  },
  {
    says: 'a page of hugetlb is put before the flush',
    file: 'kernel/paths/hugetlb.js',
    edits: [
      [
        'branch(l.gathered, [flush_tlb_mm_range(k, { mm }), l.gathered.set(false)]), mmu_notifier_invalidate_range_end(k, { mm, va }), branch(l.page.isSome(), [folio_put(k, l.page)]),',
        'branch(l.page.isSome(), [folio_put(k, l.page)]), branch(l.gathered, [flush_tlb_mm_range(k, { mm }), l.gathered.set(false)]), mmu_notifier_invalidate_range_end(k, { mm, va }),',
      ],
    ],
    found: { variant: 'hugetlb-reused:mainline', what: 'leak', steps: 12 },
    tells: [
      'Nobody flushed CPU 1 or recorded a debt for it before kernel took frame 0 at 10.',
      'frame-reused-before-flush fired at 10',
    ],
  },
  {
    says: 'a driver collects a page that somebody else has locked',
    file: 'kernel/paths/migrate-device.js',
    edits: [
      [
        'when(folio.lock.isNone(), [ folio.lock.set(me),',
        'when(folio.lock.isNone().or(folio.lock.isSome()), [ folio.lock.set(me),',
      ],
    ],
    found: { variant: 'collect-beside-migration:mainline', what: 'lost-write', steps: 25 },
    tells: ['compaction freed frame 0 at 24: what user stored at 25 is lost.'],
  },
  {
    says: 'fork drops mmap_lock before it flushes',
    file: 'kernel/paths/fork.js',
    edits: [
      [
        "k.has('flush_tlb_mm@dup_mmap') ? flush_tlb_mm_range(k, { mm: from }) : [], mmap_write_unlock(k, from),",
        "mmap_write_unlock(k, from), k.has('flush_tlb_mm@dup_mmap') ? flush_tlb_mm_range(k, { mm: from }) : [],",
      ],
    ],
    found: { variant: 'fork-while-storing:mainline', what: 'stale-read', steps: 29 },
    tells: [
      'Frame 1 was copied from frame 0 at 21: the store of 22 is not in it.',
      'copied-before-flush fired at 21',
    ],
  },
  {
    says: 'a hole takes private copies along',
    file: 'kernel/paths/truncate.js',
    edits: [
      [
        "unmap_mapping_range(k, { slot, even_cows: false }), truncate_inode_pages_range(k, { slot }), step('ext4_ext_remove_space'",
        "unmap_mapping_range(k, { slot, even_cows: true }), truncate_inode_pages_range(k, { slot }), step('ext4_ext_remove_space'",
      ],
    ],
    found: { variant: 'private-copies-stay:hole', what: 'stale-read', steps: 80 },
    tells: ['What user stored at 30 left with frame 1 at 48, not written out'],
  },
  {
    says: 'a page to which a device refers is evicted',
    file: 'kernel/paths/invalidate.js',
    edits: [
      [
        'when(folio.refs.is(0).and(folio_mapped(k, l.folio.the()).not()), [',
        'when(folio_mapped(k, l.folio.the()).not(), [',
      ],
      [
        'folio.dirty.not().and(folio.refs.is(0)).and(folio_mapped',
        'folio.dirty.not().and(folio_mapped',
      ],
    ],
    found: { variant: 'evicted-in-use:mainline', what: 'lost-write', steps: 31 },
    tells: ['user freed frame 0 at 27: what user stored at 31 is lost.'],
  },
  {
    says: 'a frame that migration gives up gets its generation when it is free',
    file: 'kernel/designs/global-debt/migrate.js',
    edits: [
      [
        "[step('folio_put_ugen', k.tag(folio).set(l.ugen)), free_unref_folio(k, { folio })]",
        "[free_unref_folio(k, { folio }), step('folio_put_ugen', k.tag(folio).set(l.ugen))]",
      ],
    ],
    found: { variant: 'moved-and-taken:v11', what: 'leak', steps: 33 },
    tells: [
      'The debt of 16 (CPU 1) was unpaid when slab took frame 0 at 31.',
      'frame-reused-before-flush at 31',
    ],
  },
  {
    says: 'the second of two copies is not given back',
    file: 'kernel/paths/wp-fault.js',
    edits: [['l.lost, [free_unref_folio(k, { folio: l.page.the() })],', 'l.lost, [],']],
    found: { variant: 'frames-come-back:two-copies-mainline', what: 'deadlock', steps: 38 },
    tells: ['user waits at rmqueue after step 38'],
  },
  {
    says: 'tmpfs does not look at the size again under the folio lock',
    file: 'kernel/paths/filemap-fault.js',
    edits: [
      [
        "filemap_get_folio(k, { slot, out }), step('i_size_read under the folio lock', when(k.beyondEof(slot), [k.folio(out.the()).lock.clear(), sigbus.set(true)])), ]);",
        'filemap_get_folio(k, { slot, out }), ]);',
      ],
    ],
    found: { variant: 'cut-in-tmpfs:mainline', what: 'stale-permission', steps: 52 },
    tells: ['caller unmapped va at 7; reader, told at 51, still read frame 0 at 52.'],
  },
  {
    says: 'a flush of one address keeps what the CPU knows of the tables',
    file: 'kernel/paths/tlb-flush-x86.js',
    edits: [['walkCacheDrop(k, cpu, loaded),', '']],
    found: { variant: 'table-flushed-at-one-address:mainline', what: 'leak', steps: 15 },
    tells: [
      'CPU 1 walked page tables through frame 1 at 15; khugepaged freed frame 1 at 11.',
      'table-freed-before-flush fired at 15',
    ],
  },
  {
    says: 'v11 notes that it flushes as a flag, which the flush that is over first clears',
    file: 'kernel/designs/global-debt/flush.js',
    edits: [
      ['k.on_flushing.set(k.on_flushing.plus(1))', 'k.on_flushing.set(1)'],
      ['k.on_flushing.set(k.on_flushing.minus(1)),', 'k.on_flushing.set(0),'],
    ],
    found: { variant: 'debt-vs-two-flushes:v11', what: 'leak', steps: 68 },
    tells: [
      'check_flush_task_ugen() ran at 61-63 and flushed nothing.',
      'frame-reused-before-flush at 64',
    ],
  },
  {
    says: 'of two stamps in one takeoff of v12 the last one stays',
    file: 'kernel/designs/luf-v12/takeoff.js',
    edits: [
      [
        'when(task.luf_ugen.lt(debt.ugen), [task.luf_ugen.set(debt.ugen)]),',
        'task.luf_ugen.set(debt.ugen),',
      ],
    ],
    found: { variant: 'huge-from-debts:v12-newer-first', what: 'leak', steps: 98 },
    tells: ['At 68 khugepaged took the debt for paid; CPU 2 had not been flushed.'],
  },
  {
    says: 'a debt of a file keeps the stamp of the first entry that was emptied',
    file: 'kernel/designs/luf-v12/batch.js',
    edits: [
      [
        'return [into.cpus.add(k.mmCpumask(mm)), take, into.ugen.set(ugen)];',
        'return [into.cpus.add(k.mmCpumask(mm)), take, when(into.ugen.is(0), [into.ugen.set(ugen)])];',
      ],
    ],
    found: { variant: 'debt-of-a-file:v12', what: 'stale-read', steps: 47 },
    tells: ['writer wrote v1 at 41; reader, told at 46, read v0 at 47.'],
  },
];

const hook = resolve(import.meta.dirname, 'slip-hook.mjs');

function withSlip(
  { file, edits }: Pick<Slip, 'file' | 'edits'>,
  variant: string,
): ReturnType<typeof lufcheck> {
  const env = { SLIP: JSON.stringify({ file, edits }), NODE_OPTIONS: `--import=${hook}` };
  return lufcheck(['check', variant], { env });
}

describe('a slip is found, and its story names what happened', () => {
  test.concurrent.each(slips.map((slip) => [slip.says, slip] as const))('%s', async (_, slip) => {
    const { variant, what, steps } = slip.found;
    const { code, out } = await withSlip(slip, variant);
    expect(code).toBe(1);
    expect(out).toContain(`violated: ${what}`);
    expect(out).toContain(`${steps} steps, shortest`);
    for (const line of slip.tells) expect(out.replace(/\n\s+/g, ' ')).toContain(line);
  });
});

test('a text that is not there is no slip: it is said', async () => {
  const edits = [['no such text', '']] as const;
  const { code, err } = await withSlip(
    { file: 'kernel/paths/zap.js', edits },
    'nested-zap:immediate',
  );
  expect(code).not.toBe(0);
  expect(err).toContain('kernel/paths/zap.js has this 0 times: no such text');
});

test('with nothing changed, nothing is found', async () => {
  const edits = [['pending.lt(2).not()', 'pending.lt(2).not()']] as const;
  const same = await withSlip(
    { file: 'kernel/paths/mmu-gather.js', edits },
    'nested-zap:immediate',
  );
  expect(same.code).toBe(0);
});
