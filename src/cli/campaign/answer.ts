// The one runner of cells: what a worker process of this machine does, and a worker behind a queue, byte
// for byte. An answer follows from the cell and its bounds; time, memory and other cells have no part in it.

import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Problem } from '../../base/problem.ts';
import { canonical } from '../../campaign/canonical.ts';
import { type Cell, type CellBounds, cellName, questionOf } from '../../campaign/cell.ts';
import { digestOf } from '../../campaign/digest.ts';
import type { LookProgress, Task, TaskEnd } from '../../campaign/engine.ts';
import { blobNameOf } from '../../campaign/log-store.ts';
import { modelForm } from '../../campaign/model-form.ts';
import { programId } from '../../campaign/program-id.ts';
import type { Blob, CellResult, Outcome } from '../../campaign/result.ts';
import { witnessedModelOf, witnessesOf } from '../../catalogue/build.ts';
import { judging, type Verdict } from '../../explain/judge.ts';
import { whyNot } from '../../explain/matrix.ts';
import { sampling, verdictOfSamples } from '../../explain/sampling.ts';
import { askedAs, type Story, storyOf } from '../../explain/story.ts';
import { witnessProperty } from '../../kernel/witness.ts';
import { checkTrace } from '../../trace/check/check-trace.ts';
import { openFileSource } from '../../trace/node-file.ts';
import { inUserFile } from '../user-file.ts';
import { type Subject, subjectOf } from './resolve.ts';

export interface Asked {
  /** Told about five times a second; false gives the task back. */
  readonly onProgress: (progress: LookProgress) => boolean;
  /** Name of this machine or process, for `Cost`. */
  readonly worker: string;
}

/** Never throws for what is wrong with a cell: that is its answer. A bug of ours is thrown. */
export async function answer(task: Task, asked: Asked): Promise<TaskEnd> {
  const { program } = programId();
  if (task.program !== program) {
    return refused(
      `it runs lufcheck ${program.slice(0, 8)}, and is asked by ${task.program.slice(0, 8)}`,
    );
  }
  const { cell, folder } = task;
  const subject = await subjectDigest(cell, folder);
  if (task.kind === 'identify') return { kind: 'identified', subject };
  if (subject !== task.subject) {
    return refused(`${cellName(cell)} is another one here: are its files the same?`);
  }
  const before = process.cpuUsage();
  const { bounds } = task;
  const found =
    cell.kind === 'trace'
      ? await judgeTrace(resolve(folder, cell.file), cell.file, asked)
      : await explore(cell, folder, bounds, asked);
  if (found === undefined) return { kind: 'returned' };
  const { outcome, blobs = [] } = found;
  const result: CellResult = { key: keyOf(subject, bounds), subject, bounds, outcome };
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const memory = process.resourceUsage().maxRSS * 1024;
  return { kind: 'found', result, blobs, cost: { seconds, memory, worker: asked.worker } };
}

/** The same question has the same key anywhere. */
export function keyOf(subject: string, bounds: CellBounds): string {
  return digestOf([subject, canonical(bounds)]);
}

function refused(why: string): TaskEnd {
  return { kind: 'refused', code: 'LUF-E506', why };
}

interface Answered {
  readonly outcome: Outcome;
  readonly blobs?: readonly Blob[];
}

/** Subjects of this process, since a cell is looked at again and again. */
const digests = new Map<string, string>();
const MOST_DIGESTS = 10_000;

/** What the answer follows from, but for the bounds. */
async function subjectDigest(cell: Cell, folder: string): Promise<string> {
  if (cell.kind === 'trace') {
    const content = await fileDigest(resolve(folder, cell.file));
    return digestOf([programId().trace, ' ', content]);
  }
  const name = canonical([questionOf(cell), folder]);
  const known = digests.get(name);
  if (known !== undefined) return known;
  const digest = digestOf([programId().engine, questionOf(cell), ...(await formOf(cell, folder))]);
  if (digests.size >= MOST_DIGESTS) digests.clear();
  digests.set(name, digest);
  return digest;
}

async function formOf(
  cell: Exclude<Cell, { kind: 'trace' }>,
  folder: string,
): Promise<readonly string[]> {
  try {
    const { scenario, variant } = await subjectOf(cell, folder);
    const witnesses = witnessesOf(scenario, variant).map(
      (one) => `${witnessProperty(one)} ${one.onlyNoted === true}`,
    );
    return [...witnesses, ...modelForm(witnessedModelOf(scenario, variant))];
  } catch (error) {
    if (error instanceof Problem) return [error.code, error.message];
    throw error;
  }
}

async function fileDigest(path: string): Promise<string> {
  if (!existsSync(path)) return 'no such file';
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}

async function explore(
  cell: Exclude<Cell, { kind: 'trace' }>,
  folder: string,
  bounds: CellBounds,
  asked: Asked,
): Promise<Answered | undefined> {
  let file: string | undefined;
  try {
    const subject = await subjectOf(cell, folder);
    file = subject.file;
    const { scenario, variant } = subject;
    if (cell.of !== 'variant') {
      const why = whyNot({ scenario }, variant, variant.design.design);
      if (why !== undefined) return { outcome: { verdict: 'does not apply', why } };
    }
    return cell.kind === 'random'
      ? await inRandomRuns(cell, subject, asked)
      : await everyInterleaving(cell, subject, bounds, asked);
  } catch (thrown) {
    const error = file === undefined ? thrown : inUserFile(thrown, file);
    if (!(error instanceof Problem)) throw error;
    const { code, message, where } = error;
    return {
      outcome: {
        verdict: 'error',
        code,
        message: where === undefined ? message : `${where}: ${message}`,
      },
    };
  }
}

