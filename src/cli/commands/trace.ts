import { basename } from 'node:path';
import { Problem } from '../../base/problem.ts';
import { grouped } from '../../base/text.ts';
import { traceJunit } from '../../report/junit.ts';
import { traceSarif } from '../../report/sarif.ts';
import { traceHtml } from '../../report/trace-html.ts';
import { type TraceFailure, tracesJson } from '../../report/trace-json.ts';
import { traceText } from '../../report/trace-text.ts';
import { checkTrace } from '../../trace/check/check-trace.ts';
import type { TraceVerdict } from '../../trace/check/verdict.ts';
import { openFileSource } from '../../trace/node-file.ts';
import { type Call, type Command, command, type Surroundings } from '../command.ts';
import { eventOptions, listEvents, refuseEventOptions } from '../event-listing.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { readVersion } from '../version.ts';

const options = {
  json: {
    type: 'flag',
    says: 'one JSON object instead of text (schema lufcheck.trace/1; several files: traces/1)',
  },
  format: {
    type: 'text',
    value: 'NAME',
    says: 'verdicts as json, sarif, junit or html; events as text, jsonl or parquet',
  },
  all: { type: 'flag', says: 'tell every kind of violation in full, not only three' },
  predict: {
    type: 'flag',
    says: 'also tell what a later flush would have made wrong, apart from the verdict',
  },
  quiet: { type: 'flag', short: 'q', says: 'say only which files are violated or unknown' },
  ...eventOptions,
} as const;

export const trace: Command<typeof options> = command({
  name: 'trace',
  says: 'judge recordings of real kernels by the same rules',
  usage: 'FILE...',
  about: [
    "Reads trace.dat (v6, v7), perf.data, the output of trace-cmd report or perf script, or the kernel's",
    'trace file (- for a pipe), with the probes of group luf, and looks for flushes that came too late.',
    '',
    '  violated  no legal behaviour of the kernel explains the events',
    '  clean     every owed flush was seen, or the CPU was lazy or had switched away',
    '  unknown   records or fields are missing, or nothing that could break a rule happened',
    '',
    'A rule says how often it was exercised: one that saw nothing has proved nothing.',
    '--predict looks for frames that only the flush of an unrelated task kept from being reused too',
    'early, and tells them as possible. The verdict and the exit code do not depend on it.',
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'every trace is clean'],
    [exitCodes.surprise, 'a trace is violated'],
    [
      exitCodes.usage,
      'a file cannot be read or has nothing that a rule can use (outweighs 1 and 3)',
    ],
    [exitCodes.bounded, 'a trace is unknown, and none is violated'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [
    ['trace fixtures/traces/reclaim.dat', 'a stock kernel under reclaim'],
    ['trace fixtures/traces/noflush.dat', 'the same with one flush skipped'],
    ['trace a.dat --events --format jsonl --kind pte.clear', 'for jq, DuckDB or pandas'],
    ['trace a.dat --events --format parquet -o a.parquet', 'one row an event'],
    ['trace --json a.dat b.txt | jq .traces[].verdict', 'for scripts'],
    ['trace - < run.dat', 'also at the end of a pipe: ssh target cat run.dat | lufcheck trace -'],
  ],
  run: runTrace,
});

type Result = TraceVerdict | TraceFailure;

const formats = {
  json: (results: readonly Result[]) => JSON.stringify(tracesJson(results), null, 2),
  sarif: (results: readonly Result[]) => traceSarif(readVersion(), results),
  junit: traceJunit,
  html: (results: readonly Result[]) => traceHtml(readVersion(), results),
} as const;

/** `--json` is `--format json`. */
function formatNamed(name: string | undefined, json: boolean): keyof typeof formats | undefined {
  if (name === undefined) return json ? 'json' : undefined;
  if (Object.hasOwn(formats, name) && !(json && name !== 'json'))
    return name as keyof typeof formats;
  const both = json ? ' together with --json' : '';
  throw new Problem('LUF-E103', `--format ${name}${both} is not a format`, {
    where: 'lufcheck trace',
    hint: `one of ${Object.keys(formats).join(', ')}`,
  });
}

async function runTrace({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  if (positionals.length === 0) {
    throw new Problem('LUF-E101', 'which trace?', {
      where: 'lufcheck trace',
      hint: 'name one or more files, such as fixtures/traces/noflush.dat',
    });
  }
  refuseEventOptions(values);
  const untold = values.events ? '--events' : values.quiet ? '--quiet' : values.format;
  if (values.predict && untold !== undefined && untold !== 'json') {
    throw new Problem('LUF-E104', `--predict together with ${untold} would tell nothing`, {
      where: 'lufcheck trace',
      hint: 'predictions are told as text and with --json',
    });
  }
  if (values.events) {
    if (values.output !== undefined && positionals.length > 1) {
      throw new Problem('LUF-E104', '-o takes the events of one recording', {
        where: 'lufcheck trace',
        hint: 'call it once for each file',
      });
    }
    for (const path of positionals) await listEvents(path, values, io);
    return exitCodes.asExpected;
  }
  const format = formatNamed(values.format, values.json);
  return await judgeTraces(positionals, { ...values, format }, io);
}

interface Wish {
  readonly format?: keyof typeof formats | undefined;
  readonly all: boolean;
  readonly quiet: boolean;
  readonly predict?: boolean;
}

/** Judges each file and says what came of it. */
export async function judgeTraces(
  paths: readonly string[],
  { format, ...values }: Wish,
  io: Surroundings,
): Promise<ExitCode> {
  const results: Result[] = [];
  for (const path of paths) {
    const result = await judgeFile(path, values.predict ?? false, io);
    results.push(result);
    if (format === undefined) print(result, io, values, results.length > 1);
    if (io.stop.aborted) break;
  }
  if (format !== undefined) io.out(formats[format](results));
  return worst(results.map(exitCodeOf));
}

async function judgeFile(path: string, predict: boolean, io: Surroundings): Promise<Result> {
  try {
    const source = await openFileSource(path);
    try {
      return await checkTrace(source, {
        predict,
        onProgress: (reading, records) =>
          io.progress.show(
            `${basename(path)}: ${reading === 1 ? '' : 'judged again, '}${grouped(records)} events`,
          ),
      });
    } finally {
      io.progress.clear();
      await source.close();
    }
  } catch (error) {
    if (error instanceof Problem) return { file: path, error };
    throw error;
  }
}

function print(
  result: Result,
  io: Surroundings,
  { all, quiet }: { readonly all: boolean; readonly quiet: boolean },
  isNext: boolean,
): void {
  if ('error' in result) {
    io.note(result.error.render());
    return;
  }
  if (quiet) {
    if (result.verdict !== 'clean') io.out(`${result.verdict.toUpperCase()}  ${result.file}`);
    return;
  }
  if (isNext) io.out('');
  for (const line of traceText(result, io.look, all)) io.out(line);
}

function exitCodeOf(result: Result): ExitCode {
  if ('error' in result) return exitCodes.usage;
  const { verdict } = result;
  if (verdict === 'violated') return exitCodes.surprise;
  return verdict === 'unknown' ? exitCodes.bounded : exitCodes.asExpected;
}

/** What a script must not miss: an input that was not judged, then a violation, then doubt. */
function worst(codes: readonly ExitCode[]): ExitCode {
  const ranking = [exitCodes.usage, exitCodes.surprise, exitCodes.bounded];
  return ranking.find((code) => codes.includes(code)) ?? exitCodes.asExpected;
}
