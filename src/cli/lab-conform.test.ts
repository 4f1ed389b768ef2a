import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { plainLook } from '../report/look.ts';
import type { Surroundings } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { conform } from './lab-conform.ts';
import { Progress } from './progress.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/traces/${name}`, import.meta.url));

function listening(): { io: Surroundings; out: string[]; notes: string[] } {
  const out: string[] = [];
  const notes: string[] = [];
  const io: Surroundings = {
    out: (line) => out.push(line),
    note: (line) => notes.push(line),
    progress: new Progress({ write: () => true }, false),
    look: plainLook,
    stop: new AbortController().signal,
  };
  return { io, out, notes };
}

test('what is asked for must be there', async () => {
  const { io } = listening();
  await expect(conform([], { json: false }, io)).rejects.toMatchObject({ code: 'LUF-E101' });
  await expect(conform(['a'], { design: 'x', json: false }, io)).rejects.toMatchObject({
    code: 'LUF-E103',
  });
});

test('a file that is none is said, and outweighs what the others say', async () => {
  const { io, out, notes } = listening();
  const files = [fixture('reclaim.dat'), fixture('README.md'), fixture('absent.dat')];
  expect(await conform(files, { json: true }, io)).toBe(exitCodes.usage);
  expect(notes.join('\n')).toMatch(/LUF-E202[\s\S]*LUF-E201/);
  const { schema, paths } = JSON.parse(out.join('\n')) as {
    schema: string;
    paths: { unmatched: number }[];
  };
  expect(schema).toBe('lufcheck.conform/1');
  expect(paths.length).toBeGreaterThan(2);
  expect(paths.every(({ unmatched }) => unmatched === 0)).toBe(true);
});
