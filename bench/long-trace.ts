// A recording of as many records as are wanted, made by repeating a short one; what it says of a kernel means nothing.

import { openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { memorySource } from '../src/trace/formats/byte-source.ts';
import { readTrace } from '../src/trace/formats/read-trace.ts';
import { measured } from './measure.ts';
import { repeatTrace } from './repeat-trace.ts';

/** Writes a trace.dat of version 6 into `folder`. trace-cmd unpacks a recording that is compressed. */
export async function longTrace(
  file: string,
  records: number,
  folder: string,
): Promise<{ readonly path: string; readonly records: number }> {
  const plain = join(folder, 'short.v6.dat');
  await measured('trace-cmd', ['convert', '-i', file, '-o', plain, '--file-version', '6']);
  const bytes = readFileSync(plain);
  const once = (await readTrace(memorySource(plain, bytes), () => {})).records;
  const times = Math.ceil(records / once);
  const path = join(folder, 'long.v6.dat');
  const out = openSync(path, 'w');
  for (const piece of await repeatTrace(bytes, times)) writeSync(out, piece);
  return { path, records: once * times };
}
