// LUF with every flush point on, for a long time and under pressure: nothing may go wrong, and the
// module must come and go under load.

import { rm } from 'node:fs/promises';
import { bootGuest, passingFolder } from './boot-guest.ts';
import { type Experiment, experimentsOf, type LabDesign, settingLines } from './experiments.ts';
import type { BuiltGuest } from './guest-build.ts';
import type { ExperimentResult, LitmusResult } from './guest-output.ts';
import { modulePoints } from './lab-run.ts';
import { bootTools, requireTools } from './tools.ts';

export const SOAK_SCHEMA = 'lufcheck.lab-soak/1';

export interface SoakWish {
  readonly guest: BuiltGuest;
  readonly lab: string;
  readonly design: LabDesign;
  readonly programs: readonly string[];
  /** Of each program in each pass. */
  readonly rounds: number;
  /** How long the programs run. */
  readonly work: number;
  readonly cpus: number;
  readonly accel?: 'kvm' | 'tcg' | undefined;
  readonly keep?: string | undefined;
  readonly path: string | undefined;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

export interface Soak {
  readonly schema: typeof SOAK_SCHEMA;
  readonly date: string;
  readonly release: string;
  readonly design: string;
  readonly cpus: number;
  readonly accel: 'kvm' | 'tcg';
  /** That the guest says it took. */
  readonly seconds: number;
  readonly programs: readonly string[];
  readonly passes: number;
  readonly rounds: number;
  /** Rounds in which a reader could have gone on by an old translation, and in which one did. */
  readonly tried: number;
  readonly reached: number;
  readonly wrongRounds: number;
  readonly staleReads: number;
  readonly reads: number;
  readonly wrongIn: readonly string[];
  /** Tasks that the kernel killed because their memory group was full. */
  readonly kills: number;
  /** How often the module went and came under load. */
  readonly reloads: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  readonly failures: readonly string[];
  readonly unloaded: boolean;
  readonly complete: boolean;
}

/** Beyond the programs themselves: to boot, to make files, to reload, to end. */
const MORE_SECONDS = 240;

export async function runSoak(wish: SoakWish): Promise<Soak> {
  const found = await requireTools(wish.path, bootTools);
  const all = experimentsOf(wish.design, await modulePoints(), {
    only: ['none'],
    records: false,
    extra: true,
    programs: wish.programs,
    unseen: [],
  });
  const folder = wish.keep ?? passingFolder(wish.lab);
  const booted = await bootGuest(wish.guest, folder, {
    plan: soakPlan(all, wish),
    tools: found,
    accel: wish.accel,
    cpus: wish.cpus,
    megabytes: 512,
    seconds: wish.work + MORE_SECONDS,
    kills: true,
    stop: wish.stop,
    onLine: wish.say,
  });
  if (wish.keep === undefined) await rm(folder, { recursive: true, force: true });
  const { result } = booted;
  return {
    schema: SOAK_SCHEMA,
    date: new Date().toISOString(),
    release: result.release ?? wish.guest.release,
    design: wish.design.id,
    cpus: wish.cpus,
    accel: booted.accel,
    programs: wish.programs,
    ...soaked(result.experiments.find(({ id }) => id === 'all-on')),
    warnings: booted.warnings,
    failures: [...result.failures, ...result.experiments.flatMap(({ failures }) => failures)],
    unloaded: result.unloaded,
    complete: result.complete && !booted.timedOut,
  };
}

/** Every point on, the timer too; the readers' file is made first. */
export function soakPlan(
  all: readonly Experiment[],
  { work, rounds, programs }: Pick<SoakWish, 'work' | 'rounds' | 'programs'>,
): string {
  const lines = ['experiment file', 'run walk /data/walk 96 2 1 48', 'end'];
  for (const experiment of all.filter(({ kind }) => kind === 'all-on')) {
    lines.push(
      `experiment ${experiment.id}`,
      'set timer_ms 100',
      ...settingLines(experiment),
      `soak ${work} ${rounds} ${programs.join(' ')}`,
      'end',
    );
  }
  return `${lines.join('\n')}\n`;
}

function soaked(result: ExperimentResult | undefined) {
  const litmus = result?.litmus ?? [];
  const sum = (field: Exclude<keyof LitmusResult, 'name'>): number =>
    litmus.reduce((total, one) => total + one[field], 0);
  const wrongIn = litmus.filter(({ wrong }) => wrong > 0).map(({ name }) => name);
  return {
    seconds: result?.seconds ?? 0,
    passes: result?.soak?.passes ?? 0,
    rounds: sum('rounds'),
    tried: sum('tried'),
    reached: sum('reached'),
    wrongRounds: sum('wrong'),
    staleReads: sum('stale') + sum('foreign') + (result?.work?.wrong ?? 0),
    reads: sum('reads') + (result?.work?.pages ?? 0),
    wrongIn: [...new Set(wrongIn)],
    kills: result?.soak?.kills ?? 0,
    reloads: result?.soak?.reloads ?? 0,
    counters: result?.counters ?? {},
  };
}
