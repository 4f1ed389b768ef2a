// How fast recordings are read and judged, against `trace-cmd report` on the same file.
//
//   npm run bench:trace -- FILE [EVENTS]
//
// FILE is a recording of `lufcheck record` (trace.dat version 6); it is repeated to EVENTS records
// (4,000,000), and compressed by trace-cmd. Each side runs in a process of its own; CPU time is what the
// kernel counted, of all its threads: the engine compiles and collects garbage on threads beside the one
// that reads and judges. The clock counts that one.

import { mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTrace } from '../src/trace/check/check-trace.ts';
import { memorySource } from '../src/trace/formats/byte-source.ts';
import { readTrace } from '../src/trace/formats/read-trace.ts';
import { openFileSource } from '../src/trace/node-file.ts';
import { type Measured, measured } from './measure.ts';
import { repeatTrace } from './repeat-trace.ts';

const EVENTS = 4_000_000;
const REPEATS = 3;

const [what, path] = process.argv.slice(2);
if (path !== undefined && (what === '--decode' || what === '--judge')) await work(what, path);
else if (what !== undefined) await compare(what, Number(path ?? EVENTS));
else print('usage: npm run bench:trace -- FILE [EVENTS]');

/** What a process of ours does that is measured. */
async function work(which: string, file: string): Promise<void> {
  const source = await openFileSource(file);
  if (which === '--judge') print((await checkTrace(source)).events);
  else print((await readTrace(source, () => {})).records);
  await source.close();
}

async function compare(file: string, events: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lufcheck-bench-'));
  try {
    const bytes = readFileSync(file);
    const { records } = await readTrace(memorySource(file, bytes), () => {});
    const times = Math.ceil(events / records);
    const [plain, packed] = [join(folder, 'long.v6.dat'), join(folder, 'long.dat')];
    const out = openSync(plain, 'w');
    for (const piece of await repeatTrace(bytes, times)) writeSync(out, piece);
    await measured('trace-cmd', [
      ...['convert', '-i', plain, '-o', packed],
      ...['--file-version', '7', '--compression', 'zstd'],
    ]);
    const us = process.argv[1] as string;
    const sides = {
      'trace-cmd report': () =>
        measured('sh', ['-c', 'trace-cmd report "$1" > /dev/null', 'sh', packed]),
      decode: () => measured(process.execPath, [us, '--decode', packed]),
      'decode and rules': () => measured(process.execPath, [us, '--judge', packed]),
    };
    print(`${(records * times).toLocaleString('en')} records, trace.dat 7, zstd`);
    let theirs: { readonly seconds: number; readonly wall: number } | undefined;
    for (const [name, run] of Object.entries(sides)) {
      const runs: Measured[] = [];
      for (let n = 0; n < REPEATS; n++) runs.push(await run());
      const seconds = Math.min(...runs.map(({ cpuSeconds }) => cpuSeconds));
      const wall = Math.min(...runs.map(({ wallSeconds }) => wallSeconds));
      theirs ??= { seconds, wall };
      const rate = (records * times) / seconds / 1e6;
      const memory = Math.max(...runs.map(({ peakBytes }) => peakBytes)) / 2 ** 20;
      print(
        `${name.padEnd(17)} ${seconds.toFixed(2)} s CPU  ${rate.toFixed(2)} M/s  ${(theirs.seconds / seconds).toFixed(1)} times  ${wall.toFixed(2)} s by the clock, ${(theirs.wall / wall).toFixed(1)} times  ${memory.toFixed(0)} MiB`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function print(line: string | number): void {
  process.stdout.write(`${line}\n`);
}
