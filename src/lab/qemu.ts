// Boots a guest and waits for its end. It has no network, no screen, and two disks: one for the files
// that programs work on, one that it writes its results to.

import { type Ran, run } from './shell.ts';

export interface Guest {
  readonly qemu: string;
  readonly accel: 'kvm' | 'tcg';
  readonly cpus: number;
  readonly megabytes: number;
  readonly kernel: string;
  readonly initrd: string;
  readonly dataDisk: string;
  readonly outDisk: string;
}

const FAR_MB = 64;

/** Arguments for qemu-system-x86_64. */
export function qemuArgs(guest: Omit<Guest, 'qemu'>): string[] {
  const disk = (file: string, id: string): string[] => [
    '-drive',
    `file=${file.replaceAll(',', ',,')},if=none,id=${id},format=raw`,
    '-device',
    `nvme,drive=${id},serial=${id}`,
  ];
  return [
    '-accel',
    guest.accel === 'tcg' ? 'tcg,thread=multi' : 'kvm',
    '-cpu',
    // Page tables of four levels: what most machines run with.
    'max,la57=off',
    '-smp',
    String(guest.cpus),
    '-m',
    String(guest.megabytes),
    // Two nodes, so that there is somewhere to move pages to. Both CPUs are on the first.
    ...[guest.megabytes - FAR_MB, FAR_MB].flatMap((size, id) => [
      '-object',
      `memory-backend-ram,id=m${id},size=${size}M`,
      '-numa',
      `node,nodeid=${id},memdev=m${id}${id === 0 ? `,cpus=0-${guest.cpus - 1}` : ''}`,
    ]),
    '-nographic',
    '-no-reboot',
    '-nic',
    'none',
    '-kernel',
    guest.kernel,
    '-initrd',
    guest.initrd,
    '-append',
    // The module calls originals past their first instruction, which indirect branch tracking forbids.
    // Nothing moves pages unasked.
    // A busy machine keeps an emulated CPU waiting for longer than RCU's 21 s, or the 20 s of a soft lockup
    // (twice the watchdog's threshold); a deadlock waits for longer than two minutes.
    'console=ttyS0 panic=-1 quiet ibt=off numa_balancing=disable rcupdate.rcu_cpu_stall_timeout=120 watchdog_thresh=60',
    ...disk(guest.dataDisk, 'data'),
    ...disk(guest.outDisk, 'out'),
  ];
}

/** Runs to the guest's end, or kills it after so many seconds. `onLine` hears what its init says. */
export function boot(
  guest: Guest,
  wish: { seconds: number; stop: AbortSignal; onLine?: (line: string) => void },
): Promise<Ran> {
  return run(guest.qemu, qemuArgs(guest), {
    seconds: wish.seconds,
    stop: wish.stop,
    onLine: (line) => {
      const said = /\blab: (.*)$/.exec(line)?.[1];
      if (said !== undefined) wish.onLine?.(said);
    },
  });
}
