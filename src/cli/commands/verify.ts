import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { Problem } from '../../base/problem.ts';
import { counted, grouped, wrap } from '../../base/text.ts';
import { scenarios } from '../../catalogue/all.ts';
import { modelOf } from '../../catalogue/build.ts';
import { decode } from '../../certificate/format.ts';
import { verifying } from '../../certificate/verify.ts';
import { redesigned } from '../../explain/redesign.ts';
import { describeWorld } from '../../kernel/world.ts';
import { type Call, type Command, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { select } from '../select.ts';

const options = {
  quiet: { type: 'flag', short: 'q', says: 'say nothing but what is wrong' },
} as const;

export const verify: Command<typeof options> = command({
  name: 'verify',
  says: 'check a certificate with an implementation of its own',
  usage: 'FILE [SCENARIO:VARIANT]',
  about: [
    'Checks what "lufcheck check --certificate FILE" wrote: that the initial state is listed, that',
    'every step out of every listed state leads to a listed one, that none of them reports anything,',
    'and that nothing is stuck. It shares no code with the search and takes nothing from the file',
    'but the list. SCENARIO:VARIANT is what must be proven; without it, what the file names.',
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'the certificate shows what it says'],
    [exitCodes.usage, 'it does not, or cannot be read'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [['verify buddy.cert', 'is it true?']],
  run: runVerify,
});

async function runVerify({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  const [file, name, ...more] = positionals;
  if (file === undefined || more.length > 0) {
    throw new Problem('LUF-E101', 'takes a file, and what it must prove', {
      where: 'lufcheck verify',
      hint: 'lufcheck verify --help',
    });
  }
  const certificate = decode(await read(file), file);
  const { question, redesign } = certificate.head;
  const { design, without, with: plus } = redesign;
  const selected = redesigned(
    await select(scenarios, [name ?? question]),
    name === undefined ? { design, without, plus } : {},
  );
  const [one] = selected;
  if (one === undefined || selected.length > 1) {
    throw new Problem('LUF-E105', `a certificate is of one variant, not of ${selected.length}`, {
      where: name ?? question,
      hint: 'name it: SCENARIO:VARIANT',
    });
  }
  const run = verifying(modelOf(one.scenario, one.variant), certificate, file);
  let go = true;
  for (;;) {
    const { done, value } = run.next(go);
    if (done === true) {
      io.progress.clear();
      if (values.quiet) return exitCodes.asExpected;
      const { states, transitions, finished } = value;
      const { without: less, plus: added } = one.variant.design;
      const points = [...(less ?? []).map((p) => `-${p}`), ...(added ?? []).map((p) => `+${p}`)];
      const world = describeWorld(one.variant.world ?? one.scenario.world);
      const kernel = [one.variant.design.design.id, ...points].join(' ');
      const about = `verified: ${one.scenario.id}:${one.variant.id} (${kernel}) holds within ${world}: ${counted(states, 'state')} with ${grouped(transitions)} steps out of them, all of them listed, nothing reported, nothing stuck; ${grouped(finished)} at their end`;
      for (const line of wrap(about, io.look.columns, '  ')) io.out(line);
      return exitCodes.asExpected;
    }
    io.progress.show(`${counted(value, 'state')} checked`);
    await setImmediate();
    go = !io.stop.aborted;
  }
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new Problem(
      'LUF-E201',
      `cannot open the file (${(error as NodeJS.ErrnoException).code})`,
      {
        where: file,
        hint: 'check the path and the permissions',
      },
    );
  }
}
