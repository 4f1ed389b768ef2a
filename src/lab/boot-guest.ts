// One boot with a plan: packs what the run adds to the guest, makes its disks, and reads what it left.

import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../base/problem.ts';
import { archive, type BuiltGuest } from './guest-build.ts';
import { type GuestResult, kernelWarnings, readResults } from './guest-output.ts';
import { boot } from './qemu.ts';
import { mustRun, run } from './shell.ts';

export interface BootWish {
  readonly plan: string;
  /** The recorder's script, if anything is recorded. */
  readonly recorder?: string;
  /** Where each tool is. */
  readonly tools: ReadonlyMap<string, string>;
  readonly accel?: 'kvm' | 'tcg' | undefined;
  readonly cpus: number;
  readonly megabytes: number;
  readonly seconds: number;
  /** Tasks are killed for their memory on purpose. */
  readonly kills?: boolean;
  readonly stop: AbortSignal;
  readonly onLine: (line: string) => void;
}

export interface Booted {
  readonly result: GuestResult;
  readonly warnings: readonly string[];
  readonly timedOut: boolean;
  readonly accel: 'kvm' | 'tcg';
  /** What the guest left, and its console. */
  readonly folder: string;
}

const DATA_BYTES = 256 * 1024 * 1024;
const OUT_BYTES = 2 * 1024 * 1024 * 1024;

/** The folder of a boot that nobody wants to keep: one for each process. */
export function passingFolder(lab: string): string {
  return join(lab, `boot-${process.pid}`);
}

/**
 * @param folder must be empty, or not be there
 * @throws Problem LUF-E103 if it is not, LUF-E201 if the guest does not come up
 */
export async function bootGuest(
  guest: BuiltGuest,
  folder: string,
  wish: BootWish,
): Promise<Booted> {
  if ((await readdir(folder).catch(() => [])).length > 0) {
    throw new Problem('LUF-E103', 'the folder is not empty', {
      where: folder,
      hint: 'what a guest leaves goes into a folder of its own',
    });
  }
  const added = join(folder, 'added');
  await mkdir(added, { recursive: true });
  await writeFile(join(added, 'plan'), wish.plan);
  if (wish.recorder !== undefined) await writeFile(join(added, 'record.sh'), wish.recorder);
  const addition = join(folder, 'added.cpio.gz');
  await archive(added, addition);
  const initrd = join(folder, 'initrd');
  await writeFile(initrd, Buffer.concat([await readFile(guest.initrd), await readFile(addition)]));
  const [dataDisk, outDisk] = [join(folder, 'data.img'), join(folder, 'out.img')];
  await sparse(dataDisk, DATA_BYTES);
  await sparse(outDisk, OUT_BYTES);
  for (const disk of [dataDisk, outDisk]) {
    await mustRun(wish.tools.get('mkfs.ext4') ?? 'mkfs.ext4', ['-q', '-F', disk]);
  }
  // Under KVM guests hung, or QEMU gave up, where it was tried inside a virtual machine.
  const accel = wish.accel ?? 'tcg';
  const { text, timedOut, code } = await boot(
    {
      qemu: wish.tools.get('qemu-system-x86_64') ?? 'qemu-system-x86_64',
      accel,
      cpus: wish.cpus,
      megabytes: wish.megabytes,
      kernel: guest.kernel,
      initrd,
      dataDisk,
      outDisk,
    },
    wish,
  );
  await writeFile(join(folder, 'console'), text, 'latin1');
  // What it saved may be in the journal only: it was stopped, or could not unmount the disk in time.
  await run(wish.tools.get('e2fsck') ?? 'e2fsck', ['-fy', outDisk]);
  // Reads the disk without mounting it, whatever state the guest has left it in.
  await run(wish.tools.get('debugfs') ?? 'debugfs', ['-R', 'rdump / .', 'out.img'], {
    cwd: folder,
  });
  await Promise.all(
    [added, addition, initrd, dataDisk, outDisk].map((file) =>
      rm(file, { recursive: true, force: true }),
    ),
  );
  const written = await readText(join(folder, 'results'));
  // A guest that died may have had no time for its disk; what it says is on the console, too.
  const fromDisk = readResults(written ?? '');
  const result = fromDisk.complete ? fromDisk : readResults(saidOn(text));
  if (result.release === undefined && !wish.stop.aborted) {
    const last = text.trimEnd().split('\n').slice(-5).join('\n');
    const why = timedOut ? `not up after ${wish.seconds} s` : `QEMU ended (${code})`;
    throw new Problem('LUF-E201', `the guest did not come up: ${why}\n${last}`, {
      where: join(folder, 'console'),
      hint: accel === 'kvm' ? 'try --accel tcg' : 'give it more time with --seconds',
    });
  }
  const dmesg = (await readText(join(folder, 'dmesg'))) ?? text;
  const warnings = kernelWarnings(dmesg, wish.kills);
  return { result, warnings, timedOut, accel, folder };
}

/** What a firmware writes to a terminal beside text. */
const control = new RegExp(`${String.fromCharCode(27)}(?:c|\\[[0-9;?]*[A-Za-z])`, 'g');

/**
 * What the guest's init said on the console.
 *
 * @example
 * ```ts
 * saidOn('lab: kernel 6.1\r\nslab: no\n') // => 'kernel 6.1'
 * ```
 */
export function saidOn(console: string): string {
  const plain = console.replace(control, '');
  return [...plain.matchAll(/\blab: ([^\r\n]*)/g)].map(([, said]) => said).join('\n');
}

async function sparse(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'w');
  await handle.truncate(bytes);
  await handle.close();
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'latin1').catch(() => undefined);
}
