import { closeMatches } from '../../base/close-match.ts';
import { Problem } from '../../base/problem.ts';
import { listed } from '../../base/text.ts';
import { cancel, salvage } from '../campaign/change.ts';
import { DEFAULT_DATABASE } from '../campaign/database.ts';
import { exportResults, showCells, showStatus } from '../campaign/look.ts';
import { type WorkerWish, workForOthers } from '../campaign/queue.ts';
import { compare, report } from '../campaign/report.ts';
import { resume, runSpec } from '../campaign/run.ts';
import { type Call, type Command, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { refuseOthers } from '../refuse-others.ts';
import { jobsWish } from '../search-options.ts';

const options = {
  db: { type: 'text', value: 'FILE', says: `the database (${DEFAULT_DATABASE})` },
  jobs: {
    type: 'count',
    value: 'N',
    says: 'run, resume, worker: processes (cores); report: as many',
  },
  queue: {
    type: 'text',
    value: 'URL',
    says: 'run, resume, worker: a queue in Redis or Valkey, redis[s]://HOST:6379',
  },
  silence: {
    type: 'seconds',
    value: 'S',
    says: 'worker: others take its cells after S seconds without a sign of life (30)',
  },
  idle: { type: 'seconds', value: 'S', says: 'worker: end after S seconds with nothing to do' },
  'max-seconds': {
    type: 'seconds',
    value: 'S',
    says: "run, resume: stop after S seconds, instead of the specification's budget",
  },
  again: { type: 'flag', says: 'resume: try cells again that were set aside' },
  cell: { type: 'text', value: 'TEXT', says: 'show: only cells with TEXT in their name' },
  stories: { type: 'flag', says: 'export: with the texts of stories and verdicts on recordings' },
  costs: { type: 'flag', says: 'export: with seconds, memory and workers, which differ each time' },
  format: {
    type: 'text',
    value: 'NAME',
    says: 'report: text, markdown, html or junit; compare: text, markdown or html',
  },
  with: { type: 'text', value: 'FILE', says: 'compare: the second campaign is in this database' },
  output: { type: 'text', short: 'o', value: 'FILE', says: 'export, report, compare: to a file' },
  json: { type: 'flag', says: 'status, show, compare: one JSON object instead of text' },
  quiet: { type: 'flag', short: 'q', says: 'no progress, no summary' },
} as const;

type Values = Call<typeof options>['values'];

interface Verb {
  readonly takes: 'SPEC' | '[CAMPAIGN]' | 'FIRST SECOND' | '';
  readonly options: readonly (keyof typeof options)[];
  run(
    name: string | undefined,
    values: Values,
    io: Call<typeof options>['io'],
    second?: string,
  ): Promise<ExitCode> | ExitCode;
}

const verbs: Readonly<Record<string, Verb>> = {
  run: {
    takes: 'SPEC',
    options: ['jobs', 'queue', 'max-seconds', 'quiet'],
    run: (spec = '', values, io) => runSpec(spec, runWish(values), io),
  },
  resume: {
    takes: '[CAMPAIGN]',
    options: ['jobs', 'queue', 'max-seconds', 'quiet', 'again'],
    run: (name, values, io) => resume(name, { ...runWish(values), again: values.again }, io),
  },
  worker: {
    takes: '',
    options: ['queue', 'jobs', 'silence', 'idle', 'quiet'],
    run: (_, values, io) => workForOthers(workerWish(values), io),
  },
  status: {
    takes: '[CAMPAIGN]',
    options: ['json'],
    run(name, values, io) {
      showStatus(name, { database: databaseOf(values), json: values.json }, io);
      return exitCodes.asExpected;
    },
  },
  show: {
    takes: '[CAMPAIGN]',
    options: ['json', 'cell'],
    run(name, values, io) {
      showCells(name, values.cell, { database: databaseOf(values), json: values.json }, io);
      return exitCodes.asExpected;
    },
  },
  report: {
    takes: '[CAMPAIGN]',
    options: ['format', 'output', 'jobs'],
    run(name, values, io) {
      const { format, output, jobs } = values;
      const workers = jobsWish(jobs, 'lufcheck campaign');
      report(name, { database: databaseOf(values), format, output, workers }, io);
      return exitCodes.asExpected;
    },
  },
  compare: {
    takes: 'FIRST SECOND',
    options: ['format', 'output', 'with', 'json'],
    run(first, values, io, second) {
      const { format, output, json } = values;
      const wish = { database: databaseOf(values), format, output, json, with: values.with };
      return compare(first, second, wish, io);
    },
  },
  cancel: {
    takes: '[CAMPAIGN]',
    options: [],
    run(name, values, io) {
      cancel(name, databaseOf(values), io);
      return exitCodes.asExpected;
    },
  },
  export: {
    takes: '[CAMPAIGN]',
    options: ['stories', 'costs', 'output'],
    run(name, values, io) {
      const { stories, costs, output } = values;
      exportResults(name, { database: databaseOf(values), output, stories, costs }, io);
      return exitCodes.asExpected;
    },
  },
  salvage: {
    takes: '',
    options: [],
    run(_, values, io) {
      salvage(databaseOf(values), io);
      return exitCodes.asExpected;
    },
  },
};

export const campaign: Command<typeof options> = command({
  name: 'campaign',
  says: 'explore many cells on all cores, for hours, and keep what is found',
  usage: 'VERB [SPEC | CAMPAIGN]',
  about: [
    'A specification (JSON, or TypeScript that exports one) names scenarios, designs, flush points,',
    'mutants, pairs, worlds, bounds, seeds or recordings: docs/campaigns.md. Each cell is looked at within',
    'few states first, then more. What is known is not computed again, whichever campaign found it.',
    '',
    '  run SPEC           begin one, or go on with the same one; Ctrl-C stops it cleanly',
    '  worker             answer cells of campaigns that other machines run with the same --queue URL',
    '  status [CAMPAIGN]  all of them; or of one, to what bound everything holds',
    '  show [CAMPAIGN]    its cells; with --cell one of them, with its story',
    '  resume [CAMPAIGN]  go on where it was stopped, or its budget ended',
    '  report [CAMPAIGN]  what was found, to what bound the rest holds, what the next hour buys',
    '  compare A B        what B finds that A did not: violated, holding, deeper, slower',
    '  cancel [CAMPAIGN]  end it for good; its results stay',
    '  export [CAMPAIGN]  all results as JSON lines',
    '  salvage            make a damaged database whole again',
    '',
    'CAMPAIGN is the last one begun if left out.',
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'every cell is known, and nothing contradicts the catalogue'],
    [exitCodes.surprise, 'a verdict is not what the catalogue expects; compare: newly violated'],
    [
      exitCodes.usage,
      'wrong usage or input, a damaged or busy database, a full disk, a dead queue',
    ],
    [exitCodes.bounded, 'cells are open, cut off by a bound or set aside'],
    [exitCodes.internal, 'internal error, or no worker process starts'],
  ],
  examples: [
    ['campaign run examples/campaign.json', 'the one to copy from'],
    ['campaign status', 'how far everything is known'],
    ['campaign show --cell LUF-buddy', 'what is known of some cells'],
  ],
  run: runCampaign,
});

