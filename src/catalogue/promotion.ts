import { immediate } from '../kernel/designs/immediate.ts';
import { tell } from '../kernel/paths/message.ts';
import { pmap_promote_pde, pmap_remove_pde, type RemoveHow } from '../kernel/paths/pmap.ts';
import { load, store } from '../kernel/paths/user.ts';
import type { ThreadSetup } from '../kernel/scenario.ts';
import { reaches } from '../kernel/witness.ts';
import { no } from '../lang/expr.ts';
import { withoutLuf } from './designs.ts';
import { hugeWorld, mm, reader, smallPages } from './huge-pages.ts';
import { keeper } from './migrate-writable.ts';
import { place, thread } from './places.ts';
import type { Scenario } from './scenario.ts';
import { flushedAfterwards } from './witnesses.ts';

const remover = (how?: RemoveHow): ThreadSetup =>
  thread('remover', 0, (k) => [
    pmap_promote_pde(k, { mm }),
    pmap_remove_pde(k, { mm }, how),
    tell(k, k.thread('reader')),
  ]);

export const promotion: Scenario = {
  id: 'freebsd-r312954',
  title: 'a superpage is unmapped, and small entries from before its promotion stay',
  provenance: {
    source: 'FreeBSD r312954, 2017: pmap_invalidate_pde_page() and PG_PROMOTED',
    where: 'sys/amd64/amd64/pmap.c',
  },
  says: 'Small pages that lie side by side are mapped as a superpage in place; CPUs keep the small translations, which are still right. munmap(2) of the superpage invalidates one address.',
  world: { ...hugeWorld, frames: 2 },
  setup: {
    vmas: smallPages('writable and dirty', 'writable and dirty'),
    cached: [],
    loaded: [null, 0],
    huge: { frames: [0, 1] },
  },
  threads: [remover(), reader('remover', 1)],
  reaches: [flushedAfterwards],
  variants: [
    {
      id: 'broken',
      says: 'one invalidation for the superpage',
      design: { design: immediate },
      threads: [remover({ flush: 'huge' }), reader('remover', 1)],
      expect: 'stale-permission',
    },
    {
      id: 'repaired',
      says: 'every page of a promoted range is invalidated',
      design: { design: immediate },
      expect: 'holds',
    },
  ],
};

export const promotionLegit: Scenario = {
  id: 'promoted-in-place',
  title: 'a CPU stores and loads by small and huge entries of the same page',
  provenance: {
    source: 'a correct kernel: reporting this would be a false alarm',
    where: 'FreeBSD, sys/amd64/amd64/pmap.c, pmap_promote_pde',
  },
  says: 'Small pages are promoted in place while threads use them. A TLB may hold small entries and a huge one for the same addresses; they lead to the same frames.',
  world: { ...hugeWorld, frames: 2, cpus: 3 },
  setup: {
    vmas: smallPages('writable and dirty', 'writable and dirty'),
    cached: [],
    loaded: [null, 0, 0],
    huge: { frames: [0, 1] },
  },
  threads: [
    thread('promoter', 0, (k) => [pmap_promote_pde(k, { mm })]),
    keeper,
    thread('reader', 2, (k, cpu) => [
      load(k, { cpu, ...place(0, 0) }),
      load(k, { cpu, ...place(0, 0) }),
    ]),
  ],
  reaches: [
    reaches('tlb.use', 'an access by a small entry after the promotion', (e, k) =>
      k.huge === undefined
        ? no
        : k.huge.pmd(e.mm).huge.and(k.tlb(e.cpu, e.mm, e.va).frame.is(e.frame)),
    ),
  ],
  variants: withoutLuf,
};

export const promotionMixed: Scenario = {
  id: 'promotion-mixed',
  title: 'small pages with different rights lie side by side, and one is stored to',
  provenance: {
    source: 'pmap_promote_pde: PG_PTE_PROMOTE, all entries must agree',
    where:
      'sys/amd64/amd64/pmap.c; found by hand: a promotion that did not compare rights went unseen',
  },
  says: 'One of two small pages must not be stored to. A superpage has one set of rights: if they became one, the store would go through.',
  world: { ...hugeWorld, frames: 2 },
  setup: {
    vmas: smallPages('writable and dirty', 'read-only').map((one) => ({
      ...one,
      writable: one.va === 0,
    })),
    cached: [],
    loaded: [null, 0],
    huge: { frames: [0, 1] },
  },
  threads: [
    thread('promoter', 0, (k) => [pmap_promote_pde(k, { mm })]),
    thread('user', 1, (k, cpu) => [
      store(k, { cpu, ...place(0, 1) }),
      load(k, { cpu, ...place(0, 1) }),
    ]),
  ],
  reaches: [reaches('tlb.use', 'the page is read', (e) => e.store.not())],
  variants: [{ id: 'immediate', says: 'as it is', design: { design: immediate }, expect: 'holds' }],
};
