import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../../base/problem.ts';
import { scenarios } from '../../catalogue/all.ts';
import { modelPaths } from '../../conform/model-paths.ts';
import { mainline } from '../../kernel/designs/mainline.ts';
import { conformProfile } from '../../record/bracket-probes.ts';
import { planRecording } from '../../record/plan.ts';
import { type RecordProfile, recordProfiles } from '../../record/probe-texts.ts';
import { recorderScript } from '../../record/script.ts';
import { Btf } from '../../trace/btf/btf.ts';
import { type Call, type Command, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { readVersion } from '../version.ts';
import { judgeTraces } from './trace.ts';

const OWN_BTF = '/sys/kernel/btf/vmlinux';
const BUFFER_KB = 65_536;

/** What it says of itself needs no model. */
const conform = conformProfile([]);

const options = {
  print: { type: 'flag', says: 'print the script instead of running it' },
  btf: {
    type: 'text',
    value: 'FILE',
    says: `BTF of the target, or its vmlinux (default: ${OWN_BTF} of this machine)`,
  },
  profile: {
    type: 'text',
    value: 'NAME',
    says: `what to record: ${[...recordProfiles, conform].map(({ id }) => id).join(', ')} (default: full)`,
  },
  output: {
    type: 'text',
    short: 'o',
    value: 'FILE',
    says: 'the recording (default: lufcheck.dat)',
  },
  'buffer-kb': {
    type: 'count',
    value: 'N',
    says: `kilobytes of ring buffer for each CPU (default: ${BUFFER_KB})`,
  },
} as const;

export const record: Command<typeof options> = command({
  name: 'record',
  says: 'record on a real kernel what the rules need',
  usage: '--print | -- COMMAND...',
  about: [
    'Finds out by the BTF of a kernel which functions to probe and where the fields lie. --print writes a',
    'shell script for the target, which needs root, tracefs and busybox, but no Node; it restores',
    'tracefs and leaves a trace.dat. With -- COMMAND it does so here, as root, and judges what it recorded.',
    '',
    ...[...recordProfiles, conform].map(({ id, says }) => `  ${id.padEnd(9)}${says}`),
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'printed; or recorded, and clean'],
    [exitCodes.surprise, 'recorded, and violated'],
    [exitCodes.usage, 'wrong usage or input, or the target refuses'],
    [exitCodes.bounded, 'recorded, and unknown'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [
    ['record --print --btf vmlinux-of-target > record.sh', 'then, on it: sh record.sh -- COMMAND'],
    ['record -o run.dat -- make -j8', 'on the machine to be checked, as root'],
  ],
  run: runRecord,
});

async function runRecord({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  if (!values.print && positionals.length === 0) {
    throw new Problem('LUF-E101', 'record what?', {
      where: 'lufcheck record',
      hint: 'give -- COMMAND to record here, or --print to get the script',
    });
  }
  if (values.print && positionals.length > 0) {
    throw new Problem('LUF-E104', '--print runs no command', {
      where: 'lufcheck record',
      hint: 'give the command to the script: sh record.sh -- COMMAND',
    });
  }
  const script = await scriptFor(values);
  if (values.print) {
    for (const line of script.text.trimEnd().split('\n')) io.out(line);
    for (const line of script.remarks) io.note(line);
    return exitCodes.asExpected;
  }
  for (const line of script.remarks) io.note(line);
  const output = values.output ?? 'lufcheck.dat';
  await runScript(script.text, output, positionals);
  return await judgeTraces([output], { all: false, quiet: false }, io);
}

interface Script {
  readonly text: string;
  /** What will be missing, for the user. */
  readonly remarks: readonly string[];
}

async function scriptFor(values: Call<typeof options>['values']): Promise<Script> {
  const profile = profileNamed(values.profile ?? 'full');
  if (profile === undefined) {
    throw new Problem('LUF-E103', `--profile ${values.profile} is none of ours`, {
      where: 'lufcheck record',
      hint: `one of ${[...recordProfiles, conform].map(({ id }) => id).join(', ')}`,
    });
  }
  const path = values.btf ?? OWN_BTF;
  const bytes = await read(path);
  const btf = new Btf(bytes, path);
  const plan = planRecording(btf, profile);
  const text = recorderScript(plan, {
    checksum: createHash('sha256').update(btf.bytes).digest('hex'),
    version: readVersion(),
    profile: profile.id,
    bufferKb: values['buffer-kb'] ?? BUFFER_KB,
  });
  const remarks = plan.missing.map(({ event, why, rules }) => {
    const lost = rules.length === 0 ? 'no rule needs it' : `not judged: ${rules.join(', ')}`;
    return `not recorded: ${event} (${why}); ${lost}`;
  });
  return { text, remarks };
}

/** The functions of the model are looked for only where they are recorded. */
function profileNamed(id: string): RecordProfile | undefined {
  if (id === conform.id) return conformProfile(modelPaths(scenarios, mainline).functions);
  return recordProfiles.find((one) => one.id === id);
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Problem('LUF-E201', `cannot read the BTF (${why})`, {
      where: path,
      hint: 'copy /sys/kernel/btf/vmlinux from the target and give it with --btf',
    });
  }
}

/** On the spot. The script says itself what goes wrong. */
async function runScript(text: string, output: string, args: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lufcheck-'));
  try {
    const path = join(folder, 'record.sh');
    await writeFile(path, text);
    const code = await new Promise<number | null>((resolve, reject) => {
      const child = spawn('/bin/sh', [path, '-o', output, '--', ...args], { stdio: 'inherit' });
      child.on('error', reject);
      child.on('exit', resolve);
    });
    if (code !== 0) {
      throw new Problem('LUF-E201', 'nothing was recorded', {
        where: 'lufcheck record',
        hint: 'the line above says why; to record on another machine: lufcheck record --print',
      });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
