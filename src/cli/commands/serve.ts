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
import { labRunsRoute } from '../../web/server/lab-runs.ts';
import { type Offered, recordingsRoute } from '../../web/server/recordings.ts';
import { runsRoute, type SiteRun } from '../../web/server/run-events.ts';
import { startSite } from '../../web/server/site-server.ts';
import { bundled } from '../bundled-traces.ts';
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
  says: 'pages on this machine: the board, stories, rules, traces, the lab, a workbench',
  usage: "['LINE' | SCENARIO[:VARIANT] | FILE]...",
  about: [
    'Shows the pages at an address on 127.0.0.1, until Ctrl-C. Named, a line from the end of a story',
    'or a variant is where they open, and recordings and saved runs of the lab are there to choose',
    'from; nothing is sent anywhere, and requests of other sites are refused.',
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
  ],
  run: runServe,
});

async function runServe({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  const there = positionals.filter((one) => existsSync(one));
  const labRuns = there.filter(isLabRun);
  const files = there.filter((one) => !isLabRun(one));
  const lines = positionals.filter((one) => !existsSync(one));
  const first = files.length > 0 ? '#/trace?recording=0' : '#/lab?run=named-0';
  const start = await addressOf(lines, there.length > 0 ? first : '');
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
        labRuns.map((path) => resolve(path)),
      ),
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

/** Whether a file is a saved run, by its schema, which comes first. */
function isLabRun(path: string): boolean {
  if (!path.endsWith('.json')) return false;
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(200);
    readSync(file, start, 0, start.length, 0);
    return start.includes('"lufcheck.lab-');
  } finally {
    closeSync(file);
  }
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
