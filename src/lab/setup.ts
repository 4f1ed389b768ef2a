// Makes a guest ready: fetches a kernel, builds, and boots once, which shows that all of it works and
// brings out the kernel's own types (BTF), by which the recorder is made.

import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../base/problem.ts';
import { bootGuest, passingFolder } from './boot-guest.ts';
import { type BuiltGuest, buildGuest, keepGuest } from './guest-build.ts';
import { fetchKernel, isSeries, openKernel } from './kernel-tree.ts';
import { buildTools, fetchTools, requireTools } from './tools.ts';

export interface SetupWish {
  readonly lab: string;
  /** `6.1`, or a folder with an unpacked kernel and its headers. */
  readonly kernel: string;
  readonly path: string | undefined;
  readonly accel?: 'kvm' | 'tcg' | undefined;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

const BOOT_SECONDS = 300;

export async function setUpGuest(wish: SetupWish): Promise<BuiltGuest> {
  const { lab, kernel, say } = wish;
  const found = await requireTools(wish.path, [
    ...buildTools,
    ...(isSeries(kernel) ? fetchTools : []),
  ]);
  const tree = isSeries(kernel) ? await fetchKernel(kernel, lab, say) : await openKernel(kernel);
  say(`building for ${tree.release}`);
  const guest = await buildGuest(tree, lab, found);
  say('booting once');
  const folder = passingFolder(lab);
  const { result, warnings } = await bootGuest(guest, folder, {
    plan: 'experiment setup\nrun cp /sys/kernel/btf/vmlinux /out/btf\nend\n',
    tools: found,
    accel: wish.accel,
    cpus: 2,
    megabytes: 512,
    seconds: BOOT_SECONDS,
    stop: wish.stop,
    onLine: () => {},
  });
  const wrong = [
    ...result.failures,
    ...result.experiments.flatMap((one) => one.failures),
    ...warnings,
  ];
  if (wrong.length > 0 || !result.unloaded) {
    throw new Problem('LUF-E201', wrong.join('\n') || 'the guest did not come to its end', {
      where: join(folder, 'console'),
    });
  }
  await copyFile(join(folder, 'btf'), guest.btf).catch(() => {
    throw new Problem('LUF-E201', 'the guest left nothing on its disk', {
      where: join(folder, 'console'),
      hint: 'run it again; if it stays so, see its console',
    });
  });
  await keepGuest(guest, lab);
  await rm(folder, { recursive: true, force: true });
  return guest;
}
