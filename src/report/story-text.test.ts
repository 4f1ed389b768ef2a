import { describe, expect, test } from 'vitest';
import { width } from '../base/text.ts';
import { storyOf } from '../explain/story.ts';
import { violationsByRemoval, violationsOfCatalogue } from '../explain/testing/violations.ts';
import { plainLook } from './look.ts';
import { MOST_LINES, storyText } from './story-text.ts';

const catalogue = violationsOfCatalogue();
const stories = [...catalogue, ...violationsByRemoval()].map(({ name, verdict, violation }) => ({
  name,
  story: storyOf(verdict, violation),
}));

describe.each([80, 100, 120, 200])('at %i columns', (columns) => {
  test('every story fits: lines, columns, and nothing a sentence needs is left out', () => {
    for (const { name, story } of stories) {
      const lines = storyText(story, { ...plainLook, columns, pages: 'serve' });
      expect(lines.length, name).toBeLessThanOrEqual(MOST_LINES);
      for (const line of lines) {
        // What is to be copied stays on one line.
        if (!/^(Replay|Page)/.test(line)) {
          expect(width(line), `${name}: ${line}`).toBeLessThanOrEqual(columns);
        }
        expect(line, name).not.toMatch(/\s$|undefined|NaN/);
      }
      const numbers = lines.flatMap((line) => /^ *(\d+)(?:-(\d+))? /.exec(line) ?? []);
      for (const row of story.rows.filter((one) => one.weight === 3)) {
        expect(numbers, `${name}: row ${row.from}`).toContain(`${row.from}`);
      }
    }
  });
});

test('where there are pages, the same line opens one', () => {
  const found = catalogue.find((one) => one.name === 'LUF-buddy:broken');
  if (found === undefined) throw new Error('gone');
  const story = storyOf(found.verdict, found.violation);
  const text = storyText(story, { ...plainLook, pages: 'serve' });
  expect(text.at(-1)).toBe(`Page     lufcheck serve '${story.line}'`);
  expect(storyText(story, plainLook)).toEqual(text.slice(0, -1));
});

test('colour adds nothing but colour', () => {
  const [first] = catalogue;
  if (first === undefined) return;
  const story = storyOf(first.verdict, first.violation);
  const loud = (text: string): string => `<${text}>`;
  const paint = { bold: loud, dim: loud, bad: loud, good: loud, warn: loud };
  const dyed = storyText(story, { ...plainLook, paint }).map((line) => line.replace(/[<>]/g, ''));
  const bare = storyText(story, plainLook).map((line) => line.replace(/[<>]/g, ''));
  expect(dyed).toEqual(bare);
});

test('the story of the first hazard, whole', () => {
  const found = catalogue.find((one) => one.name === 'LUF-write2:broken');
  expect(found).toBeDefined();
  if (found === undefined) return;
  const text = storyText(storyOf(found.verdict, found.violation), plainLook).join('\n');
  expect(text).toMatchInlineSnapshot(`
    "VIOLATED  stale read after write(2)
    LUF-write2:broken · luf-v11 -file_end_write +__remove_mapping
    3 CPUs, 1 mm, 1 va, 2 frames, 1 file page · 27 steps, shortest · 539 states

             CPU0 kswapd     CPU1 reader     CPU2 writer
        1                    TLB: va -> frame 0 (v0)
        5    ptl[ clear pte(va) ]
       11    debt: CPU 1
       12    cache drops frame 0
    16-17                                    check_flush_task_ugen() flushes nothing
    18-20                                    new frame 1 into cache, reads v0
       21                                    write v1 to frame 1
    24-25 !                                  write() returns; tell reader
       26                    told by writer: v1
       27                    load va -> frame 0 (v0)  ✗

    CPU 1 cached va at step 1; kswapd emptied its pte at 5; no flush followed.
    The debt of 11 (CPU 1) was unpaid when write() returned at 24.
    writer wrote v1 at 21; reader, told at 26, read v0 at 27.

    Repair   file_end_write: write(2) pays before it returns (LUF v11); see
             LUF-write2:repaired
    Rules    6 recommended: content-promised-before-flush at 24 (5 never tested)
    Replay   lufcheck replay 'LUF-write2:broken H1S0-10P2-12S1-'"
  `);
});
