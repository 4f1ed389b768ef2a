// A run of the lab: one boot, its recordings judged, its table. Saved as one JSON file.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { closeMatches } from '../base/close-match.ts';
import { Problem } from '../base/problem.ts';
import type { RecordProfile } from '../record/probe-texts.ts';
import { checkTrace } from '../trace/check/check-trace.ts';
import { openFileSource } from '../trace/node-file.ts';
import { bootGuest, passingFolder } from './boot-guest.ts';
import {
  type Experiment,
  experimentsOf,
  faultSettings,
  faults,
  type LabDesign,
  planText,
} from './experiments.ts';
import { type BuiltGuest, guestSources } from './guest-build.ts';
import type { ExperimentResult } from './guest-output.ts';
import { profileNamed, recorderFor } from './guest-recorder.ts';
import { type LabPoint, labPoints } from './lab-points.ts';
import { type LabRow, labTable, type ModelAnswer, type RecordingVerdict } from './lab-table.ts';
import { pointsBeyondLab } from './model-points.ts';
import { bootTools, requireTools } from './tools.ts';

export const RUN_SCHEMA = 'lufcheck.lab-run/1';

export interface LabRunWish {
  readonly guest: BuiltGuest;
  readonly lab: string;
  readonly design: LabDesign;
  /** Parameters of points, or faults; empty: all. */
  readonly only: readonly string[];
  readonly programs: readonly string[];
  /** Programs about changes that no path of the kernel sees. */
  readonly unseen: readonly string[];
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
  /** A run that is carried on, and where it is saved; left out: a new file in the lab. */
  readonly into?: string | undefined;
  /** Experiments of this boot; left out: all. */
  readonly atMost?: number | undefined;
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
  readonly unseen: readonly string[];
  /** Boots that it took. */
  readonly boots: number;
  /** How many of them were stopped because their time was over; left out: none. */
  readonly stopped?: number;
  readonly rows: readonly LabRow[];
  /** Flush points of the design that the lab does not have, and why. */
  readonly beyond?: readonly { readonly point: string; readonly because?: string | undefined }[];
  readonly experiments: readonly ExperimentResult[];
  readonly recordings: Readonly<Record<string, RecordingVerdict>>;
  /** What the kernel said against itself. */
  readonly warnings: readonly string[];
  readonly failures: readonly string[];
  readonly unloaded: boolean;
  /** Every experiment came to its end. */
  readonly complete: boolean;
}

export type Boot = Pick<
  LabRun,
  | 'accel'
  | 'release'
  | 'experiments'
  | 'recordings'
  | 'warnings'
  | 'failures'
  | 'unloaded'
  | 'boots'
  | 'stopped'
>;

/** The points of the module as its own header declares them. */
export async function modulePoints(): Promise<LabPoint[]> {
  return labPoints(await readFile(join(guestSources, 'luf', 'luf.h'), 'utf8'));
}

/**
 * Points by parameter; several that are to be taken away at once are joined by `+`.
 *
 * @throws Problem LUF-E102 for a name that is neither a point nor a fault of the module.
 */
export function namedPoints(names: readonly string[], points: readonly LabPoint[]): string[] {
  const paramOf = (name: string): string => {
    const point = points.find((one) => one.param === name || one.names.includes(name));
    if (point !== undefined) return point.param;
    const near = closeMatches(name, [...points.flatMap((one) => one.names), ...faults]);
    throw new Problem('LUF-E102', `the module has no flush point ${name}`, {
      where: 'lufcheck lab run',
      hint: `${near.length === 0 ? '' : `${near.join(' or ')}? `}one of ${[...points.map(({ param }) => param), ...faults].join(', ')}; a fault also as ${faults[0]}@FUNCTION`,
    });
  };
  return names.map((name) =>
    faultSettings(name) === undefined ? name.split('+').map(paramOf).join('+') : name,
  );
}

/**
 * Boots once for what is still to be done, adds it to what is there, and makes the table of both. With
 * nothing left to do the table is made anew: with other answers of the explorer, for example.
 *
 * @throws Problem LUF-E202, LUF-E204 for a file that is carried on and is no run, or another one
 */
export async function runLab(wish: LabRunWish): Promise<{ run: LabRun; file: string }> {
  const { guest, design } = wish;
  const points = await modulePoints();
  const experiments = experimentsOf(design, points, wish);
  refuseIdle(wish.only, experiments, design);
  const before = wish.into === undefined ? undefined : await earlierRun(wish.into, wish);
  const done = (before?.experiments ?? []).filter(
    ({ id, complete, recording }) =>
      // A recording that a guest took with it when it was stopped is made again.
      complete && (recording === undefined || before?.recordings[id] !== undefined),
  );
  const missing = experiments.filter(({ id }) => !done.some((one) => one.id === id));
  const boots: Boot[] = before === undefined ? [] : [{ ...before, experiments: done }];
  if (missing.length > 0 || before === undefined) {
    boots.push(await bootFor(missing.slice(0, wish.atMost), wish));
  }
  const all = together(boots);
  const recordings = new Map(Object.entries(all.recordings));
  const { experiments: results } = all;
  const date = new Date().toISOString();
  const run: LabRun = {
    schema: RUN_SCHEMA,
    version: wish.version,
    date,
    design: design.id,
    cpus: wish.cpus,
    rounds: wish.rounds,
    programs: wish.programs,
    unseen: wish.unseen,
    ...all,
    beyond: pointsBeyondLab(points, design),
    rows: labTable({ experiments, results, recordings, points, design, model: wish.model }),
    complete: experiments.every(({ id }) => results.find((one) => one.id === id)?.complete),
  };
  const runs = join(wish.lab, 'runs');
  await mkdir(runs, { recursive: true });
  const file = wish.into ?? join(runs, `${date.replaceAll(':', '-')}-${guest.release}.json`);
  await writeFile(file, `${JSON.stringify(run, null, 2)}\n`);
  return { run, file };
}

