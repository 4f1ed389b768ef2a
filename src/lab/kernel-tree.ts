// A kernel and its headers in a folder of the lab: fetched as packages and unpacked, never installed.

import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Problem } from '../base/problem.ts';
import { newestRelease, packagesFor } from './packages.ts';
import { mustRun } from './shell.ts';

export interface KernelTree {
  /** What `uname -r` says. */
  readonly release: string;
  readonly vmlinuz: string;
  /** The folder to build modules in. */
  readonly headers: string;
  /** The kernel's own modules. */
  readonly modules: string;
}

/** `6.1`, or a folder. */
export function isSeries(wish: string): boolean {
  return /^\d+\.\d+$/.test(wish);
}

/** Fetches the newest kernel of a series, unless it is there already. */
export async function fetchKernel(
  series: string,
  lab: string,
  say: (line: string) => void,
): Promise<KernelTree> {
  const names = await mustRun('apt-cache', ['pkgnames', 'linux-headers-']);
  const release = newestRelease(names.split('\n'), series);
  const tree = join(lab, 'kernels', release);
  if (!(await exists(tree))) {
    const depends = await mustRun('apt-cache', ['depends', `linux-headers-${release}`]);
    const packages = packagesFor(release, depends);
    const folder = join(lab, 'packages', release);
    await mkdir(folder, { recursive: true });
    say(`fetching ${packages.join(', ')}`);
    await mustRun('apt-get', ['download', ...packages], {
      cwd: folder,
      hint: 'apt-get update, then again',
    });
    const unpacking = `${tree}.unpacking`;
    await rm(unpacking, { recursive: true, force: true });
    await mkdir(unpacking, { recursive: true });
    for (const file of await readdir(folder)) {
      if (file.endsWith('.deb')) await mustRun('dpkg-deb', ['-x', join(folder, file), unpacking]);
    }
    await rename(unpacking, tree);
    await rm(folder, { recursive: true, force: true });
  }
  return await openKernel(tree);
}

/**
 * A folder into which the packages of one kernel were unpacked. The headers' Makefile names its other
 * half under /usr/src: it is made to name the folder.
 *
 * @throws Problem LUF-E201 if there is not exactly one kernel, or no headers of it.
 */
export async function openKernel(folder: string): Promise<KernelTree> {
  const tree = resolve(folder);
  if (!(await exists(tree))) {
    throw new Problem('LUF-E201', 'no such folder', {
      where: tree,
      hint: '--kernel 6.1 or 6.12; or a folder with an unpacked kernel',
    });
  }
  const images = (await list(join(tree, 'boot'))).filter((name) => name.startsWith('vmlinuz-'));
  const [image] = images;
  if (image === undefined || images.length > 1) {
    throw new Problem('LUF-E201', `${images.length} kernels (boot/vmlinuz-*)`, {
      where: tree,
      hint: 'unpack one linux-image package there, and its headers (dpkg-deb -x)',
    });
  }
  const release = image.slice('vmlinuz-'.length);
  const headers = join(tree, 'usr', 'src', `linux-headers-${release}`);
  const makefile = join(headers, 'Makefile');
  const text = await readFile(makefile, 'utf8').catch(() => {
    throw new Problem('LUF-E201', `no headers of ${release}`, {
      where: headers,
      hint: `unpack linux-headers-${release}, its -common and linux-kbuild there (dpkg-deb -x)`,
    });
  });
  const relocated = relocate(text, tree);
  if (relocated !== text) await writeFile(makefile, relocated);
  return {
    release,
    vmlinuz: join(tree, 'boot', image),
    headers,
    modules: join(tree, 'lib', 'modules', release),
  };
}

/**
 * @example
 * ```ts
 * relocate('include /usr/src/linux-headers-6.1-common/Makefile\n', '/k')
 * // => 'include /k/usr/src/linux-headers-6.1-common/Makefile\n'
 * ```
 */
export function relocate(makefile: string, tree: string): string {
  return makefile.replace(/^include .*?\/usr\/src\//gm, `include ${tree}/usr/src/`);
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
