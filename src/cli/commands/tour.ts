import { scenarios } from '../../catalogue/all.ts';
import { type Verdict, wasBegun } from '../../explain/judge.ts';
import { storyOf } from '../../explain/story.ts';
import { checkJson } from '../../report/check-json.ts';
import { tallyLines, tallyOf } from '../../report/check-text.ts';
import { storyText } from '../../report/story-text.ts';
import {
  introduction,
  nextLines,
  recordingSummary,
  scenarioSummary,
} from '../../report/tour-text.ts';
import type { TraceVerdict } from '../../trace/check/verdict.ts';
import { bundled, judgeBundled } from '../bundled-traces.ts';
import { type Call, type Command, command, type Surroundings } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Together } from '../judge-all.ts';
import { exitCodeOf, judgeSelected } from '../judge-selected.ts';
import { nameOf, variantsOf } from '../select.ts';

const options = {
  json: { type: 'flag', says: 'one JSON object instead of text (schema lufcheck.tour/1)' },
} as const;

export const tour: Command<typeof options> = command({
  name: 'tour',
  says: 'everything that comes with lufcheck, with explanations (npm start)',
  usage: '',
  about: [
    'Runs the whole catalogue, tells one story in full, judges two recordings of a real kernel and',
    'says where to go on. Takes about a minute on two cores.',
  ],
  options,
  examples: [['tour', 'a first look']],
  run: runTour,
});

const together: Together = {
  plan: { kind: 'check', named: [], redesign: {} },
  jobs: undefined,
};

/** A variant gets so long at most: the tour is to end within a minute. */
const wish = { bounds: { maxSeconds: 20 } };

async function runTour({ values, io }: Call<typeof options>): Promise<ExitCode> {
  const selected = variantsOf(scenarios);
  if (values.json) {
    const verdicts = await judgeSelected(selected, io, wish, undefined, together);
    const traces = await Promise.all(bundled.map(judgeBundled));
    const tourJson = { schema: 'lufcheck.tour/1', catalogue: checkJson(verdicts), traces };
    io.out(JSON.stringify(tourJson, null, 2));
    return worse(exitCodeOf(verdicts), traces);
  }
  print(io, introduction(io.look));
  const done: Verdict[] = [];
  const onVerdict = (verdict: Verdict): void => {
    done.push(verdict);
    const same = done.filter((one) => one.scenario === verdict.scenario);
    if (same.length < verdict.scenario.variants.length || !same.some(wasBegun)) return;
    io.out('');
    print(io, scenarioSummary(same, io.look));
  };
  const verdicts = await judgeSelected(selected, io, wish, onVerdict, together);
  io.out('');
  print(io, tallyLines(tallyOf(verdicts), io.look));
  const shown = verdicts.find((one) => one.violation !== undefined);
  if (shown?.violation !== undefined) {
    io.out('');
    io.out(io.look.paint.bold('One of them in full'));
    io.out('');
    print(io, storyText(storyOf(shown, shown.violation), io.look));
  }
  io.out('');
  const traces = await judgeTraces(io);
  io.out('');
  const another = verdicts.find(
    (one) => one.violation !== undefined && one.scenario !== shown?.scenario,
  );
  print(
    io,
    nextLines(
      [
        ...(another === undefined
          ? []
          : ([[`check ${nameOf(another)}`, 'another story']] as const)),
        ['check', 'every verdict, with its bound and its cost'],
        [`trace ${bundled.at(-1)?.file}`, "the broken kernel's recording, in full"],
        ['serve --open', 'the same as pages: look at a story, step through it'],
        ['list', 'scenarios, rules, designs and flush points'],
        ['--help', 'the rest'],
      ],
      io.look,
    ),
  );
  return worse(exitCodeOf(verdicts), traces);
}

async function judgeTraces(io: Surroundings): Promise<TraceVerdict[]> {
  io.out(io.look.paint.bold('Recordings of a real kernel, judged by the same rules'));
  const verdicts: TraceVerdict[] = [];
  for (const one of bundled) {
    const verdict = await judgeBundled(one);
    verdicts.push(verdict);
    io.out('');
    print(io, recordingSummary(one.says, verdict, io.look));
  }
  return verdicts;
}

/** A recording whose fault is known must be found guilty, and the stock kernel must not. */
function worse(code: ExitCode, verdicts: readonly TraceVerdict[]): ExitCode {
  const asKnown = verdicts.every((one, i) => one.verdict === bundled[i]?.expect);
  return asKnown ? code : exitCodes.surprise;
}

function print(io: Surroundings, lines: readonly string[]): void {
  for (const line of lines) io.out(line);
}
