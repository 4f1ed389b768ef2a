// Builds what runs in the guest: the module against a kernel's headers, the litmus programs, and the
// initramfs that holds them.

import { createHash } from 'node:crypto';
import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../base/problem.ts';
import { labFolder } from './folders.ts';
import { copyModules, wantedModules } from './guest-modules.ts';
import type { KernelTree } from './kernel-tree.ts';
import { mustRun } from './shell.ts';
import { isStatic } from './tools.ts';

/** C and shell: the same folder for the sources and for what is built from them. */
export const guestSources = fileURLToPath(new URL('../../src/lab/guest/', import.meta.url));

export const GUEST_SCHEMA = 'lufcheck.lab-guest/2';

export interface BuiltGuest {
  readonly schema: typeof GUEST_SCHEMA;
  readonly release: string;
  readonly kernel: string;
  /** Without what only one run has. */
  readonly initrd: string;
  /** The kernel's own BTF, once the guest has been booted. */
  readonly btf: string;
  readonly programs: readonly string[];
  /** Programs about changes that no path of the kernel sees. */
  readonly unseen: readonly string[];
  /** SHA-256 of everything in src/lab/guest. */
  readonly sources: string;
}

export function guestFolder(lab: string, release: string): string {
  return join(lab, 'guests', release);
}

/** @param found where each tool is */
export async function buildGuest(
  tree: KernelTree,
  lab: string,
  found: ReadonlyMap<string, string>,
): Promise<BuiltGuest> {
  const folder = guestFolder(lab, tree.release);
  await rm(folder, { recursive: true, force: true });
  const root = join(folder, 'root');
  for (const name of ['bin', 'proc', 'sys', 'dev', 'tmp']) {
    await mkdir(join(root, name), { recursive: true });
  }
  await copyFile(await buildModule(tree, folder), join(root, 'luf.ko'));
  const bin = join(root, 'bin');
  for (const program of ['workload/walk', 'workload/hog', 'prepare/rpcbind']) {
    const source = join(guestSources, `${program}.c`);
    const output = join(bin, basename(program));
    await mustRun('gcc', [...flags, '-o', output, source], { hint: noLibrary });
  }
  const programs = await buildPrograms('litmus', bin);
  const unseen = await buildPrograms('unseen', bin);
  const busybox = found.get('busybox') ?? 'busybox';
  if (!isStatic(await readFile(busybox))) {
    throw new Problem('LUF-E201', 'busybox needs libraries, and the guest has none', {
      where: busybox,
      hint: 'apt-get install busybox-static',
    });
  }
  await copyFile(busybox, join(root, 'bin', 'busybox'));
  await copyModules(tree.modules, wantedModules, join(root, 'modules'), [busybox, 'xz', '-dc']);
  await cp(join(guestSources, 'prepare'), join(root, 'prepare'), { recursive: true });
  await copyFile(join(guestSources, 'init.sh'), join(root, 'init'));
  await chmod(join(root, 'init'), 0o755);
  for (const script of ['experiment.sh', 'soak.sh']) {
    await copyFile(join(guestSources, script), join(root, script));
  }
  const initrd = join(folder, 'base.cpio.gz');
  await archive(root, initrd);
  await rm(root, { recursive: true, force: true });
  const guest: BuiltGuest = {
    schema: GUEST_SCHEMA,
    release: tree.release,
    kernel: tree.vmlinuz,
    initrd,
    btf: join(folder, 'btf'),
    programs,
    unseen,
    sources: await sourcesSum(),
  };
  return guest;
}

/** Makes a guest that has shown that it works one that a run can open. */
export async function keepGuest(guest: BuiltGuest, lab: string): Promise<void> {
  const file = join(guestFolder(lab, guest.release), 'guest.json');
  await writeFile(file, `${JSON.stringify(guest, null, 2)}\n`);
}

/** Packs a folder as the kernel wants its initramfs. */
export async function archive(folder: string, file: string): Promise<void> {
  await mustRun('sh', [
    '-c',
    'cd "$1" && find . -print0 | cpio -o -0 -H newc --quiet -R 0:0 | gzip -1 > "$2"',
    'sh',
    folder,
    file,
  ]);
}

async function buildModule({ headers }: KernelTree, folder: string): Promise<string> {
  const build = join(folder, 'luf');
  await cp(join(guestSources, 'luf'), build, { recursive: true });
  await mustRun('make', [
    '-C',
    headers,
    `M=${build}`,
    'CC=gcc',
    // Types of the module itself: they would need pahole, and nobody asks for them.
    'CONFIG_DEBUG_INFO_BTF_MODULES=',
    'modules',
  ]);
  const module = join(build, 'luf.ko');
  await mustRun('strip', ['-g', module]);
  return module;
}

const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-static', '-pthread'];
const noLibrary = 'a static C library: apt-get install libc6-dev';

/** Every program of a folder, each with the round that all of them run. */
async function buildPrograms(kind: string, into: string): Promise<string[]> {
  const shared = join(guestSources, 'litmus');
  const folder = join(guestSources, kind);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.c'));
  const programs = files.filter((name) => name !== 'litmus.c').map((name) => basename(name, '.c'));
  for (const program of programs) {
    const sources = [join(folder, `${program}.c`), join(shared, 'litmus.c')];
    const output = join(into, `litmus-${program}`);
    await mustRun('gcc', [...flags, `-I${shared}`, '-o', output, ...sources], { hint: noLibrary });
  }
  return programs.sort();
}

/** @throws Problem LUF-E201 if there is no guest of this kernel, or one of other sources. */
export async function openGuest(lab: string, series: string): Promise<BuiltGuest> {
  const elsewhere = lab === labFolder(process.env) ? '' : ` --dir ${lab}`;
  const hint = `lufcheck lab setup --kernel ${series}${elsewhere}`;
  const folders = await readdir(join(lab, 'guests')).catch(() => [] as string[]);
  const release = folders
    .filter((one) => one === series || one.startsWith(`${series}.`))
    .sort()
    .at(-1);
  if (release === undefined) {
    throw new Problem('LUF-E201', `no guest with kernel ${series}`, { where: lab, hint });
  }
  const file = join(guestFolder(lab, release), 'guest.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Problem('LUF-E201', 'the guest was never set up to its end', { where: file, hint });
  });
  const guest = JSON.parse(text) as BuiltGuest;
  if (guest.schema !== GUEST_SCHEMA || guest.sources !== (await sourcesSum())) {
    throw new Problem('LUF-E201', 'the guest was built from other sources', { where: file, hint });
  }
  return guest;
}

async function sourcesSum(): Promise<string> {
  const hash = createHash('sha256');
  const files = (await readdir(guestSources, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) {
    hash.update(`${file.slice(guestSources.length)}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}
