import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Problem } from '../base/problem.ts';
import { designs } from '../kernel/designs/all.ts';
import { type Boot, type LabRunWish, runLab, together } from './lab-run.ts';

const folder = await mkdtemp(join(tmpdir(), 'lab-run-'));
afterAll(() => rm(folder, { recursive: true }));
const design = designs.find(({ id }) => id === 'luf-v12') ?? expect.fail('luf-v12');

/** What is wrong is to be said before anything is booted: there is nothing here that could be. */
async function refusal(wish: Partial<LabRunWish>): Promise<Problem> {
  const nothing = { release: '0', programs: [], unseen: [] } as unknown as LabRunWish['guest'];
  const error = await runLab({
    guest: nothing,
    lab: folder,
    design: { ...design, accounting: 12 },
    only: [],
    programs: ['write'],
    unseen: [],
    rounds: 1,
    records: false,
    extra: false,
    cpus: 2,
    seconds: 1,
    path: '',
    version: '0',
    model: [],
    stop: new AbortController().signal,
    say: () => {},
    ...wish,
  }).catch((one: unknown) => one);
  if (error instanceof Problem) return error;
  throw new Error(`no Problem: ${error}`);
}

test('a place where nothing can be saved is refused before the guest boots, and not littered', async () => {
  expect((await refusal({ into: folder })).code).toBe('LUF-E201');
  const nowhere = await refusal({ into: join(folder, 'not-there', 'run.json') });
  expect(nowhere.message).toBe('cannot read, or write, the run (ENOENT)');
  expect(await readdir(folder)).toEqual([]);
});

test('a file that is no run is not carried on', async () => {
  const file = join(folder, 'other.json');
  await writeFile(file, '{"schema":"x"}');
  expect((await refusal({ into: file })).code).toBe('LUF-E202');
});

test('what was asked for by name and would not be tried is refused', async () => {
  const lacking = await refusal({ only: ['do_wp_page'] });
  expect(lacking.code).toBe('LUF-E104');
  expect(lacking.message).toBe('nothing to try: luf-v12 is without do_wp_page');
  expect((await refusal({ only: ['filemap_add_folio'] })).code).toBe('LUF-E104');
});

const boot: Boot = {
  accel: 'tcg',
  release: '6.1',
  experiments: [],
  recordings: {},
  warnings: [],
  failures: [],
  unloaded: true,
  boots: 1,
};

test('a guest that was stopped says nothing about unloading once another came to its end', () => {
  const stopped = { ...boot, unloaded: false, stopped: 1 };
  expect(together([stopped])).toMatchObject({ unloaded: false, boots: 1, stopped: 1 });
  expect(together([stopped, boot])).toMatchObject({ unloaded: true, boots: 2, stopped: 1 });
  expect(together([boot, { ...boot, unloaded: false }])).toMatchObject({ unloaded: false });
  const both = together([boot, stopped]);
  expect(together([both, { ...boot, unloaded: false }]).unloaded).toBe(false);
  expect('stopped' in together([boot, boot])).toBe(false);
});
