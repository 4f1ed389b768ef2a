import { expect, test } from 'vitest';
import { plainLook } from '../report/look.ts';
import { command, type Surroundings } from './command.ts';
import { runProgram } from './program.ts';
import { Progress } from './progress.ts';

function surroundings(): { io: Surroundings; out: string[]; notes: string[] } {
  const [out, notes]: [string[], string[]] = [[], []];
  const io = {
    out: (line: string) => void out.push(line),
    note: (line: string) => void notes.push(line),
    progress: new Progress({ write: () => true }, false),
    look: plainLook,
    stop: new AbortController().signal,
  };
  return { io, out, notes };
}

test('a bug shows its stack and how to reproduce it, and gives exit 70', async () => {
  const faulty = command({
    name: 'faulty',
    says: 'breaks',
    usage: '[X...]',
    about: [],
    options: {},
    examples: [],
    run: () => Promise.reject(new TypeError('x is not a function')),
  });
  const { io, out, notes } = surroundings();
  const commands = [{ name: 'faulty', load: () => Promise.resolve(faulty) }];
  const args = ['faulty', 'a b', 'redis://me:secret@host/1'];
  expect(await runProgram({ commands, version: '0' }, args, io)).toBe(70);
  expect(out).toEqual([]);
  expect(notes[0]).toBe(
    'lufcheck: internal error; this is a bug of lufcheck, not of what it checks',
  );
  expect(notes[1]).toContain('program.test.ts');
  expect(notes.at(-1)).toBe("to reproduce: lufcheck faulty 'a b' redis://...@host/1");
});

test('progress is one line on a terminal, gone before results, and nothing elsewhere', () => {
  const written: string[] = [];
  const stream = { isTTY: true, columns: 20, write: (text: string) => written.push(text) };
  const live = new Progress(stream, true);
  live.show('short');
  live.show('longer than the terminal is wide');
  live.clear();
  live.clear();
  expect(written).toEqual(['\r\u001b[Kshort', '\r\u001b[Klonger than the te…', '\r\u001b[K']);
  const piped: string[] = [];
  const none = new Progress({ write: (text: string) => piped.push(text) }, true);
  none.show('short');
  none.clear();
  expect(piped).toEqual([]);
});
