import { readFile } from 'node:fs/promises';
import { Problem } from '../../base/problem.ts';
import { grouped } from '../../base/text.ts';
import { scenarios } from '../../catalogue/all.ts';
import { modelPaths } from '../../conform/model-paths.ts';
import { flushPointNeeds } from '../../explain/flush-point-needs.ts';
import { RULE_STATES } from '../../explain/rule-answers.ts';
import { designs } from '../../kernel/designs/all.ts';
import { mainline } from '../../kernel/designs/mainline.ts';
import type { Design } from '../../kernel/kernel.ts';
import type { LabDesign } from '../../lab/experiments.ts';
import { labFolder } from '../../lab/folders.ts';
import { openGuest } from '../../lab/guest-build.ts';
import { type LabRun, modulePoints, namedPoints, runLab } from '../../lab/lab-run.ts';
import { type ModelAnswer, readModelAnswers } from '../../lab/model-answers.ts';
import { setUpGuest } from '../../lab/setup.ts';
import { runSoak } from '../../lab/soak.ts';
import { runWorkload } from '../../lab/workload.ts';
import { conformProfile } from '../../record/bracket-probes.ts';
import { soakText } from '../../report/lab-soak-text.ts';
import { labText } from '../../report/lab-text.ts';
import { workloadText } from '../../report/lab-workload-text.ts';
import { type Call, type Command, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { conform } from '../lab-conform.ts';
import { refuseOthers } from '../refuse-others.ts';
import { rulesAnswers } from '../rules-pool.ts';
import { readVersion } from '../version.ts';

const KERNELS = '6.1';
const ROUNDS = 5;
const SECONDS = 1800;
/** An emulated CPU does in this time what a real one does in a tenth of it, or less. */
const TIMER_MS = 1000;

const options = {
  kernel: {
    type: 'text',
    value: 'V',
    says: `6.1, 6.12, or (setup) a folder with an unpacked kernel; setup: several, by commas (default: ${KERNELS})`,
  },
  dir: {
    type: 'text',
    value: 'DIR',
    says: 'where kernels, guests and runs are (default: lufcheck/lab in XDG_CACHE_HOME)',
  },
  accel: { type: 'text', value: 'NAME', says: 'tcg (software, the default) or kvm' },
  design: {
    type: 'text',
    value: 'NAME',
    says: 'luf-v12 or luf-v11 (default: luf-v12); conform: any (default: mainline)',
  },
  rounds: {
    type: 'count',
    value: 'N',
    says: `rounds of each program, or runs of the workload (default: ${ROUNDS})`,
  },
  programs: { type: 'text', value: 'A,B', says: 'only these litmus programs' },
  cpus: { type: 'count', value: 'N', says: 'virtual CPUs, 2 or more (default: 2)' },
  record: { type: 'switch', says: 'record, and judge by the rules (default: yes)' },
  paths: {
    type: 'flag',
    says: 'record the calls of modelled functions, too, for lab conform (with --keep)',
  },
  'extra-points': { type: 'flag', says: 'points of the module that the design lacks are on, too' },
  model: {
    type: 'text',
    value: 'FILE',
    says: 'what the explorer says, from lufcheck rules --flush-points --json',
  },
  explore: { type: 'switch', says: 'ask the explorer, which takes minutes (default: yes)' },
  seconds: { type: 'count', value: 'N', says: `how long the guest may run (default: ${SECONDS})` },
  work: {
    type: 'count',
    value: 'N',
    says: 'seconds of each run of the workload (default: 20), or of the soak (600)',
  },
  timer: {
    type: 'count',
    value: 'MS',
    says: `workload: the module pays after so many milliseconds (default: ${TIMER_MS})`,
  },
  into: {
    type: 'text',
    value: 'FILE',
    says: 'carry on with the run saved there: what it has is not run again',
  },
  'at-most': { type: 'count', value: 'N', says: 'experiments of this boot (default: all)' },
  keep: { type: 'text', value: 'DIR', says: 'keep recordings, console and dmesg here' },
  json: {
    type: 'flag',
    says: 'one JSON object instead (schema lufcheck.lab-run/1; conform: conform/1)',
  },
} as const;

export const lab: Command<typeof options> = command({
  name: 'lab',
  says: 'LUF on a real kernel in QEMU, with every flush point removable',
  usage: 'setup | run [POINT...] | workload | soak | conform FILE...',
  about: [
    'setup     fetches a stock kernel by apt (nothing is installed), builds LUF as a module, and the',
    '          programs that look for stale bytes, and boots once',
    'run       boots; for the stock kernel, for LUF with all flush points, with each (or each POINT)',
    '          taken away, and for each flush that the stock kernel can be made to leave out: what',
    '          programs read, what the rules find in the recording, what the explorer says;',
    '          POINT+POINT takes several away at once, FAULT@FUNCTION leaves out what one function flushes',
    'workload  readers of a mapping that does not fit: what LUF saves, in turn with the stock kernel',
    'soak      all flush points on, all programs, for a long time and under pressure: nothing may go',
    '          wrong, and the module must come and go under load',
    'conform   every recorded call of a modelled kernel function must be a run of its path: recordings,',
    '          or folders of them, call by call, with the first difference',
  ],
  options,
  exits: [
    [
      exitCodes.asExpected,
      'set up; no program is wronged with all points on, and the guest is sound; every call is a run',
    ],
    [
      exitCodes.surprise,
      'a stale read with all points on, a violation on the stock kernel, the kernel complained; or a call is no run of its path',
    ],
    [exitCodes.usage, 'wrong usage; something is missing on this machine; the guest does not boot'],
    [exitCodes.bounded, 'the guest did not come to its end'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [
    ['lab setup --kernel 6.1,6.12', 'both kernels'],
    ['lab run', 'every flush point of LUF v12'],
    ['lab run handle_mm_fault --keep run', 'one of them; its recordings in run/'],
    ['lab run fault_flush_tlb_mm_range@do_mprotect_pkey', 'a kernel whose mprotect does not flush'],
    ['lab run --into run.json --at-most 6', 'six experiments; again: six more'],
    ['lab conform run fixtures/traces/reclaim.dat', 'are they runs of the model?'],
  ],
  run: runLabCommand,
});

type Name = keyof typeof options;
const guestOptions: readonly Name[] = [
  'kernel',
  'dir',
  'accel',
  'design',
  'rounds',
  'cpus',
  'keep',
  'json',
];

/** What each part listens to. */
const taken: Readonly<Record<string, readonly Name[]>> = {
  setup: ['kernel', 'dir', 'accel'],
  run: [
    ...guestOptions,
    'programs',
    'record',
    'paths',
    'extra-points',
    'model',
    'explore',
    'seconds',
    'into',
    'at-most',
  ],
  workload: [...guestOptions, 'record', 'seconds', 'work', 'timer'],
  soak: [...guestOptions, 'programs', 'work'],
  conform: ['design', 'json'],
};

async function runLabCommand(call: Call<typeof options>): Promise<ExitCode> {
  const [verb, ...names] = call.positionals;
  if (verb !== undefined && Object.hasOwn(taken, verb)) {
    refuseOthers('lufcheck lab', verb, taken, { options, values: call.values });
  }
  if (verb === 'setup' && names.length === 0) return await setup(call);
  if (verb === 'run') return await run(call, names);
  if (verb === 'workload' && names.length === 0) return await workload(call);
  if (verb === 'soak' && names.length === 0) return await soak(call);
  if (verb === 'conform') return await conform(names, call.values, call.io);
  throw new Problem(
    'LUF-E101',
    verb === undefined
      ? 'setup, run, workload, soak or conform?'
      : `no lab ${call.positionals.join(' ')}`,
    {
      where: 'lufcheck lab',
      hint: 'lufcheck lab setup, then lufcheck lab run',
    },
  );
}

async function setup({ values, io }: Call<typeof options>): Promise<ExitCode> {
  const folder = values.dir ?? labFolder(process.env);
  for (const kernel of (values.kernel ?? KERNELS).split(',')) {
    const guest = await setUpGuest({
      lab: folder,
      kernel,
      path: process.env.PATH,
      accel: accelOf(values.accel),
      stop: io.stop,
      say: (line) => io.note(line),
    });
    io.out(`${guest.release}: ready in ${folder}`);
  }
  return exitCodes.asExpected;
}

async function run(
  { values, io }: Call<typeof options>,
  names: readonly string[],
): Promise<ExitCode> {
  const folder = values.dir ?? labFolder(process.env);
  const guest = await openGuest(folder, values.kernel ?? KERNELS);
  const design = designOf(values.design ?? 'luf-v12');
  const only = namedPoints(names, await modulePoints());
  const cpus = cpusOf(values.cpus);
  const chosen = programsOf(values.programs, [...guest.programs, ...guest.unseen]);
  const { run: result, file } = await runLab({
    guest,
    lab: folder,
    design,
    only,
    programs: guest.programs.filter((one) => chosen.includes(one)),
    unseen: guest.unseen.filter((one) => chosen.includes(one)),
    into: values.into,
    atMost: values['at-most'],
    rounds: values.rounds ?? ROUNDS,
    records: values.record ?? true,
    profile: values.paths ? conformProfile(modelPaths(scenarios, mainline).functions) : undefined,
    extra: values['extra-points'],
    cpus,
    seconds: values.seconds ?? SECONDS,
    accel: accelOf(values.accel),
    keep: values.keep,
    path: process.env.PATH,
    version: readVersion(),
    model: values.explore === false ? [] : await modelOf(values.model, design, io),
    stop: io.stop,
    say: (line) => io.progress.show(line),
  });
  io.progress.clear();
  if (values.json) io.out(JSON.stringify(result, null, 2));
  else for (const line of labText(result, io.look)) io.out(line);
  io.note(`saved as ${file}`);
  return exitCodeOf(result);
}

const WORK_SECONDS = 20;

async function workload({ values, io }: Call<typeof options>): Promise<ExitCode> {
  const folder = values.dir ?? labFolder(process.env);
  const result = await runWorkload({
    guest: await openGuest(folder, values.kernel ?? KERNELS),
    lab: folder,
    design: designOf(values.design ?? 'luf-v12'),
    runs: values.rounds ?? ROUNDS,
    work: values.work ?? WORK_SECONDS,
    timer: values.timer ?? TIMER_MS,
    records: values.record ?? true,
    version: readVersion(),
    cpus: cpusOf(values.cpus),
    seconds: values.seconds ?? SECONDS,
    accel: accelOf(values.accel),
    keep: values.keep,
    path: process.env.PATH,
    stop: io.stop,
    say: (line) => io.progress.show(line),
  });
  io.progress.clear();
  if (values.json) io.out(JSON.stringify(result, null, 2));
  else for (const line of workloadText(result, io.look)) io.out(line);
  const isWrong = [...result.stock, ...result.luf].some(({ wrong }) => wrong > 0);
  if (isWrong || result.warnings.length > 0) return exitCodes.surprise;
  return result.complete && result.unloaded ? exitCodes.asExpected : exitCodes.bounded;
}

const SOAK_SECONDS = 600;

async function soak({ values, io }: Call<typeof options>): Promise<ExitCode> {
  const folder = values.dir ?? labFolder(process.env);
  const guest = await openGuest(folder, values.kernel ?? KERNELS);
  const result = await runSoak({
    guest,
    lab: folder,
    design: designOf(values.design ?? 'luf-v12'),
    programs: programsOf(values.programs, guest.programs),
    rounds: values.rounds ?? ROUNDS,
    work: values.work ?? SOAK_SECONDS,
    cpus: cpusOf(values.cpus),
    accel: accelOf(values.accel),
    keep: values.keep,
    path: process.env.PATH,
    stop: io.stop,
    say: (line) => io.progress.show(line),
  });
  io.progress.clear();
  if (values.json) io.out(JSON.stringify(result, null, 2));
  else for (const line of soakText(result, io.look)) io.out(line);
  if (result.staleReads > 0 || result.warnings.length > 0) return exitCodes.surprise;
  const isWhole = result.complete && result.unloaded && result.failures.length === 0;
  return isWhole ? exitCodes.asExpected : exitCodes.bounded;
}

function cpusOf(cpus = 2): number {
  if (cpus >= 2) return cpus;
  throw new Problem('LUF-E103', '--cpus must be 2 or more: one CPU owes nobody a flush', {
    where: 'lufcheck lab',
  });
}

/**
 * With LUF and all points on a rule may fire where no program can notice: programs decide there. What
 * no point of the design sees may go wrong, until it is repaired.
 */
function exitCodeOf(run: LabRun): ExitCode {
  const isWrong = run.rows.some(
    ({ kind, programs, rules }) =>
      (['stock', 'all-on', 'repaired'].includes(kind) && programs === 'wrong') ||
      (kind === 'stock' && rules === 'wrong'),
  );
  if (isWrong || run.warnings.length > 0) return exitCodes.surprise;
  return run.complete && run.unloaded ? exitCodes.asExpected : exitCodes.bounded;
}

function accelOf(name: string | undefined): 'kvm' | 'tcg' | undefined {
  if (name === undefined || name === 'kvm' || name === 'tcg') return name;
  throw new Problem('LUF-E103', `--accel ${name}`, { where: 'lufcheck lab', hint: 'kvm or tcg' });
}

function designOf(id: string): LabDesign & Design {
  const accounting = { 'luf-v11': 11, 'luf-v12': 12 }[id];
  const design = designs.find((one) => one.id === id);
  if (design !== undefined && (accounting === 11 || accounting === 12)) {
    return { ...design, accounting };
  }
  throw new Problem('LUF-E103', `--design ${id}: the module does not account like it`, {
    where: 'lufcheck lab run',
    hint: 'luf-v12 or luf-v11',
  });
}

function programsOf(wish: string | undefined, built: readonly string[]): readonly string[] {
  if (wish === undefined) return built;
  const names = wish.split(',');
  const unknown = names.filter((name) => !built.includes(name));
  if (unknown.length === 0) return names;
  throw new Problem('LUF-E103', `--programs: no litmus program ${unknown.join(', ')}`, {
    where: 'lufcheck lab run',
    hint: `one of ${built.join(', ')}`,
  });
}

async function modelOf(
  file: string | undefined,
  design: Design,
  io: Call<typeof options>['io'],
): Promise<readonly ModelAnswer[]> {
  if (file !== undefined) {
    const text = await readFile(file, 'utf8').catch(() => {
      throw new Problem('LUF-E201', 'cannot read the answers of the explorer', {
        where: file,
        hint: 'docs/data/flush-points.json has them; --no-explore leaves them out',
      });
    });
    return readModelAnswers(text, file, design.id);
  }
  const { answers } = await rulesAnswers({
    scenarios,
    designs: [design.id],
    withRules: false,
    variantsOnly: false,
    maxStates: RULE_STATES,
    workers: 1,
    stop: io.stop,
    onAnswer: (done, n) =>
      io.progress.show(`exploring: ${done}/${scenarios.length} scenarios, ${grouped(n)} questions`),
  });
  return flushPointNeeds(answers, [design]);
}
