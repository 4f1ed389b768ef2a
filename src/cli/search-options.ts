// How a variant is searched, as options: what every command that explores can offer, and what they
// mean.

import { Problem } from '../base/problem.ts';
import type { StoreKind } from '../explore/plan.ts';
import type { TlbForm } from '../kernel/tlb-form.ts';
import type { ValuesOf } from './options.ts';
import type { SearchWish } from './search-wish.ts';

const tlbForms = ['explicit', 'may'] as const;
const stores = ['auto', 'plain', 'folded', 'tree'] as const;

export const searchOptions = {
  workers: {
    type: 'count',
    value: 'N',
    page: 'search',
    says: 'threads inside of one search (1); the answer is the same for any number',
  },
  store: {
    type: 'text',
    value: 'KIND',
    page: 'search',
    says: `how states are kept, all exactly: ${stores.join(', ')} (the smallest)`,
  },
  symmetry: {
    type: 'switch',
    page: 'search',
    says: 'one state for all that differ by names (CPUs, frames, ...)',
  },
  fusion: {
    type: 'switch',
    page: 'search',
    says: 'sections under locks as one step; hardware at the last moment',
  },
  'local-first': {
    type: 'switch',
    page: 'search',
    says: 'steps that concern nobody else are taken first',
  },
  tlb: {
    type: 'text',
    value: 'FORM',
    page: 'search',
    says: 'TLBs with each fill as a step (explicit), or as what they may hold (may)',
  },
  'max-states': {
    type: 'count',
    value: 'N',
    page: 'search',
    says: 'stop a variant after N states (20 million)',
  },
  'max-depth': {
    type: 'count',
    value: 'N',
    page: 'search',
    says: 'stop a variant after N steps in a row',
  },
  'max-seconds': {
    type: 'seconds',
    value: 'S',
    page: 'search',
    says: 'stop a variant after S seconds (600)',
  },
  'max-bytes': {
    type: 'count',
    value: 'N',
    page: 'search',
    says: 'stop a variant when its states take N bytes (4 GiB)',
  },
} as const;

/** For commands that put many questions. */
export const jobsOption = {
  jobs: {
    type: 'count',
    value: 'N',
    page: 'search',
    says: 'variants or cells judged at a time (cores divided by --workers)',
  },
} as const;

/** @throws Problem LUF-E103 for more than is sensible. */
export function jobsWish(jobs: number | undefined, where: string): number | undefined {
  if (jobs !== undefined) refuseMore('jobs', jobs, where);
  return jobs;
}

/** @throws Problem LUF-E103 for a store or a form of the TLB that there is none of. */
export function searchWish(values: ValuesOf<typeof searchOptions>, where: string): SearchWish {
  const bounds = {
    maxStates: values['max-states'],
    maxDepth: values['max-depth'],
    maxSeconds: values['max-seconds'],
    maxBytes: values['max-bytes'],
  };
  const { workers = 1, store = 'auto' } = values;
  refuseMore('workers', workers, where);
  return {
    bounds: Object.fromEntries(Object.entries(bounds).filter(([, n]) => n !== undefined)),
    workers,
    store: storeNamed(store, where),
    tlb: values.tlb === undefined ? undefined : tlbFormNamed(values.tlb, where),
    switches: {
      symmetry: values.symmetry,
      fusion: values.fusion,
      localFirst: values['local-first'],
    },
  };
}

const MOST_THREADS = 64;

function refuseMore(option: string, threads: number, where: string): void {
  if (threads <= MOST_THREADS) return;
  throw new Problem('LUF-E103', `--${option} ${threads} is more than ${MOST_THREADS}`, {
    where,
    hint: 'as many as there are cores is best',
  });
}

function storeNamed(name: string, where: string): StoreKind | 'auto' {
  const found = stores.find((one) => one === name);
  if (found !== undefined) return found;
  throw new Problem('LUF-E103', `--store ${name} is not a way to keep states`, {
    where,
    hint: `one of ${stores.join(', ')}`,
  });
}

function tlbFormNamed(name: string, where: string): TlbForm {
  const found = tlbForms.find((one) => one === name);
  if (found !== undefined) return found;
  throw new Problem('LUF-E103', `--tlb ${name} is not a form that TLBs can have`, {
    where,
    hint: `one of ${tlbForms.join(', ')}`,
  });
}
