import { basename } from 'node:path';
import { Problem } from '../../base/problem.ts';
import { grouped } from '../../base/text.ts';
import { designs } from '../../kernel/designs/all.ts';
import type { Design } from '../../kernel/kernel.ts';
import { whatIfCsv, whatIfText } from '../../report/what-if-text.ts';
import { openFileSource } from '../../trace/node-file.ts';
import { replayable, whatIf } from '../../whatif/what-if.ts';
import { type Call, type Command, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

const options = {
  design: {
    type: 'text',
    value: 'NAMES',
    says: 'only these, separated by commas (default: all that can be replayed)',
  },
  json: { type: 'flag', says: 'one JSON object instead of text (schema lufcheck.whatif/1)' },
  csv: { type: 'flag', says: 'a line for each design and place, for spreadsheets' },
} as const;

export const whatif: Command<typeof options> = command({
  name: 'whatif',
  says: 'what each design would have saved on a recording of a kernel without it',
  usage: 'FILE',
  about: [
    'Replays what reclaim did in a recording along each design: the flushes and interrupts that there',
    'were, that would have been put off, paid early (at which flush point) or together, and how long',
    'frames were free in debt, or kept. The designs are those that lufcheck check explores. Whatever the',
    'recording does not tell is assumed, and every assumption is printed.',
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'replayed'],
    [exitCodes.usage, 'wrong usage, or the recording does not tell what reclaim did'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [
    ['whatif fixtures/traces/reclaim.dat', 'a stock kernel under reclaim'],
    ['whatif run.dat --design luf-v11,luf-v12 --csv', 'two designs, as CSV'],
  ],
  run: runWhatIf,
});

async function runWhatIf({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) {
    throw new Problem('LUF-E101', 'which recording?', {
      where: 'lufcheck whatif',
      hint: 'name one file, such as fixtures/traces/reclaim.dat',
    });
  }
  if (values.json && values.csv) {
    throw new Problem('LUF-E104', '--json and --csv do not go together', {
      where: 'lufcheck whatif',
      hint: 'give one of them',
    });
  }
  const chosen = values.design === undefined ? replayable : values.design.split(',').map(named);
  const source = await openFileSource(path);
  try {
    const answer = await whatIf(source, {
      designs: chosen,
      onProgress: (reading, records) =>
        io.progress.show(`${basename(path)}: reading ${reading} of 2, ${grouped(records)} events`),
    });
    io.progress.clear();
    if (values.json) io.out(JSON.stringify(answer, null, 2));
    else
      for (const line of values.csv ? whatIfCsv(answer) : whatIfText(answer, io.look)) io.out(line);
  } finally {
    io.progress.clear();
    await source.close();
  }
  return exitCodes.asExpected;
}

function named(name: string): Design {
  const design = replayable.find(({ id }) => id === name);
  if (design !== undefined) return design;
  const isOther = designs.some(({ id }) => id === name);
  throw new Problem(
    'LUF-E102',
    isOther ? `${name} defers what a recording does not show` : `no design ${name}`,
    {
      where: 'lufcheck whatif',
      hint: `one of ${replayable.map(({ id }) => id).join(', ')}`,
    },
  );
}
