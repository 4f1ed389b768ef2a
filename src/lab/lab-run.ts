// A run of the lab: one boot, its recordings judged, its table. Saved as one JSON file.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../base/problem.ts';
import { planRecording } from '../record/plan.ts';
import { type RecordProfile, recordProfiles } from '../record/probe-texts.ts';
import { recorderScript } from '../record/script.ts';
import { Btf } from '../trace/btf/btf.ts';
import { checkTrace } from '../trace/check/check-trace.ts';
import { openFileSource } from '../trace/node-file.ts';
import { bootGuest, passingFolder } from './boot-guest.ts';
import { type Experiment, experimentsOf, faults, type LabDesign, planText } from './experiments.ts';
import { type BuiltGuest, guestSources } from './guest-build.ts';
import type { ExperimentResult } from './guest-output.ts';
import { type LabPoint, labPoints } from './lab-points.ts';
import { type LabRow, labTable, type ModelAnswer, type RecordingVerdict } from './lab-table.ts';
import { requireTools } from './tools.ts';

export const RUN_SCHEMA = 'lufcheck.lab-run/1';

export interface LabRunWish {
  readonly guest: BuiltGuest;
  readonly lab: string;
  readonly design: LabDesign;
  /** Parameters of points, or faults; empty: all. */
  readonly only: readonly string[];
  readonly programs: readonly string[];
  readonly rounds: number;
  readonly records: boolean;
  /** What is recorded; left out: what the rules need. */
  readonly profile?: RecordProfile | undefined;
  /** Every point of the module, whether or not the design has it. */
  readonly extra: boolean;
  readonly cpus: number;
  readonly seconds: number;
  readonly accel?: 'kvm' | 'tcg' | undefined;
  /** What the guest leaves is kept here; left out: deleted. */
  readonly keep?: string | undefined;
  readonly path: string | undefined;
  readonly version: string;
  readonly model: readonly ModelAnswer[];
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

export interface LabRun {
  readonly schema: typeof RUN_SCHEMA;
  readonly version: string;
  readonly date: string;
  readonly release: string;
  readonly design: string;
  readonly cpus: number;
  readonly accel: 'kvm' | 'tcg';
  readonly rounds: number;
  readonly programs: readonly string[];
  readonly rows: readonly LabRow[];
  readonly experiments: readonly ExperimentResult[];
  readonly recordings: Readonly<Record<string, RecordingVerdict>>;
  /** What the kernel said against itself. */
  readonly warnings: readonly string[];
  readonly failures: readonly string[];
  readonly unloaded: boolean;
  /** The guest came to its end. */
  readonly complete: boolean;
}

/** The points of the module as its own header declares them. */
export async function modulePoints(): Promise<LabPoint[]> {
  return labPoints(await readFile(join(guestSources, 'luf', 'luf.h'), 'utf8'));
}

/** @throws Problem LUF-E102 for a name that is neither a point nor a fault of the module. */
export function namedPoints(names: readonly string[], points: readonly LabPoint[]): string[] {
  return names.map((name) => {
    const point = points.find((one) => one.param === name || one.names.includes(name));
    if (point !== undefined) return point.param;
    if (faults.includes(name)) return name;
    throw new Problem('LUF-E102', `the module has no flush point ${name}`, {
      where: 'lufcheck lab run',
      hint: `one of ${[...points.map(({ param }) => param), ...faults].join(', ')}`,
    });
  });
}

export async function runLab(wish: LabRunWish): Promise<{ run: LabRun; file: string }> {
  const { guest, design } = wish;
  const points = await modulePoints();
  const experiments = experimentsOf(design, points, wish);
  const found = await requireTools(wish.path);
  const folder = wish.keep ?? passingFolder(wish.lab);
  const booted = await bootGuest(guest, folder, {
    plan: planText(experiments, wish.programs, wish.rounds),
    ...(wish.records ? { recorder: await recorderFor(guest, wish) } : {}),
    tools: found,
    accel: wish.accel,
    cpus: wish.cpus,
    megabytes: 512,
    seconds: wish.seconds,
    stop: wish.stop,
    onLine: wish.say,
  });
  const { result } = booted;
  const recordings = await judgeRecordings(folder, experiments, result.experiments, wish.say);
  if (wish.keep === undefined) await rm(folder, { recursive: true, force: true });
  const rows = labTable({
    experiments,
    results: result.experiments,
    recordings,
    points,
    design,
    model: wish.model,
  });
  const date = new Date().toISOString();
  const run: LabRun = {
    schema: RUN_SCHEMA,
    version: wish.version,
    date,
    release: result.release ?? guest.release,
    design: design.id,
    cpus: wish.cpus,
    accel: booted.accel,
    rounds: wish.rounds,
    programs: wish.programs,
    rows,
    experiments: result.experiments,
    recordings: Object.fromEntries(recordings),
    warnings: booted.warnings,
    failures: result.failures,
    unloaded: result.unloaded,
    complete: result.complete && !booted.timedOut,
  };
  const runs = join(wish.lab, 'runs');
  await mkdir(runs, { recursive: true });
  const file = join(runs, `${date.replaceAll(':', '-')}-${run.release}.json`);
  await writeFile(file, `${JSON.stringify(run, null, 2)}\n`);
  return { run, file };
}

async function recorderFor(
  guest: BuiltGuest,
  { version, profile = recordProfiles.find(({ id }) => id === 'rules') }: LabRunWish,
): Promise<string> {
  if (profile === undefined) throw new Error('no profile for the rules');
  const btf = new Btf(await readFile(guest.btf), guest.btf);
  return recorderScript(planRecording(btf, profile), {
    checksum: createHash('sha256').update(btf.bytes).digest('hex'),
    version,
    profile: profile.id,
    bufferKb: 16_384,
  });
}

async function judgeRecordings(
  folder: string,
  experiments: readonly Experiment[],
  results: readonly ExperimentResult[],
  say: (line: string) => void,
): Promise<Map<string, RecordingVerdict>> {
  const verdicts = new Map<string, RecordingVerdict>();
  for (const { id } of experiments) {
    const recording = results.find((one) => one.id === id)?.recording;
    if (recording === undefined) continue;
    say(`judging ${recording}`);
    try {
      const source = await openFileSource(join(folder, recording));
      try {
        const { verdict, rules, events } = await checkTrace(source);
        verdicts.set(id, {
          verdict,
          events,
          rules: rules.map(({ id: rule, violations, exercised }) => ({
            id: rule,
            violations,
            exercised,
          })),
        });
      } finally {
        await source.close();
      }
    } catch (error) {
      // A guest with a planted fault may leave a damaged file: that is no verdict, and no reason to stop.
      if (!(error instanceof Problem)) throw error;
      say(`${recording}: ${error.message}`);
    }
  }
  return verdicts;
}
