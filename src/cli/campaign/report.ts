// `campaign report` and `campaign compare`: what was found, in the form that is asked for.

import { availableParallelism } from 'node:os';
import { Problem } from '../../base/problem.ts';
import { listed } from '../../base/text.ts';
import { readStore, writerOf } from '../../campaign/log-store.ts';
import {
  comparisonJson,
  comparisonOf,
  comparisonPaper,
  isWorse,
} from '../../report/campaign-compare.ts';
import { campaignJunit } from '../../report/campaign-junit.ts';
import { campaignReport } from '../../report/campaign-report.ts';
import { type Paper, paperHtml, paperMarkdown, paperText } from '../../report/paper.ts';
import { plain } from '../../report/plain-paint.ts';
import type { Surroundings } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openOutput } from '../file-output.ts';
import { readVersion } from '../version.ts';
import { campaignIn } from './database.ts';

interface Wish {
  readonly database: string;
  readonly format: string | undefined;
  readonly output: string | undefined;
}

export interface ReportWish extends Wish {
  readonly workers: number | undefined;
}

/** @throws Problem LUF-E103 for a format that there is none of. */
export function report(name: string | undefined, wish: ReportWish, io: Surroundings): void {
  refuseOthers(wish.format, ['text', 'markdown', 'html', 'junit'], 'report');
  const store = readStore(wish.database);
  const campaign = campaignIn(store, name, wish.database);
  if (wish.format === 'junit') {
    written(campaignJunit(campaign, store), wish.output, io);
    return;
  }
  const isWritten = writerOf(wish.database) !== undefined;
  const workers = wish.workers ?? availableParallelism();
  written(
    drawn(campaignReport({ store, campaign, isWritten, workers }), wish, io),
    wish.output,
    io,
  );
}

export interface CompareWish extends Wish {
  /** The database that the second is in. */
  readonly with: string | undefined;
  readonly json: boolean;
}

/** 1 if something goes wrong that did not. */
export function compare(
  first: string | undefined,
  second: string | undefined,
  wish: CompareWish,
  io: Surroundings,
): ExitCode {
  refuseOthers(wish.format, ['text', 'markdown', 'html'], 'compare');
  if (wish.with === undefined && (first === undefined || second === undefined)) {
    throw new Problem('LUF-E101', 'takes two campaigns of one database, or --with FILE', {
      where: 'lufcheck campaign compare',
      hint: 'lufcheck campaign status lists them',
    });
  }
  const other = wish.with ?? wish.database;
  const compared = comparisonOf(
    campaignIn(readStore(wish.database), first, wish.database),
    // With one name, it is that of both.
    campaignIn(readStore(other), second ?? first, other),
  );
  const text = wish.json
    ? JSON.stringify(comparisonJson(compared), null, 2)
    : drawn(comparisonPaper(compared), wish, io);
  written(text, wish.output, io);
  return isWorse(compared) ? exitCodes.surprise : exitCodes.asExpected;
}

function drawn(paper: Paper, { format, output }: Wish, { look }: Surroundings): string {
  if (format === 'markdown') return paperMarkdown(paper);
  if (format === 'html') return paperHtml(paper, readVersion());
  const plainly = output === undefined ? look : { ...look, paint: plain };
  return paperText(paper, plainly).join('\n');
}

function written(text: string, output: string | undefined, io: Surroundings): void {
  if (output === undefined) {
    io.out(text.replace(/\n$/, ''));
    return;
  }
  const file = openOutput(output);
  file.write(text.endsWith('\n') ? text : `${text}\n`);
  file.close();
}

function refuseOthers(format: string | undefined, known: readonly string[], verb: string): void {
  if (format === undefined || known.includes(format)) return;
  throw new Problem('LUF-E103', `--format ${format} is not for this`, {
    where: `lufcheck campaign ${verb}`,
    hint: `one of ${listed(known, 'or')}`,
  });
}
