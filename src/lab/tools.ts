// The programs that the lab needs of the machine, and the line that installs what is missing.

import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../base/problem.ts';

export interface Tool {
  readonly command: string;
  /** The Debian package that has it. */
  readonly package: string;
}

/** To boot a guest that is set up, and to read what it left. */
export const bootTools: readonly Tool[] = [
  { command: 'qemu-system-x86_64', package: 'qemu-system-x86' },
  { command: 'cpio', package: 'cpio' },
  { command: 'gzip', package: 'gzip' },
  { command: 'mkfs.ext4', package: 'e2fsprogs' },
  { command: 'e2fsck', package: 'e2fsprogs' },
  { command: 'debugfs', package: 'e2fsprogs' },
];

/** To build a guest, and boot it once. */
export const buildTools: readonly Tool[] = [
  ...bootTools,
  { command: 'gcc', package: 'gcc' },
  { command: 'make', package: 'make' },
  { command: 'strip', package: 'binutils' },
  { command: 'busybox', package: 'busybox-static' },
];

/** To fetch a kernel; one that is there already (`--kernel DIR`) needs none of them. */
export const fetchTools: readonly Tool[] = [
  { command: 'apt-get', package: 'apt' },
  { command: 'apt-cache', package: 'apt' },
  { command: 'dpkg-deb', package: 'dpkg' },
];

/** Where a program is, in the folders of PATH and where only root looks; undefined if nowhere. */
export async function whereIs(
  command: string,
  path: string | undefined,
): Promise<string | undefined> {
  const folders = [...(path ?? '').split(':'), '/usr/sbin', '/sbin'].filter((one) => one !== '');
  for (const folder of folders) {
    const file = join(folder, command);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}

/** @throws Problem LUF-E201 with the line for apt, if a tool is missing. */
export async function requireTools(
  path: string | undefined,
  needed: readonly Tool[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const missing: Tool[] = [];
  for (const tool of needed) {
    const file = await whereIs(tool.command, path);
    if (file === undefined) missing.push(tool);
    else found.set(tool.command, file);
  }
  if (missing.length === 0) return found;
  if (missing.some((one) => fetchTools.includes(one))) {
    throw new Problem('LUF-E201', `missing: ${missing.map(({ command }) => command).join(', ')}`, {
      where: 'lufcheck lab',
      hint: 'the lab fetches kernels on Debian or Ubuntu; elsewhere give it an unpacked one: --kernel DIR',
    });
  }
  const packages = [...new Set(missing.map((one) => one.package))].sort();
  throw new Problem('LUF-E201', `missing: ${missing.map(({ command }) => command).join(', ')}`, {
    where: 'lufcheck lab',
    hint: `apt-get install --no-install-recommends ${packages.join(' ')}`,
  });
}

/**
 * Whether an ELF program needs no interpreter and no library: the guest has none.
 *
 * @example isStatic(await readFile('/bin/busybox'))
 */
export function isStatic(elf: Uint8Array): boolean {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const INTERPRETER = 3;
  const isElf64 = elf.length >= 64 && view.getUint32(0) === 0x7f454c46 && view.getUint8(4) === 2;
  if (!isElf64) return false;
  const at = Number(view.getBigUint64(32, true));
  const size = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  for (let i = 0; i < count; i++) {
    const header = at + i * size;
    if (header + 4 > elf.length) return false;
    if (view.getUint32(header, true) === INTERPRETER) return false;
  }
  return true;
}
