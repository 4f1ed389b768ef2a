import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kernelWarnings, readResults } from './guest-output.ts';

const sample = `kernel 6.1.0-56-cloud-amd64
experiment all-on
litmus name=write rounds=5 tried=5 reached=5 wrong=1 stale=7 foreign=2 faults=0 reads=1000
litmus-failed what=mmap errno=12
recorded all-on.dat
seconds 36.42 50.33
interrupts 1352 1586
counter deferred 152
point prep_new_page prep_new_page luf_takeoff on 152 3
point move_ptes flush_tlb_batched_pending@move_ptes absent 0 0
end all-on
unloaded
done
`;

test('what a guest writes is read', () => {
  expect(readResults(sample)).toEqual({
    release: '6.1.0-56-cloud-amd64',
    experiments: [
      {
        id: 'all-on',
        complete: true,
        litmus: [
          {
            name: 'write',
            rounds: 5,
            tried: 5,
            reached: 5,
            wrong: 1,
            stale: 7,
            foreign: 2,
            faults: 0,
            reads: 1000,
          },
        ],
        failures: ['litmus-failed what=mmap errno=12'],
        counters: { deferred: 152 },
        points: {
          prep_new_page: { state: 'on', reached: 152, flushed: 3 },
          move_ptes: { state: 'absent', reached: 0, flushed: 0 },
        },
        recording: 'all-on.dat',
        seconds: 13.91,
        interrupts: 234,
      },
    ],
    failures: [],
    unloaded: true,
    complete: true,
  });
});

describe('a guest is not believed', () => {
  test('one that stops in the middle has not come to its end', () => {
    const { complete, unloaded, experiments } = readResults(sample.slice(0, 200));
    expect([complete, unloaded, experiments[0]?.complete]).toEqual([false, false, false]);
  });
  test('a count that is none is left out, with its line', () => {
    const text = sample.replace('wrong=1', 'wrong=-1').replace('deferred 152', 'deferred 1e9');
    const [one] = readResults(text).experiments;
    expect(one?.litmus).toEqual([]);
    expect(one?.counters).toEqual({});
  });
  test('a recording outside its folder is none', () => {
    const text = sample.replace('recorded all-on.dat', 'recorded ../../etc/x.dat');
    expect(readResults(text).experiments[0]).not.toHaveProperty('recording');
  });
  test('a counter cannot be named like what every object has', () => {
    const [one] = readResults(
      'experiment a\ncounter __proto__ 7\ncounter constructor 8\n',
    ).experiments;
    expect(Object.entries(one?.counters ?? {})).toEqual([
      ['__proto__', 7],
      ['constructor', 8],
    ]);
    expect(({} as Record<string, unknown>).deferred).toBeUndefined();
  });
  test('interrupts that run backwards are no number', () => {
    const text = sample.replace('interrupts 1352 1586', 'interrupts 1586 1352');
    expect(readResults(text).experiments[0]).not.toHaveProperty('interrupts');
  });
  test('any text is read to its end', () => {
    const words = [
      'experiment a',
      'litmus',
      'name=x',
      'point',
      'on',
      'end a',
      'done',
      '\n',
      '=',
      '-1',
    ];
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...words), fc.string())), (parts) => {
        const { experiments } = readResults(parts.join(' '));
        for (const { litmus } of experiments) {
          for (const one of litmus) expect(one.wrong).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

test('the kernel is heard when it complains, and only then', () => {
  const lines = [
    '[    0.6] PCI: if necessary, use "pci=nocrs" and report a bug',
    '[    4.2] luf: loading out-of-tree module taints kernel.',
    '[    9.0] WARNING: CPU: 1 PID: 7 at mm/page_alloc.c:1 x',
    '[    9.1] BUG: unable to handle page fault for address: 0',
  ];
  expect(kernelWarnings(lines.join('\n'))).toEqual(lines.slice(2));
});
