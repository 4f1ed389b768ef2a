// What LUF saves: the same workload on the stock kernel and with LUF, in turn, several times in one boot.

import { rm } from 'node:fs/promises';
import type { Design } from '../kernel/kernel.ts';
import { bootGuest, passingFolder } from './boot-guest.ts';
import { type Experiment, experimentsOf, type LabDesign, settingLines } from './experiments.ts';
import type { BuiltGuest } from './guest-build.ts';
import type { ExperimentResult } from './guest-output.ts';
import { profileNamed, recorderFor } from './guest-recorder.ts';
import { modulePoints } from './lab-run.ts';
import { type Prediction, predictionOf } from './prediction.ts';
import { bootTools, requireTools } from './tools.ts';

export const WORKLOAD_SCHEMA = 'lufcheck.lab-workload/1';

/** The file does not fit into what its readers may keep. */
const FILE_MB = 96;
const LIMIT_MB = 48;
/** Recording slows the workload down, and a long one would lose events. */
const RECORDED = 'recorded';
const RECORDED_SECONDS = 4;

export interface WorkloadWish {
  readonly guest: BuiltGuest;
  readonly lab: string;
  readonly design: LabDesign & Design;
  readonly runs: number;
  /** Of each run. */
  readonly work: number;
  readonly cpus: number;
  readonly seconds: number;
  readonly accel?: 'kvm' | 'tcg' | undefined;
  /** Milliseconds after which the module pays; posted LUF has no timer, and pays when a frame is wanted. */
  readonly timer: number;
  /** Once the stock kernel is recorded, for a prediction. */
  readonly records: boolean;
  /** Where the recording, console and dmesg stay. */
  readonly keep?: string | undefined;
  readonly version: string;
  readonly path: string | undefined;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

export interface WorkloadRun {
  readonly pages: number;
  readonly wrong: number;
  /** TLB shootdown interrupts, all CPUs. */
  readonly interrupts: number;
  /** Batches that reclaim flushed, put off, and that were flushed for what was put off. */
  readonly kernelFlushes: number;
  readonly deferred: number;
  readonly flushes: number;
}

export interface Workload {
  readonly schema: typeof WORKLOAD_SCHEMA;
  readonly release: string;
  readonly design: string;
  readonly cpus: number;
  readonly accel: 'kvm' | 'tcg';
  readonly seconds: number;
  /** Milliseconds after which the module pays. */
  readonly timer: number;
  readonly stock: readonly WorkloadRun[];
  readonly luf: readonly WorkloadRun[];
  /** From a recording of the stock kernel; or why there is none. */
  readonly prediction?: Prediction | string;
  readonly warnings: readonly string[];
  readonly failures: readonly string[];
  readonly unloaded: boolean;
  readonly complete: boolean;
}

export async function runWorkload(wish: WorkloadWish): Promise<Workload> {
  const found = await requireTools(wish.path, bootTools);
  const points = await modulePoints();
  const both = experimentsOf(wish.design, points, {
    only: ['none'],
    records: false,
    extra: false,
    programs: ['walk'],
    unseen: [],
  });
  const folder = wish.keep ?? passingFolder(wish.lab);
  const booted = await bootGuest(wish.guest, folder, {
    plan: workloadPlan(both, wish),
    ...(wish.records
      ? { recorder: await recorderFor(wish.guest, wish.version, profileNamed('full')) }
      : {}),
    tools: found,
    accel: wish.accel,
    cpus: wish.cpus,
    megabytes: 512,
    seconds: wish.seconds,
    stop: wish.stop,
    onLine: wish.say,
  });
  const { result } = booted;
  const recording = result.experiments.find(({ id }) => id === RECORDED)?.recording;
  const prediction = wish.records
    ? { prediction: await predictionOf(folder, recording, wish.design) }
    : {};
  if (wish.keep === undefined) await rm(folder, { recursive: true, force: true });
  return {
    schema: WORKLOAD_SCHEMA,
    release: result.release ?? wish.guest.release,
    design: wish.design.id,
    cpus: wish.cpus,
    accel: booted.accel,
    seconds: wish.work,
    timer: wish.timer,
    stock: workloadRuns(result.experiments, 'stock'),
    luf: workloadRuns(result.experiments, 'all-on'),
    ...prediction,
    warnings: booted.warnings,
    failures: [...result.failures, ...result.experiments.flatMap(({ failures }) => failures)],
    unloaded: result.unloaded,
    complete: result.complete && !booted.timedOut,
  };
}

/** Stock and LUF in turn, so that what changes with time meets both. The first one makes the file. */
export function workloadPlan(
  both: readonly Experiment[],
  {
    runs,
    work,
    cpus,
    records,
    timer,
  }: Pick<WorkloadWish, 'runs' | 'work' | 'cpus' | 'records' | 'timer'>,
): string {
  const command = (seconds: number): string =>
    `run walk /data/walk ${FILE_MB} ${cpus} ${seconds} ${LIMIT_MB}`;
  const lines = ['experiment file', command(1), 'end'];
  for (let i = 0; i < runs; i++) {
    for (const experiment of both) {
      lines.push(`experiment ${experiment.id}`);
      lines.push(`set timer_ms ${timer}`, ...settingLines(experiment), command(work), 'end');
    }
  }
  for (const experiment of both.filter(({ kind }) => records && kind === 'stock')) {
    lines.push(`experiment ${RECORDED}`, ...settingLines(experiment), 'record');
    lines.push(command(RECORDED_SECONDS), 'end');
  }
  return `${lines.join('\n')}\n`;
}

/** Those that came to their end. */
export function workloadRuns(results: readonly ExperimentResult[], id: string): WorkloadRun[] {
  return results.flatMap(({ id: own, complete, work, interrupts, counters }) =>
    own !== id || !complete || work === undefined || interrupts === undefined
      ? []
      : [
          {
            ...work,
            interrupts,
            kernelFlushes: (counters.kernel_flushes ?? 0) + (counters.refused ?? 0),
            deferred: counters.deferred ?? 0,
            flushes: counters.flushes ?? 0,
          },
        ],
  );
}
