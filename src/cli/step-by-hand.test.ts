import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { plainLook } from '../report/look.ts';
import { readLine } from './line.ts';
import { Progress } from './progress.ts';
import { stepByHand } from './step-by-hand.ts';

async function session(line: string, ...commands: string[]): Promise<string[]> {
  const out: string[] = [];
  const io = {
    out: (text: string) => void out.push(text),
    note: () => {},
    progress: new Progress(process.stderr, false),
    look: plainLook,
    stop: new AbortController().signal,
  };
  await stepByHand(await readLine(line), io, Readable.from(commands.map((one) => `${one}\n`)));
  return out;
}

test('every enabled step is shown; choosing, undoing, asking the way and going it', async () => {
  const out = await session('LUF-buddy:broken', '2', 'u', 'h slab overwrite', 'h leak', 'g', 'l');
  expect(out.slice(2, 8)).toEqual([
    'after 0 steps: 4 steps can be taken',
    '   1  CPU0 kswapd      shrink_folio_list > folio_trylock (slot 0, frame 0)',
    '   2  CPU1 reader      load > load: TLB: va -> frame 0 (v0); load va -> frame 0',
    '                       (v0)',
    '   3  CPU2 slab        alloc_pages > rmqueue (frame 1)',
    '   4  CPU1 hardware    TLB fill: TLB: va -> frame 0 (v0)',
  ]);
  expect(out).toContain('1 undone');
  expect(out).toContain("no step, violation or rule is called 'slab overwrite'");
  expect(out).toContain('21 steps from here (g goes them):');
  expect(out.at(-2)).toBe('after 21 steps: 0 steps can be taken  violated');
  expect(out.at(-1)).toMatch(/^LUF-buddy:broken [SHP]/);
});

test('begins where a schedule ends; what cannot be done is said and changes nothing', async () => {
  const out = await session(
    'LUF-buddy:broken H1S0-15',
    '99',
    'u x',
    'fly',
    's pte.frame',
    'q',
    '1',
  );
  expect(out[2]).toBe('after 17 steps: 4 steps can be taken');
  expect(out.slice(-4)).toEqual([
    'there is no step 99 here',
    'u x: no such number of steps',
    "'fly' is nothing that can be asked; ? lists what can",
    'pte.frame[0,0] = null',
  ]);
});

test('options in the line make the question that they made of check', async () => {
  const line = 'LUF-buddy:repaired --without prep_new_page H1S0-15S2=1--S1';
  const out = await session(line, 'l');
  expect(out.at(-1)).toBe(line);
  await expect(readLine('LUF-buddy H1')).rejects.toThrow('names 17 variants');
});
