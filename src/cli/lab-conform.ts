// `lufcheck lab conform`: recordings against the model's paths.

import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Problem } from '../base/problem.ts';
import { grouped } from '../base/text.ts';
import { scenarios } from '../catalogue/all.ts';
import { ConformanceJudge } from '../conform/conformance.ts';
import { modelPaths } from '../conform/model-paths.ts';
import { designs } from '../kernel/designs/all.ts';
import { conformText } from '../report/conform-text.ts';
import { openFileSource } from '../trace/node-file.ts';
import type { Surroundings } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

/** The stock kernel's design. */
const STOCK = 'mainline';

/**
 * @throws Problem LUF-E101 where no recording is named, LUF-E103 for a design that there is not,
 * LUF-E204 when no call of any path was judged.
 */
export async function conform(
  names: readonly string[],
  { design: wish = STOCK, json }: { readonly design?: string | undefined; readonly json: boolean },
  io: Surroundings,
): Promise<ExitCode> {
  const design = designs.find(({ id }) => id === wish);
  if (design === undefined) {
    throw new Problem('LUF-E103', `--design ${wish} is none of ours`, {
      where: 'lufcheck lab conform',
      hint: `one of ${designs.map(({ id }) => id).join(', ')}`,
    });
  }
  const files = (await Promise.all(names.map(recordingsIn))).flat();
  if (files.length === 0) {
    const inFolders = names.length === 0 ? '' : `: no .dat file in ${names.join(', ')}`;
    throw new Problem('LUF-E101', `which recording?${inFolders}`, {
      where: 'lufcheck lab conform',
      hint: 'lufcheck lab run --paths --keep DIR, then lufcheck lab conform DIR',
    });
  }
  io.progress.show('reading the paths');
  const judge = new ConformanceJudge(modelPaths(scenarios, design), design.id);
  let read = 0;
  for (const file of files) {
    if (io.stop.aborted) break;
    try {
      const source = await openFileSource(file);
      try {
        await judge.take(source, (records) =>
          io.progress.show(`${basename(file)}: ${grouped(records)} events`),
        );
        read++;
      } finally {
        await source.close();
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      io.progress.clear();
      io.note(error.render());
    }
  }
  io.progress.clear();
  if (read === 0) return exitCodes.usage;
  const result = judge.result();
  if (json) io.out(JSON.stringify(result, null, 2));
  else for (const line of conformText(result, io.look)) io.out(line);
  if (read < files.length) return io.stop.aborted ? exitCodes.bounded : exitCodes.usage;
  const isUnmatched = result.paths.some(({ unmatched }) => unmatched > 0);
  return isUnmatched ? exitCodes.surprise : exitCodes.asExpected;
}

/** A file is itself; a folder stands for the recordings in it. */
async function recordingsIn(name: string): Promise<string[]> {
  const isFolder = await stat(name).then(
    (one) => one.isDirectory(),
    () => false,
  );
  if (!isFolder) return [name];
  const inside = await readdir(name);
  return inside
    .filter((one) => one.endsWith('.dat'))
    .sort()
    .map((one) => join(name, one));
}
