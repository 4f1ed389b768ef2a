import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../../base/problem.ts';
import { grouped } from '../../base/text.ts';
import { scenarios } from '../../catalogue/all.ts';
import { summaryOf } from '../../explain/rule-summary.ts';
import { storyAddress } from '../../explain/story-address.ts';
import { designs } from '../../kernel/designs/all.ts';
import { labFolder } from '../../lab/folders.ts';
import { rulesJson } from '../../report/rules-json.ts';
import { allRules } from '../../rules/all.ts';
import { aboutRoute } from '../../web/server/about.ts';
import { campaignsRoute, type OfferedCampaigns } from '../../web/server/campaigns.ts';
import { labRunsRoute } from '../../web/server/lab-runs.ts';
import { type Offered, recordingsRoute } from '../../web/server/recordings.ts';
import { runsRoute, type SiteRun } from '../../web/server/run-events.ts';
import { startSite } from '../../web/server/site-server.ts';
import { bundled } from '../bundled-traces.ts';
import { DEFAULT_DATABASE } from '../campaign/database.ts';
import { type Call, type Command, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { readLine } from '../line.ts';
import { rulesAnswers } from '../rules-pool.ts';
import { nameOf } from '../select.ts';
import { builtPages } from './site.ts';

const PORT = 7817;
/** States looked at for a question of the rules page. */
const MAX_STATES = 100_000;

const options = {
  port: { type: 'count', value: 'N', says: `the port (${PORT}); another one if it is taken` },
  open: { type: 'flag', says: 'open a browser' },
} as const;

export const serve: Command<typeof options> = command({
  name: 'serve',
  says: 'pages on this machine: board, stories, rules, traces, lab, campaigns, workbench',
  usage: "['LINE' | SCENARIO[:VARIANT] | FILE]...",
  about: [
    'Shows the pages at an address on 127.0.0.1, until Ctrl-C. Named, a line from the end of a story',
    'or a variant is where they open; recordings, saved runs of the lab, and databases and exports of',
    'campaigns are there to choose from, the first of them open. A database is followed as it grows',
    `(${DEFAULT_DATABASE} in this folder is offered, too). Nothing is sent anywhere, and requests of`,
    'other sites are refused.',
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'stopped'],
    [exitCodes.usage, 'wrong usage, or a name that is not there'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [
    ['serve --open', 'the board'],
    ["serve 'LUF-buddy:broken H1S0-15S2=1--S1'", 'a story, from its last line'],
    ['serve fixtures/traces/noflush.dat', 'a recording'],
    [`serve ${DEFAULT_DATABASE}`, 'a campaign, while it runs or later'],
  ],
  run: runServe,
});

async function runServe({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  const there = positionals.filter((one) => existsSync(one));
  const of = (kind: Kind): string[] => there.filter((one) => kindOf(one) === kind);
  const lines = positionals.filter((one) => !existsSync(one));
  const [first] = there;
  const start = await addressOf(lines, first === undefined ? '' : pages[kindOf(first)]);
  const files = of('recording');
  const offered: Offered[] = [
    ...files.map((path) => ({ path: resolve(path), says: 'named when the server was started' })),
    ...bundled.map(({ file, says }) => ({
      path: fileURLToPath(new URL(`../../../${file}`, import.meta.url)),
      says,
    })),
  ];
  const root = builtPages();
  const site = await startSite({
    root,
    port: values.port ?? PORT,
    routes: [
      aboutRoute(root),
      recordingsRoute(offered),
      labRunsRoute(
        join(labFolder(process.env), 'runs'),
        of('lab').map((path) => resolve(path)),
      ),
      campaignsRoute(campaignsFor(there)),
      runsRoute({ rules: rulesRun }),
    ],
  });
  const address = `${site.url}${start}`;
  io.out(`${address}  (Ctrl-C ends it)`);
  if (values.open) openBrowser(address);
  await new Promise<void>((done) => {
    if (io.stop.aborted) done();
    io.stop.addEventListener('abort', () => done(), { once: true });
  });
  await site.close();
  return exitCodes.asExpected;
}

type Kind = 'recording' | 'lab' | 'database' | 'export';

/** Where the first file that was named is shown. */
const pages: Readonly<Record<Kind, string>> = {
  recording: '#/trace?recording=0',
  lab: '#/lab?run=named-0',
  database: '#/campaign?db=0',
  export: '#/campaign?db=0',
};

/** By its schema, which comes first; what has none is taken for a recording. */
function kindOf(path: string): Kind {
  const start = startOf(path);
  if (/^[0-9a-f]{8} 1 \{"schema":"lufcheck\.campaigns\//.test(start)) return 'database';
  if (/"lufcheck\.campaign-(results|cells)\//.test(start)) return 'export';
  // What else there is of the lab is refused on its page, in words.
  return path.endsWith('.json') && /"lufcheck\.(lab-|conform)/.test(start) ? 'lab' : 'recording';
}

function startOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(200);
    return start.toString('latin1', 0, readSync(file, start, 0, start.length, 0));
  } finally {
    closeSync(file);
  }
}

/** Those that were named; and the database of this folder. */
function campaignsFor(named: readonly string[]): OfferedCampaigns[] {
  const offered = named.flatMap((path): OfferedCampaigns[] => {
    const kind = kindOf(path);
    if (kind !== 'database' && kind !== 'export') return [];
    return [{ path: resolve(path), kind, says: 'named when the server was started' }];
  });
  const usual = resolve(DEFAULT_DATABASE);
  if (offered.some(({ path }) => path === usual)) return offered;
  return [...offered, { path: usual, kind: 'database', says: `in ${process.cwd()}` }];
}

/** Where the pages open: `ofFiles` if no line was named. @throws Problem LUF-E102 for a name that is not there. */
async function addressOf(lines: readonly string[], ofFiles: string): Promise<string> {
  const [line, ...more] = lines;
  if (line === undefined) return ofFiles;
  if (more.length > 0) {
    throw new Problem('LUF-E101', 'one story at a time', {
      where: more.join(' '),
      hint: 'put a line between quotation marks; files that are not there are no recordings',
    });
  }
  const known = scenarios.find(({ id }) => id === line);
  if (known !== undefined) return `#/?filter=${encodeURIComponent(line)}`;
  const { one, more: asked, schedule } = await readLine(line);
  if (one.file !== undefined) {
    throw new Problem('LUF-E101', 'a story of your own file has no address', {
      where: one.file,
      hint: 'paste the file into the workbench',
    });
  }
  const given: Record<string, string> = {};
  for (let i = 0; i + 1 < asked.length; i += 2) {
    given[(asked[i] as string).replace(/^--/, '')] = asked[i + 1] as string;
  }
  return storyAddress({ ...given, variant: nameOf(one), schedule });
}

/** The answers of `lufcheck rules --variants`, computed by threads of this machine. */
const rulesRun: SiteRun = async (tell, stop) => {
  const { answers, finished } = await rulesAnswers({
    scenarios,
    designs: undefined,
    withRules: true,
    variantsOnly: true,
    maxStates: MAX_STATES,
    // More than one, so that this thread can go on answering.
    workers: 2,
    stop,
    onAnswer: (done, n, last) =>
      tell(`${done}/${scenarios.length} scenarios, ${grouped(n)} questions: ${last}`),
  });
  return rulesJson(summaryOf(answers, allRules, designs), {
    misses: [],
    maxStates: MAX_STATES,
    finished,
  });
};

function openBrowser(address: string): void {
  const program =
    process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open';
  // Without such a program the address that was printed has to do.
  spawn(program, [address], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
