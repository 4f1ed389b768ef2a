// What the printed script leaves behind when it ends, and with which exit code: run by sh, and by
// busybox where there is one, on a folder that stands for tracefs. What tracefs does by itself (files
// of a new instance) functions in front of the script do here.

import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Btf } from '../trace/btf/btf.ts';
import { sampleKernel } from '../trace/btf/testing/btf-writer.ts';
import { planRecording } from './plan.ts';
import { recordProfiles } from './probe-texts.ts';
import { recorderScript } from './script.ts';

const [full] = recordProfiles;
const plan = planRecording(new Btf(sampleKernel(false), 'old'), full as NonNullable<typeof full>);
const script = recorderScript(plan, {
  checksum: 'abc',
  version: '1.2.3',
  profile: 'full',
  bufferKb: 64,
});

/** busybox prefers its own commands to those in PATH, but not to functions. */
const standIns = `
id() { echo 0; }
uname() { if [ "$1" = -m ]; then echo x86_64; else echo 6.1.0-test; fi; }
sha256sum() { echo "\${CHECKSUM:-abc}"; }
mkdir() {
  command mkdir "$@" || return
  for made; do
    case "$made" in
      */lufcheck-*)
        command mkdir -p "$made/events" "$made/per_cpu/cpu0"
        echo 'entries: 0' > "$made/per_cpu/cpu0/stats"
        : > "$made/trace" ;;
    esac
  done
}
rmdir() { rm -rf "$@"; }
`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lufcheck-script-'));
  const tracing = join(root, 'tracing');
  mkdirSync(join(tracing, 'events'), { recursive: true });
  mkdirSync(join(tracing, 'instances'));
  const files = { dynamic_events: '', saved_cmdlines_size: '128\n', saved_cmdlines: '1 sh\n' };
  for (const [name, text] of Object.entries({ ...files, header_page: 'x', header_event: 'x' })) {
    writeFileSync(join(tracing, name), text);
  }
  writeFileSync(join(tracing, 'kprobe_profile'), '');
  const here = script
    .replaceAll('/sys/kernel/tracing', tracing)
    .replaceAll('/sys/kernel/btf/vmlinux', '/dev/null');
  writeFileSync(join(root, 'record.sh'), standIns + here);
});
afterEach(() => rmSync(root, { recursive: true }));

/** Runs it; `signal` is sent once `ready` is there. */
async function run(
  shell: readonly string[],
  args: readonly string[],
  signal?: NodeJS.Signals,
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; stderr: string }> {
  const [program = 'sh', ...first] = shell;
  const child = spawn(program, [...first, 'record.sh', '-o', 'out.dat', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += String(data);
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  if (signal !== undefined) {
    while (!isRecording() && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // The command has begun as well.
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill(signal);
  }
  return { code: await ended, stderr };
}

/** Once all probes were tried, the script turns tracing on for good. */
function isRecording(): boolean {
  const instances = join(root, 'tracing', 'instances');
  const [name] = readdirSync(instances);
  if (name === undefined) return false;
  const [on, temporary] = [
    join(instances, name, 'tracing_on'),
    readdirSync(root).find((one) => one.startsWith('.lufcheck.')),
  ];
  if (temporary === undefined || !existsSync(join(root, temporary, 'points'))) return false;
  return existsSync(on) && readFileSync(on, 'utf8') === '1\n';
}

function expectRestored(): void {
  const tracing = join(root, 'tracing');
  expect(readdirSync(join(tracing, 'instances'))).toEqual([]);
  expect(readFileSync(join(tracing, 'saved_cmdlines_size'), 'utf8')).toBe('128\n');
  expect(readdirSync(root).filter((name) => name.startsWith('.lufcheck.'))).toEqual([]);
}

function statusIn(file: string): string | undefined {
  return /status=(\d+)/.exec(readFileSync(join(root, file), 'latin1'))?.[1];
}

function hasBusybox(): boolean {
  try {
    execFileSync('busybox', ['true']);
    return true;
  } catch {
    return false;
  }
}
const shells: readonly (readonly string[])[] = [
  ['sh'],
  ...(hasBusybox() ? [['busybox', 'sh']] : []),
];

test.each(shells.map((one) => [one.join(' '), one] as const))(
  '%s: what a command ends with is in the file, not the exit code',
  async (_, shell) => {
    const { code, stderr } = await run(shell, ['--', 'sh', '-c', 'exit 7']);
    expect([code, statusIn('out.dat')]).toEqual([0, '7']);
    expect(stderr).toContain('the command ended with status 7');
    expectRestored();
  },
);

test.each(shells.map((one) => [one.join(' '), one] as const))(
  '%s: a signal ends the command, and the file is written',
  async (_, shell) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const { code } = await run(shell, ['--', 'sleep', '60'], signal);
      expect([signal, code, statusIn('out.dat')]).toEqual([signal, 0, '143']);
      expectRestored();
    }
  },
);

test.each(shells.map((one) => [one.join(' '), one] as const))(
  '%s: a signal ends the waiting',
  async (_, shell) => {
    const { code } = await run(shell, ['-t', '60'], 'SIGTERM');
    expect([code, statusIn('out.dat')]).toEqual([0, '0']);
    expectRestored();
  },
);

test('what it cannot do ends with 2, and nothing is left', async () => {
  const env = { CHECKSUM: 'other' };
  const { code, stderr } = await run(['sh'], ['--', 'true'], undefined, env);
  expect(code).toBe(2);
  expect(stderr).toContain('made for another kernel');
  expectRestored();
});