/** @throws Problem LUF-E104 for what was asked for by name and would not be tried. */
function refuseIdle(
  only: readonly string[],
  experiments: readonly Experiment[],
  design: LabDesign,
): void {
  const idle = only.filter(
    (name) => !experiments.some(({ removed, added }) => removed === name || added === name),
  );
  if (idle.length === 0) return;
  throw new Problem('LUF-E104', `nothing to try: ${design.id} is without ${idle.join(', ')}`, {
    where: 'lufcheck lab run',
    hint: '--extra-points turns on what only the module has; a repair needs block-device or nfs',
  });
}

async function bootFor(experiments: readonly Experiment[], wish: LabRunWish): Promise<Boot> {
  const { guest } = wish;
  const found = await requireTools(wish.path, bootTools);
  const folder = wish.keep ?? passingFolder(wish.lab);
  const booted = await bootGuest(guest, folder, {
    plan: planText(experiments, wish.rounds),
    ...(wish.records
      ? {
          recorder: await recorderFor(guest, wish.version, wish.profile ?? profileNamed('rules')),
        }
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
  const recordings = await judgeRecordings(folder, experiments, result.experiments, wish.say);
  if (wish.keep === undefined) await rm(folder, { recursive: true, force: true });
  return {
    accel: booted.accel,
    release: result.release ?? guest.release,
    experiments: result.experiments,
    recordings: Object.fromEntries(recordings),
    warnings: booted.warnings,
    failures: result.failures,
    unloaded: result.unloaded,
    boots: 1,
    ...(booted.timedOut ? { stopped: 1 } : {}),
  };
}

/**
 * Later ones count where two have the same experiment. A guest that was stopped came to no end at which
 * it could have unloaded the module: the others answer for it, if there are any.
 */
export function together(boots: readonly Boot[]): Boot {
  const experiments = new Map<string, ExperimentResult>();
  for (const boot of boots) for (const one of boot.experiments) experiments.set(one.id, one);
  const last = boots.at(-1) as Boot;
  const ended = boots.filter((one) => one.unloaded || (one.stopped ?? 0) < one.boots);
  const stopped = boots.reduce((sum, one) => sum + (one.stopped ?? 0), 0);
  return {
    accel: last.accel,
    release: last.release,
    experiments: [...experiments.values()],
    recordings: Object.assign({}, ...boots.map(({ recordings }) => recordings)),
    warnings: boots.flatMap(({ warnings }) => warnings),
    failures: boots.flatMap(({ failures }) => failures),
    unloaded: ended.length > 0 && ended.every(({ unloaded }) => unloaded),
    boots: boots.reduce((sum, one) => sum + one.boots, 0),
    ...(stopped === 0 ? {} : { stopped }),
  };
}

/** The run of a file, if there is one; only one that asked for the same can be carried on. */
async function earlierRun(file: string, wish: LabRunWish): Promise<LabRun | undefined> {
  const refuse = (error: NodeJS.ErrnoException): never => {
    throw new Problem('LUF-E201', `cannot read, or write, the run (${error.code})`, {
      where: file,
      hint: '--into wants a file, in a folder that is there',
    });
  };
  const text = await readFile(file, 'utf8').catch(async (error: NodeJS.ErrnoException) => {
    // Hours of guests are not to be lost for a place that nothing can be written to.
    if (error.code === 'ENOENT') await writeFile(file, '').then(() => rm(file), refuse);
    else refuse(error);
  });
  if (text === undefined) return undefined;
  const run = readLabRun(text, file);
  const { cpus, rounds, programs, unseen } = wish;
  const asked = {
    release: wish.guest.release,
    design: wish.design.id,
    cpus,
    rounds,
    programs,
    unseen,
  };
  for (const [name, value] of Object.entries(asked)) {
    const earlier = run[name as keyof typeof asked];
    if (JSON.stringify(earlier) === JSON.stringify(value)) continue;
    throw new Problem('LUF-E204', `it was run with ${name} ${earlier}, not ${value}`, {
      where: file,
      hint: 'carry on with the same options, or into another file',
    });
  }
  return run;
}

/** @throws Problem LUF-E202 if it is no run of the lab. */
export function readLabRun(text: string, where: string): LabRun {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { schema, experiments, rows } = (value ?? {}) as Partial<LabRun>;
  if (schema === RUN_SCHEMA && Array.isArray(experiments) && Array.isArray(rows)) {
    return value as LabRun;
  }
  throw new Problem('LUF-E202', `no run of the lab (${RUN_SCHEMA})`, {
    where,
    hint: 'lufcheck lab run --into FILE makes one, if FILE is not there',
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
      // A guest with a planted fault may leave a damaged file: that is no reason to stop.
      if (!(error instanceof Problem)) throw error;
      say(`${recording}: ${error.message}`);
      if (error.code !== 'LUF-E201') verdicts.set(id, { verdict: 'unknown', events: 0, rules: [] });
    }
  }
  return verdicts;
}
