import { expect, test } from 'vitest';
import { Btf } from '../trace/btf/btf.ts';
import { sampleKernel } from '../trace/btf/testing/btf-writer.ts';
import { bracketProbes, conformProfile } from './bracket-probes.ts';
import { planRecording } from './plan.ts';
import { flushProbes } from './probe-texts.ts';

test('a function gets what is missing of entry and return', () => {
  const events = (name: string) => bracketProbes([name], flushProbes).map(({ event }) => event);
  expect(events('shrink_folio_list')).toEqual(['in_shrink_folio_list', 'out_shrink_folio_list']);
  expect(events('arch_tlbbatch_flush')).toEqual([]);
  expect(events('flush_tlb_batched_pending')).toEqual(['batch_pending_ret']);
});

test('a path that is no function of the kernel is left out without a word', () => {
  const btf = new Btf(sampleKernel(false), 'old');
  const plan = planRecording(btf, conformProfile(['munmap', 'flush_tlb_batched_pending']));
  expect(plan.probes.map(({ line }) => line)).toContain(
    'r128:luf/batch_pending_ret flush_tlb_batched_pending',
  );
  expect(plan.probes.filter(({ event }) => event.includes('munmap'))).toEqual([]);
  expect(plan.missing.filter(({ event }) => event.includes('munmap'))).toEqual([]);
});
