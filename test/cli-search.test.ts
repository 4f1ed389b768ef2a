import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lufcheck } from './run-program.ts';

describe('the search can be told how', () => {
  // 104,534 states: large enough for generated code, and for threads to have something to do.
  const large = 'LUF-migrate-numa:luf-v12-repaired';
  test('one worker, two and three print the same', async () => {
    const args = ['check', large, '--json'];
    const [one, ...others] = await Promise.all(
      ['1', '2', '3'].map((workers) => lufcheck([...args, '--workers', workers])),
    );
    expect(one?.code).toBe(0);
    expect(one?.out).toMatch(/"states": \d{6},/);
    for (const other of others) expect(other).toEqual(one);
  });

  test('every store has the same states', async () => {
    const args = ['check', large, '--no-symmetry', '--store'];
    const all = await Promise.all(['folded', 'tree'].map((kind) => lufcheck([...args, kind])));
    expect(all[0]?.out).toContain(' holds ');
    expect(all[1]).toEqual(all[0]);
  });

  test('reductions say that they were used', async () => {
    const { out, code } = await lufcheck(['check', large, '--fusion', '--local-first']);
    expect(code).toBe(0);
    expect(out).toContain('holds');
    expect(out).toContain('reduced by: fusion, local first');
  });

  test('TLBs as what they may hold: for any number of workers the same, with concrete fills', async () => {
    const args = ['check', large, '--tlb=may', '--json', '--workers'];
    const all = await Promise.all(['1', '2'].map((workers) => lufcheck([...args, workers])));
    expect(all[1]).toEqual(all[0]);
    expect(all[0]?.out).toContain('"reduced": "may-hold TLBs"');
    expect(all[0]?.out).toContain('"verdict": "holds"');
    const [may, explicit] = await Promise.all(
      ['may', 'explicit'].map((form) => lufcheck(['check', 'LUF-write2:broken', `--tlb=${form}`])),
    );
    expect(may?.code).toBe(0);
    expect(may?.out).toContain('steps, shortest');
    const story = (out = ''): string => out.slice(out.indexOf('CPU0'));
    expect(story(may?.out)).toBe(story(explicit?.out));
  });

  test('where TLBs cannot be had so it says why', async () => {
    const { code, out } = await lufcheck(['check', 'LUF-collapse', '--tlb=may']);
    expect(code).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toContain(
      'explicit TLBs: TLB fills cannot be hidden in this model: what becomes of huge entries',
    );
  });

  test('a bound on memory, with what may be left', async () => {
    const { code, out } = await lufcheck(['check', large, '--max-bytes', '2000000']);
    expect(code).toBe(3);
    expect(out).toMatch(/stopped: .*bytes; nothing wrong up to there/i);
    expect(out).toContain('left: ');
    expect(out).not.toContain('holds');
  });
});

describe('check --random', () => {
  test('what is found is told, and that it came by chance', async () => {
    const args = ['check', 'LUF-buddy:broken', '--random', '2000'];
    const { code, out, err } = await lufcheck(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('violated: leak');
    expect(out).toContain('found at random, perhaps');
    expect(out).not.toContain('shortest ·');
    expect(out).toMatch(/run [\d,]+, seed 1\n/);
    expect(out).toContain("replay 'LUF-buddy:broken ");
    expect((await lufcheck(args)).out).toBe(out);
    expect((await lufcheck([...args, '--seed', '2'])).out).not.toBe(out);
  });
  test('what is not found is not there for all we know: exit 3, and never "holds"', async () => {
    const { code, out } = await lufcheck(['check', 'LUF-munmap:repaired', '--random', '120']);
    expect(code).toBe(3);
    expect(out).toContain('nothing found');
    expect(out).toContain('this does not show that it holds');
    expect(out).not.toMatch(/ holds {2}/);
    const json = await lufcheck(['check', 'LUF-munmap:repaired', '--random', '9', '--json']);
    expect(json.code).toBe(3);
    const { schema, scenarios: all } = JSON.parse(json.out) as {
      schema: string;
      scenarios: Record<string, unknown>[];
    };
    expect(schema).toBe('lufcheck.sample/1');
    const threads = 3;
    expect(all[0]).toMatchObject({
      verdict: 'nothing found',
      runs: 9,
      guarantee: { actors: threads, orderings: 3, perRun: 1 / (threads * 200 ** 2) },
    });
  });
});

describe('certificates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lufcheck-'));
  const file = join(folder, 'a.cert');
  test('of what holds, verified; whatever found it', async () => {
    const args = ['check', 'LUF-munmap:repaired', '--certificate'];
    const { code, err } = await lufcheck([...args, file]);
    expect({ code, err }).toEqual({ code: 0, err: `certificate: ${file}, 2,133 states\n` });
    const other = join(folder, 'b.cert');
    await lufcheck([...args, other, '--fusion', '--local-first']);
    expect(readFileSync(other).equals(readFileSync(file))).toBe(true);
    await lufcheck([...args, other, '--tlb=may']);
    expect(readFileSync(other).equals(readFileSync(file))).toBe(true);
    const { code: verified, out } = await lufcheck(['verify', file]);
    expect(verified).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toContain('LUF-munmap:repaired (luf-v11) holds within 3 CPUs');
  });
  test('of another design', async () => {
    const mine = join(folder, 'c.cert');
    const args = ['check', 'LUF-munmap:repaired', '--design', 'mainline', '--certificate', mine];
    expect((await lufcheck(args)).code).toBe(0);
    expect((await lufcheck(['verify', mine])).out).toContain('LUF-munmap:repaired (mainline)');
    const { code, err } = await lufcheck(['verify', mine, 'LUF-munmap:repaired']);
    expect(code).toBe(2);
    expect(err).toMatch(/^LUF-E106 /);
  });
  test('of nothing else', async () => {
    const args = ['check', 'LUF-buddy:broken', '--certificate', join(folder, 'd.cert')];
    const { code, err } = await lufcheck(args);
    expect(code).toBe(2);
    expect(err).toMatch(/^LUF-E105 LUF-buddy:broken: it is violated/);
    expect(existsSync(join(folder, 'd.cert'))).toBe(false);
  });
  test('damaged, or of another variant', async () => {
    const bytes = readFileSync(file);
    const bad = join(folder, 'bad.cert');
    writeFileSync(bad, bytes.subarray(0, bytes.length - 44));
    expect(await lufcheck(['verify', bad])).toMatchObject({ code: 2, out: '' });
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 40_001] = (flipped[bytes.length - 40_001] as number) ^ 4;
    writeFileSync(bad, flipped);
    expect((await lufcheck(['verify', bad])).err).toMatch(/^LUF-E\d+ /);
    expect((await lufcheck(['verify', file, 'LUF-buddy:repaired'])).err).toMatch(/^LUF-E106 /);
  });
});