async function runCampaign({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  const { verb, name, second } = verbCalled(positionals, values);
  return await verb.run(name, values, io, second);
}

/**
 * What a command line asks for, before anything is done.
 *
 * @throws Problem LUF-E101 for what is no verb, or not what it takes; LUF-E104 for options of others.
 */
export function verbCalled(
  positionals: readonly string[],
  values: Values,
): { readonly verb: Verb; readonly name?: string; readonly second?: string } {
  const [word, name, second, ...more] = positionals;
  const verb = word !== undefined && Object.hasOwn(verbs, word) ? verbs[word] : undefined;
  if (word === undefined || verb === undefined) throw noVerb(word);
  const where = `lufcheck campaign ${word}`;
  const tooMany =
    more.length > 0 ||
    (verb.takes === '' && name !== undefined) ||
    (verb.takes !== 'FIRST SECOND' && second !== undefined);
  if (tooMany || (verb.takes === 'SPEC' && name === undefined)) {
    const takes = verb.takes === '' ? 'no argument' : verb.takes;
    throw new Problem('LUF-E101', `takes ${takes}`, {
      where,
      hint: 'lufcheck campaign --help',
    });
  }
  refuseOthers('lufcheck campaign', word, optionsOf, { options, values });
  return {
    verb,
    ...(name === undefined ? {} : { name }),
    ...(second === undefined ? {} : { second }),
  };
}

/** All but those who work for others have a database. */
const optionsOf = Object.fromEntries(
  Object.entries(verbs).map(([word, verb]) => [
    word,
    verb === verbs.worker ? verb.options : ['db', ...verb.options],
  ]),
);

function noVerb(word: string | undefined): Problem {
  const known = Object.keys(verbs);
  const [near] = word === undefined ? [] : closeMatches(word, known);
  return new Problem('LUF-E101', word === undefined ? 'what about it?' : `there is no ${word}`, {
    where: 'lufcheck campaign',
    hint: near === undefined ? `one of ${listed(known, 'or')}` : `did you mean ${near}?`,
  });
}

function databaseOf({ db }: Values): string {
  return db ?? DEFAULT_DATABASE;
}

function workerWish(values: Values): WorkerWish {
  const { queue, silence, idle, quiet } = values;
  if (queue === undefined) {
    throw new Problem('LUF-E104', 'needs --queue URL', {
      where: 'lufcheck campaign worker',
      hint: 'for example --queue redis://127.0.0.1:6379, as the campaign is run with',
    });
  }
  const workers = jobsWish(values.jobs, 'lufcheck campaign');
  return { queue, workers, silence, idle, quiet };
}

function runWish(values: Values): Parameters<typeof runSpec>[1] {
  if (values.queue !== undefined && values.jobs !== undefined) {
    throw new Problem('LUF-E104', '--jobs is for workers of this machine, and --queue has others', {
      where: 'lufcheck campaign',
      hint: 'give --jobs to lufcheck campaign worker',
    });
  }
  return {
    queue: values.queue,
    database: databaseOf(values),
    workers: jobsWish(values.jobs, 'lufcheck campaign'),
    seconds: values['max-seconds'],
    quiet: values.quiet,
  };
}