async function everyInterleaving(
  cell: Exclude<Cell, { kind: 'trace' }>,
  { scenario, variant }: Subject,
  { states: maxStates, depth, bytes }: CellBounds,
  asked: Asked,
): Promise<Answered | undefined> {
  const run = judging(scenario, variant, {
    bounds: {
      maxStates,
      maxSeconds: Number.POSITIVE_INFINITY,
      ...(bytes === undefined ? {} : { maxBytes: bytes }),
      ...(depth === undefined ? {} : { maxDepth: depth }),
    },
  });
  for (let go = true; ; ) {
    const { done, value } = run.next(go);
    if (done === true) return outcomeOf(cell, value);
    // Whatever it has found by then is no answer to what was asked.
    if (!go) return undefined;
    go = asked.onProgress(value);
    if (!go) {
      run.return(undefined as never);
      return undefined;
    }
    await setImmediate();
  }
}

async function inRandomRuns(
  cell: Extract<Cell, { kind: 'random' }>,
  { scenario, variant }: Subject,
  asked: Asked,
): Promise<Answered | undefined> {
  const { runs, seed, steps } = cell;
  const run = sampling(scenario, variant, { runs, seed, steps });
  for (;;) {
    const { done, value } = run.next(true);
    if (done === true) {
      if (value.violation !== undefined) return outcomeOf(cell, verdictOfSamples(value));
      const { runs: made, longest } = value.walk;
      return { outcome: { verdict: 'nothing found', runs: made, longest } };
    }
    if (!asked.onProgress({ states: value, depth: 0 })) return undefined;
    await setImmediate();
  }
}

function outcomeOf(cell: Exclude<Cell, { kind: 'trace' }>, verdict: Verdict): Answered {
  const { result, violation } = verdict;
  const { states, depth, unreached = [] } = result;
  if (violation !== undefined) {
    const { property: what, steps, schedule, rules } = violation;
    const story = storyOf(verdict, violation);
    const text = JSON.stringify({ ...story, ...askedFor(cell, schedule) });
    const name = blobNameOf(text);
    return {
      outcome: {
        verdict: 'violated',
        what,
        steps: steps.length,
        states,
        rules: rules.map(({ id }) => id),
        schedule,
        story: name,
      },
      blobs: [{ name, text }],
    };
  }
  switch (result.verdict) {
    case 'holds':
      return {
        outcome: {
          verdict: 'holds',
          states,
          depth,
          ...(unreached.length > 0 ? { unreached } : {}),
        },
      };
    case 'unreached':
      return { outcome: { verdict: 'unreached', states, depth, unreached } };
    default: {
      const { bound = '', estimate } = result;
      const guess = estimate?.states;
      return {
        outcome: {
          verdict: 'bounded',
          bound,
          states,
          depth,
          ...(guess === undefined ? {} : { guess }),
        },
      };
    }
  }
}

/** The command that asks the same, and what replays the violation. */
function askedFor(
  cell: Exclude<Cell, { kind: 'trace' }>,
  schedule: string,
): Pick<Story, 'command' | 'line'> {
  const { of, name, design, without = [], world, mutant } = cell;
  if (of === 'pair' || world !== undefined || mutant !== undefined) {
    // No other command knows these models.
    const asked = cellName(cell);
    return { command: ['campaign', 'show', '--cell', asked], line: `${asked}: ${schedule}` };
  }
  return askedAs(name, schedule, [
    ...(of === 'variant' || design === undefined ? [] : ['--design', design]),
    ...(without.length === 0 ? [] : ['--without', without.join()]),
  ]);
}

async function judgeTrace(path: string, name: string, asked: Asked): Promise<Answered | undefined> {
  let stopped = false;
  try {
    const source = await openFileSource(path);
    try {
      const verdict = await checkTrace(source, {
        onProgress: (_, records) => {
          if (!asked.onProgress({ states: records, depth: 0 })) {
            stopped = true;
            throw new Stopped();
          }
        },
      });
      // Where the file is, is no part of the answer.
      const text = JSON.stringify({ ...verdict, file: name });
      const whole = blobNameOf(text);
      return {
        outcome: {
          verdict: verdict.verdict === 'violated' ? 'trace violated' : verdict.verdict,
          events: verdict.events,
          violations: verdict.violations.length + verdict.omitted,
          reasons: verdict.reasons.map((reason) => reason.text),
          whole,
        },
        blobs: [{ name: whole, text }],
      };
    } finally {
      await source.close();
    }
  } catch (error) {
    if (stopped) return undefined;
    if (!(error instanceof Problem)) throw error;
    const { code, message } = error;
    return { outcome: { verdict: 'error', code, message } };
  }
}

class Stopped extends Error {}
