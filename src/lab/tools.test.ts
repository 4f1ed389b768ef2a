import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Problem } from '../base/problem.ts';
import { labFolder } from './folders.ts';
import { qemuArgs } from './qemu.ts';
import { mustRun, run } from './shell.ts';
import { bootTools, buildTools, fetchTools, isStatic, requireTools, whereIs } from './tools.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lufcheck-lab-'));
  await writeFile(join(folder, 'there'), '#!/bin/sh\n');
  await chmod(join(folder, 'there'), 0o755);
  await writeFile(join(folder, 'text'), 'no program');
});
afterAll(() => rm(folder, { recursive: true }));

const tool = (command: string, name: string) => ({ command, package: name });

test('a program that is there is found, a file that is none is not', async () => {
  expect(await whereIs('there', folder)).toBe(join(folder, 'there'));
  expect(await whereIs('text', folder)).toBeUndefined();
});

test('what is missing is named with one line for apt, each package once', async () => {
  const wanted = [
    tool('there', 'a'),
    tool('gone-z', 'z'),
    tool('gone-b', 'b'),
    tool('gone-2', 'b'),
  ];
  const problem: unknown = await requireTools(folder, wanted).catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(Problem);
  expect((problem as Problem).render()).toBe(
    'LUF-E201 lufcheck lab: missing: gone-z, gone-b, gone-2\n  hint: apt-get install --no-install-recommends b z',
  );
  expect((await requireTools(folder, wanted.slice(0, 1))).get('there')).toBe(join(folder, 'there'));
});

test('a machine without apt is told of --kernel DIR, and a guest that is there needs no compiler', async () => {
  const problem: unknown = await requireTools(folder, fetchTools).catch((error: unknown) => error);
  expect((problem as Problem).hint).toMatch(/--kernel DIR$/);
  expect(bootTools.map(({ command }) => command)).not.toContain('gcc');
  expect(buildTools.map(({ command }) => command)).toEqual(
    expect.arrayContaining([...bootTools.map(({ command }) => command), 'gcc', 'busybox']),
  );
});

/** An ELF head with one program header of a type. */
function elf(type: number): Uint8Array {
  const bytes = new Uint8Array(64 + 56);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f454c46);
  view.setUint8(4, 2);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, type, true);
  return bytes;
}

test('a program that asks for an interpreter is not static', () => {
  expect(isStatic(elf(1))).toBe(true);
  expect(isStatic(elf(3))).toBe(false);
});
test('what is no ELF, or is cut short, is not taken for static', () => {
  expect(isStatic(new TextEncoder().encode('#!/bin/sh\n'))).toBe(false);
  expect(isStatic(elf(1).slice(0, 65))).toBe(false);
  expect(isStatic(new Uint8Array())).toBe(false);
});

test('the lab is in the cache of the user, and a relative cache is ignored', () => {
  expect(labFolder({ XDG_CACHE_HOME: '/c' })).toBe('/c/lufcheck/lab');
  expect(labFolder({ XDG_CACHE_HOME: 'c', HOME: '/h' })).toBe('/h/.cache/lufcheck/lab');
});

test('a comma in the name of a disk does not end it', () => {
  const args = qemuArgs({
    accel: 'tcg',
    cpus: 2,
    megabytes: 512,
    kernel: '/k',
    initrd: '/i',
    dataDisk: '/a,b',
    outDisk: '/o',
  });
  expect(args).toContain('file=/a,,b,if=none,id=data,format=raw');
  expect(args.slice(0, 2)).toEqual(['-accel', 'tcg,thread=multi']);
});

test('a program that does not end is killed', async () => {
  const { timedOut, code } = await run('sleep', ['30'], { seconds: 0.1 });
  expect([timedOut, code]).toEqual([true, null]);
});
test('a program that fails is a Problem with what it said', async () => {
  await expect(mustRun('sh', ['-c', 'echo why >&2; exit 3'])).rejects.toThrow(/failed \(3\)\nwhy/);
  await expect(mustRun(join(folder, 'gone'), [])).rejects.toThrow(Problem);
});
test('lines come whole, however they were cut', async () => {
  const lines: string[] = [];
  await run('sh', ['-c', 'printf a; sleep 0.05; printf "b\\nc\\n"'], {
    onLine: (line) => lines.push(line),
  });
  expect(lines).toEqual(['ab', 'c']);
});
