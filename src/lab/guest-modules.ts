// Modules of the kernel's own package that a program of the guest needs, in the order in which they
// must be loaded. The package has no list of what needs what (depmod makes it when it is installed):
// each module says it of itself.

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { mustRun } from './shell.ts';

/** A server and a client of NFSv4. */
export const wantedModules: readonly string[] = ['nfsd', 'nfsv4'];

/**
 * Writes the modules, and those that they need, as `NN-name.ko` into a folder. One that the kernel
 * does not have is left out with all that was wanted: what is built in needs nothing.
 *
 * @param modules the folder `lib/modules/RELEASE` of the package
 * @param xz what unpacks `.ko.xz` from a file to standard output
 * @returns names in loading order; empty if the kernel does not have one of the wanted
 */
export async function copyModules(
  modules: string,
  wanted: readonly string[],
  into: string,
  xz: readonly [command: string, ...args: string[]],
): Promise<readonly string[]> {
  const files = new Map<string, string>();
  for (const entry of await readdir(modules, { recursive: true }).catch(() => [])) {
    const name = /^([\w-]+)\.ko(\.xz)?$/.exec(basename(entry))?.[1];
    if (name !== undefined) files.set(name.replaceAll('-', '_'), join(modules, entry));
  }
  if (!wanted.every((name) => files.has(name))) return [];
  await mkdir(into, { recursive: true });
  const loaded = new Map<string, Buffer>();
  const load = async (name: string): Promise<void> => {
    const file = files.get(name);
    if (file === undefined || loaded.has(name)) return;
    const bytes = file.endsWith('.xz') ? await unpack(file, into, xz) : await readFile(file);
    for (const needed of dependsOf(bytes)) await load(needed);
    loaded.set(name, bytes);
  };
  for (const name of wanted) await load(name);
  for (const [at, [name, bytes]] of [...loaded].entries()) {
    await writeFile(join(into, `${String(at).padStart(2, '0')}-${name}.ko`), bytes);
  }
  return [...loaded.keys()];
}

/**
 * What a module says that it needs.
 *
 * @example
 * ```ts
 * dependsOf(Buffer.from('license=GPL\0depends=sunrpc,nfs-acl\0name=nfsd\0'))
 * // => ['sunrpc', 'nfs_acl']
 * ```
 */
export function dependsOf(module: Buffer): string[] {
  const start = module.indexOf('\0depends=');
  if (start < 0) return [];
  const from = start + '\0depends='.length;
  const names = module.toString('latin1', from, module.indexOf(0, from)).split(',');
  return names.filter((name) => name !== '').map((name) => name.replaceAll('-', '_'));
}

async function unpack(
  file: string,
  into: string,
  xz: readonly [command: string, ...args: string[]],
): Promise<Buffer> {
  const plain = join(into, 'unpacked');
  await mustRun('sh', ['-c', '"$@" > "$0"', plain, ...xz, file]);
  const bytes = await readFile(plain);
  await rm(plain);
  return bytes;
}
