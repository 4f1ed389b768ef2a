import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootGuest, saidOn } from './boot-guest.ts';

test('a folder with something in it is left as it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lufcheck-lab-'));
  await writeFile(join(folder, 'mine'), '');
  const guest = {
    schema: 'lufcheck.lab-guest/2',
    release: '6.1',
    kernel: '/none',
    initrd: '/none',
    btf: '/none',
    programs: [],
    unseen: [],
    sources: '',
  } as const;
  const wish = {
    plan: '',
    tools: new Map<string, string>(),
    cpus: 2,
    megabytes: 512,
    seconds: 1,
    stop: new AbortController().signal,
    onLine: () => {},
  };
  await expect(bootGuest(guest, folder, wish)).rejects.toThrow('not empty');
  expect(await readdir(folder)).toEqual(['mine']);
  await rm(folder, { recursive: true });
});

test('what the guest says is heard through what its firmware writes, and nothing else is', () => {
  const esc = String.fromCharCode(27);
  const text = `${esc}c${esc}[?7l${esc}[2Jlab: kernel 6.1\r\n[ 3.1] slab: cache\nlab: done\n`;
  expect(saidOn(text)).toBe('kernel 6.1\ndone');
});
