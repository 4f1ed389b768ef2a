import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../base/problem.ts';
import { Btf } from './btf.ts';
import { BtfWriter, sampleKernel } from './testing/btf-writer.ts';

const kernel = new Btf(sampleKernel(false), 'btf');

describe('what BTF says', () => {
  test('functions have parameters, in order', () => {
    expect(kernel.parametersOf('ptep_clear_flush')?.map(({ name }) => name)).toEqual([
      'vma',
      'address',
      'ptep',
    ]);
    expect(kernel.parametersOf('no_such_function')).toBeUndefined();
  });

  test('members are found in anonymous structures too', () => {
    expect(kernel.member(kernel.structure('mm_struct'), 'cpu_bitmap')?.offset).toBe(1096);
    expect(kernel.member(kernel.structure('mm_struct'), 'tlb_flush_batched')?.offset).toBe(984);
    expect(kernel.member(kernel.structure('mm_struct'), 'no_such_member')).toBeUndefined();
  });

  test('a bit field is there, but has no offset in bytes', () => {
    const named = new Btf(sampleKernel(true), 'btf');
    const gather = named.structure('mmu_gather');
    expect(named.hasMember(gather, 'delayed_rmap')).toBe(true);
    expect(named.member(gather, 'delayed_rmap')).toBeUndefined();
    expect(kernel.hasMember(kernel.structure('mmu_gather'), 'delayed_rmap')).toBe(false);
  });

  test('a structure that contains itself ends nothing but the search', () => {
    const w = new BtfWriter();
    w.structure('loop', [{ name: '', type: 1, bits: 0 }]);
    const btf = new Btf(w.bytes(), 'btf');
    expect(btf.member(btf.structure('loop'), 'x')).toBeUndefined();
  });
});

describe('bad input', () => {
  const whole = sampleKernel(true);

  test.each([
    ['nothing', new Uint8Array(0), 'LUF-E202'],
    ['text', new TextEncoder().encode('hello, I am no BTF at all'), 'LUF-E202'],
    ['an ELF file without BTF', elf(), 'LUF-E202'],
    ['cut', whole.subarray(0, whole.length - 40), 'LUF-E203'],
  ])('%s', (_, bytes, code) => {
    expect(() => new Btf(bytes, 'file')).toThrow(expect.objectContaining({ code, where: 'file' }));
  });

  test('any damage ends in a Problem or in answers, soon', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const bytes = whole.slice();
          for (const [at, byte] of changes) bytes[at] = byte;
          try {
            const btf = new Btf(bytes, 'file');
            for (const name of ['flush_tlb_func', 'ptep_clear_flush']) btf.parametersOf(name);
            btf.member(btf.structure('mm_struct'), 'nowhere');
          } catch (error) {
            expect(error).toBeInstanceOf(Problem);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function elf(): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  return bytes;
}
