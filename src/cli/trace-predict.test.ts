import { expect, test } from 'vitest';
import { plainLook } from '../report/look.ts';
import { trace } from './commands/trace.ts';
import { runProgram } from './program.ts';
import { Progress } from './progress.ts';

const folder = new URL('../../fixtures/traces/', import.meta.url).pathname;

async function lufcheck(...args: string[]) {
  const [out, notes]: [string[], string[]] = [[], []];
  const io = {
    out: (line: string) => void out.push(line),
    note: (line: string) => void notes.push(line),
    progress: new Progress({ write: () => true }, false),
    look: plainLook,
    stop: new AbortController().signal,
  };
  const commands = [{ name: 'trace', load: () => Promise.resolve(trace) }];
  const code = await runProgram({ commands, version: '0' }, ['trace', ...args], io);
  return { code, out: out.join('\n'), notes: notes.join('\n') };
}

test.each([
  ['reclaim.dat', 0, 'predicted: no frame was saved'],
  ['stock-ksm.dat', 3, 'predicted: no frame was saved'],
  // Its kernel skips arch_tlbbatch_flush, and not lufcheck recorded it: whether the probe was on is not known.
  ['noflush.dat', 1, 'nothing predicted: no batch_flush'],
])('%s: --predict is silent on it, and its exit code stays %i', async (file, code, says) => {
  const plain = await lufcheck(folder + file);
  const predicted = await lufcheck('--predict', folder + file);
  expect([plain.code, predicted.code]).toEqual([code, code]);
  expect(plain.out).not.toContain('predicted');
  expect(predicted.out).toContain(says);
});

test('as JSON it is a part of its own', async () => {
  const { out } = await lufcheck('--predict', '--json', `${folder}reclaim.dat`);
  expect(JSON.parse(out)).toMatchObject({
    verdict: 'clean',
    prediction: { possible: [], omitted: 0 },
  });
});

test.each([
  ['--quiet', ['--quiet']],
  ['sarif', ['--format', 'sarif']],
  ['--events', ['--events']],
])('with %s, which would not tell it, it is refused', async (name, more) => {
  const { code, notes } = await lufcheck('--predict', ...more, `${folder}reclaim.dat`);
  expect(code).toBe(2);
  expect(notes).toContain(
    `LUF-E104 lufcheck trace: --predict together with ${name} would tell nothing`,
  );
});
