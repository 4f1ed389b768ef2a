#!/usr/bin/env node
// The program as the shell sees it: streams, signals, exit code. Everything else is program.ts.

import { basename, relative } from 'node:path';
import { type Look, NARROWEST } from '../report/look.ts';
import { paintFor } from '../report/paint.ts';
import { commands } from './commands/all.ts';
import { exitCodes } from './exit-codes.ts';
import { runProgram } from './program.ts';
import { Progress } from './progress.ts';
import { readVersion } from './version.ts';

const { stdout, stderr, env, argv } = process;

/** How the user started us, so that commands to copy work as they stand. */
function programName(): string {
  const script = argv[1] ?? '';
  if (env.npm_command === 'exec') return 'npx lufcheck';
  if (basename(script) !== 'main.js') return 'lufcheck';
  const near = relative(process.cwd(), script);
  return `node ${near.startsWith('..') ? script : near}`;
}

function columnsOf(): number {
  const told = Number(env.COLUMNS);
  return stdout.columns || (Number.isInteger(told) && told > 0 ? told : NARROWEST);
}

// Whoever reads us may stop early (`lufcheck list | head`): that is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

const stop = new AbortController();
process.on('SIGINT', () => {
  // The first one stops at the next occasion and says how far it got; the second one stops.
  if (stop.signal.aborted) process.exit(exitCodes.bounded);
  stop.abort();
});

const look: Look = {
  columns: Math.max(columnsOf(), NARROWEST),
  paint: paintFor(stdout, env),
  program: programName(),
  pages: 'serve',
};
const args = argv.slice(2);
const wanted = !args.includes('--quiet') && !args.includes('-q');
process.exitCode = await runProgram({ commands, version: readVersion() }, args, {
  out: (line) => stdout.write(`${line}\n`),
  note: (line) => stderr.write(`${line}\n`),
  progress: new Progress(stderr, wanted),
  look,
  stop: stop.signal,
});
