import { basename } from 'node:path';
import { Problem } from '../../base/problem.ts';
import { grouped } from '../../base/text.ts';
import { PerfettoTrace } from '../../report/trace-perfetto.ts';
import { checkTrace } from '../../trace/check/check-trace.ts';
import { readEvents } from '../../trace/events/read-events.ts';
import { openFileSource } from '../../trace/node-file.ts';
import { type Call, type Command, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openOutput } from '../file-output.ts';

const options = {
  output: {
    type: 'text',
    short: 'o',
    value: 'FILE',
    says: 'where to write it (default: FILE.perfetto.json)',
  },
} as const;

export const convert: Command<typeof options> = command({
  name: 'convert',
  says: 'a recording as a picture in time, for ui.perfetto.dev',
  usage: 'FILE',
  about: [
    'Writes the JSON that Perfetto and chrome://tracing open: for each address space a span while CPUs',
    'owed it a flush, the flushes on their CPUs, and every violation as an instant.',
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'written'],
    [exitCodes.usage, 'wrong usage, or the recording cannot be read'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [['convert fixtures/traces/noflush.dat -o out.perfetto.json', 'with a skipped flush']],
  run: runConvert,
});

async function runConvert({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) {
    throw new Problem('LUF-E101', 'which recording?', {
      where: 'lufcheck convert',
      hint: 'name one file, such as fixtures/traces/noflush.dat',
    });
  }
  const output = values.output ?? `${path === '-' ? 'trace' : path}.perfetto.json`;
  const source = await openFileSource(path);
  try {
    const verdict = await checkTrace(source, {
      onProgress: (reading, records) =>
        io.progress.show(`${basename(path)}: reading ${reading} of 4, ${grouped(records)} events`),
    });
    const file = openOutput(output);
    const picture = new PerfettoTrace((text) => file.write(text));
    let timeBase = 0n;
    await readEvents(source, {
      onInfo: (info) => {
        timeBase = info.timeBase;
      },
      onEvent: (event) => picture.event(event),
    });
    picture.end(verdict, timeBase);
    file.close();
    io.progress.clear();
    const found = grouped(verdict.violations.length);
    io.out(
      `${output}: ${verdict.verdict}, ${found} violations; open it at https://ui.perfetto.dev`,
    );
  } finally {
    io.progress.clear();
    await source.close();
  }
  return exitCodes.asExpected;
}
