import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { Btf } from '../trace/btf/btf.ts';
import { sampleKernel } from '../trace/btf/testing/btf-writer.ts';
import { fetchArg } from './fetch-arg.ts';
import { planRecording } from './plan.ts';
import { recordProfiles } from './probe-texts.ts';
import { recorderScript } from './script.ts';

const old = new Btf(sampleKernel(false), 'old');
const named = new Btf(sampleKernel(true), 'new');
const [full, , flushes] = recordProfiles as [
  (typeof recordProfiles)[number],
  unknown,
  (typeof recordProfiles)[number],
];
const every = [
  'frame-reused-before-flush',
  'pte-rewritten-before-flush',
  'slot-refilled-before-flush',
  'address-changed-before-flush',
];

describe('fetch arguments', () => {
  test.each([
    ['ptep_clear_flush', 'vma->vm_mm', '+16($arg1):x64', 'vma->vm_mm:x64'],
    [
      'ptep_clear_flush',
      'vma->vm_mm->cpu_bitmap[0]',
      '+1096(+16($arg1)):x64',
      '+1096(vma->vm_mm):x64',
    ],
    ['arch_tlbbatch_flush', 'batch->cpumask->bits[0]', '+0($arg1):x64', '+0(batch):x64'],
    ['flush_tlb_func', 'info:flush_tlb_info->end', '+16($arg1):x64', '+16($arg1):x64'],
    ['switch_mm_irqs_off', '$1', '$arg1:x64', '$arg1:x64'],
    [
      'flush_tlb_batched_pending',
      'mm->tlb_flush_batched->counter u32',
      '+984($arg1):u32',
      'mm->tlb_flush_batched.counter:u32',
    ],
  ])('%s %s', (func, field, offsets, names) => {
    expect(fetchArg(old, func, field, 'offsets')).toEqual({ text: offsets });
    expect(fetchArg(named, func, field, 'names')).toEqual({ text: names });
  });

  test('what the kernel does not have is said', () => {
    expect(fetchArg(old, 'ptep_clear_flush', 'vma->vm_color', 'offsets')).toEqual({
      lacks: 'struct vm_area_struct has no member vm_color',
    });
    expect(fetchArg(old, 'ptep_clear_flush', 'color', 'offsets')).toEqual({
      lacks: 'ptep_clear_flush has no parameter color',
    });
  });
});

describe('plans', () => {
  test('a kernel that takes names gets names, another one offsets', () => {
    expect(planRecording(old, full).style).toBe('offsets');
    expect(planRecording(named, full).style).toBe('names');
  });

  test('each kernel is probed where it has the function', () => {
    const at = (btf: Btf): string | undefined =>
      planRecording(btf, full).probes.find(({ event }) => event === 'rmap_del')?.function;
    expect(at(old)).toBe('page_remove_rmap');
    expect(at(named)).toBe('folio_remove_rmap_ptes');
  });

  test('a probe knows the rules that lose by it, and what is missing is said', () => {
    const plan = planRecording(old, full);
    expect(plan.judged).toEqual(every);
    const rulesOf = (event: string) => plan.probes.find((one) => one.event === event)?.rules;
    expect(rulesOf('rmap_del')).toEqual(every);
    expect(rulesOf('unmap_one')).toEqual([]);
    expect(plan.tracepoints.find(({ name }) => name === 'kmem/mm_page_alloc')?.rules).toContain(
      'frame-reused-before-flush',
    );
    expect(plan.missing.map(({ event }) => event)).toContain('rmap_add_new_anon');
    expect(plan.missing.map(({ event }) => event)).not.toContain('flush_rmaps');
  });

  test('a small profile judges nothing, and says so', () => {
    expect(planRecording(old, flushes).judged).toEqual([]);
  });
});

describe('the script', () => {
  const script = recorderScript(planRecording(old, full), {
    checksum: 'abc',
    version: '1.2.3',
    profile: 'full',
    bufferKb: 1024,
  });

  test('is a shell script', () => {
    expect(() => execFileSync('/bin/sh', ['-n'], { input: script })).not.toThrow();
    expect(() =>
      execFileSync('/bin/sh', ['-n'], { input: `${script}\nfi`, stdio: 'pipe' }),
    ).toThrow();
  });

  test('has every probe and refuses another kernel', () => {
    expect(script).toContain(
      '|p:luf/clear_flush ptep_clear_flush mm=+16($arg1):x64 addr=$arg2:x64',
    );
    expect(script).toContain("BTF_SHA256='abc'");
    expect(script).toContain('# Not recorded: rmap_add_new_anon (the kernel has no ');
  });

  test('refuses what it does not understand before it touches anything', () => {
    const run = (...args: string[]): string => {
      try {
        execFileSync('/bin/sh', ['-s', '--', ...args], { input: script, stdio: 'pipe' });
        return '';
      } catch (error) {
        return String((error as { stderr: Buffer }).stderr);
      }
    };
    expect(run('--nonsense')).toContain('Usage: sh SCRIPT');
    expect(run('-b', 'many')).toContain('-b many is no number of kilobytes');
  });
});
