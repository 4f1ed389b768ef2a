// What `lufcheck campaign export` wrote, or `campaign show --json` printed, from any file that a person drops: what is
// not of its form is refused with the line that is not, and nothing that was not looked at is drawn.

import { Problem } from '../../base/problem.ts';
import type { Cell } from '../../campaign/cell.ts';

import type { CellResult } from '../../campaign/result.ts';
import type { CampaignCell } from '../../campaign/store.ts';

/** A campaign as a file has it: without its specification, so what was asked is not known. */
export interface CampaignFile {
  readonly id: string;
  readonly cells: readonly CampaignCell[];
  /** Stories and verdicts by name, where the file has them. */
  readonly blobs: ReadonlyMap<string, string>;
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws Problem LUF-E202 for what is no export of a campaign, LUF-E203 for one that is damaged. */
export function readCampaignFile(file: string, text: string): CampaignFile {
  const whole = jsonOf(text);
  if (whole?.schema === 'lufcheck.campaign-cells/1' && Array.isArray(whole.cells)) {
    const { campaign, cells } = whole;
    return {
      id: textOf(file, 'campaign', campaign),
      cells: cells.map((one, i) => cellOf(file, `cells[${i}]`, one)),
      blobs: new Map(),
    };
  }
  const [first = '', ...lines] = text.split('\n');
  const head = jsonOf(first);
  if (head?.schema !== 'lufcheck.campaign-results/1') throw refused(file, text, whole ?? head);
  const cells: CampaignCell[] = [];
  const blobs = new Map<string, string>();
  lines.forEach((line, i) => {
    if (line === '') return;
    const place = `line ${i + 2}`;
    const value = jsonOf(line);
    if (typeof value?.blob === 'string') {
      blobs.set(value.blob, textOf(file, `${place}: text`, value.text));
    } else {
      cells.push(cellOf(file, place, value));
    }
  });
  return { id: textOf(file, 'campaign', head.campaign), cells, blobs };
}

function jsonOf(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function refused(file: string, text: string, value: Fields | undefined): Problem {
  if (/^[0-9a-f]{8} 1 \{"schema":"lufcheck\.campaigns\//.test(text)) {
    return new Problem('LUF-E202', 'is a database of campaigns, which only its server reads', {
      where: file,
      hint: `lufcheck serve ${file} shows it as it grows; lufcheck campaign export --db ${file} -o cells.jsonl makes a file for this page`,
    });
  }
  const { schema } = value ?? {};
  const is =
    typeof schema === 'string' && schema.startsWith('lufcheck.') ? `is ${schema}, not` : 'is not';
  return new Problem('LUF-E202', `${is} an export of a campaign`, {
    where: file,
    hint: 'lufcheck campaign export -o cells.jsonl writes one; with --stories it has the stories, too',
  });
}

function damaged(file: string, place: string): Problem {
  return new Problem('LUF-E203', `${place} is missing, or not what an export has there`, {
    where: file,
  });
}

function textOf(file: string, place: string, value: unknown): string {
  if (typeof value !== 'string') throw damaged(file, place);
  return value;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 0;
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

type Form = Readonly<Record<string, (value: unknown) => boolean>>;

/** What is drawn of each verdict. */
const outcomes: Readonly<Record<string, Form>> = {
  holds: { states: isCount, depth: isCount },
  violated: { what: isText, steps: isCount, states: isCount, schedule: isText, story: isText },
  bounded: { bound: isText, states: isCount, depth: isCount },
  unreached: { states: isCount, depth: isCount, unreached: isTexts },
  'does not apply': { why: isText },
  error: { code: isText, message: isText },
  'nothing found': { runs: isCount, longest: isCount },
  clean: { events: isCount, violations: isCount, reasons: isTexts, whole: isText },
  'trace violated': { events: isCount, violations: isCount, reasons: isTexts, whole: isText },
  unknown: { events: isCount, violations: isCount, reasons: isTexts, whole: isText },
};

function cellOf(file: string, place: string, value: unknown): CampaignCell {
  const line = fieldsOf(value);
  const cell = fieldsOf(line?.cell);
  if (line === undefined || cell === undefined || !isCell(cell)) {
    throw damaged(file, `${place}: cell`);
  }
  const { outcome, bounds, aside, seconds, deaths, cost } = line;
  const fine = fieldsOf(cost);
  const isTimed = fine !== undefined && isCount(fine.seconds) && isText(fine.worker);
  return {
    cell: cell as unknown as Cell,
    group: 0,
    seconds: isCount(seconds) ? (seconds as number) : 0,
    deaths: isTexts(deaths) ? (deaths as string[]) : [],
    ...(typeof aside === 'string' ? { aside } : {}),
    ...(isTimed ? { cost: fine as unknown as NonNullable<CampaignCell['cost']> } : {}),
    ...(outcome === undefined ? {} : { result: resultOf(file, place, outcome, bounds, line) }),
  };
}

function resultOf(
  file: string,
  place: string,
  outcome: unknown,
  bounds: unknown,
  { key, subject }: Fields,
): CellResult {
  const said = fieldsOf(outcome);
  const form = Object.hasOwn(outcomes, String(said?.verdict))
    ? outcomes[String(said?.verdict)]
    : undefined;
  if (said === undefined || form === undefined) throw damaged(file, `${place}: outcome.verdict`);
  for (const [field, isRight] of Object.entries(form)) {
    if (!isRight(said[field])) throw damaged(file, `${place}: outcome.${field}`);
  }
  const within = fieldsOf(bounds);
  if (within === undefined || !isCount(within.states)) {
    throw damaged(file, `${place}: bounds.states`);
  }
  return {
    key: textOf(file, `${place}: key`, key),
    subject: textOf(file, `${place}: subject`, subject),
    bounds: within as unknown as CellResult['bounds'],
    outcome: said as unknown as CellResult['outcome'],
  };
}

function isCell(cell: Fields): boolean {
  if (cell.kind === 'trace') return isText(cell.file);
  const { of, name, design, without, world, mutant, expect } = cell;
  const asked =
    (cell.kind === 'model' || cell.kind === 'random') &&
    ['variant', 'situation', 'pair'].includes(String(of)) &&
    isText(name) &&
    [design, expect].every((text) => text === undefined || isText(text)) &&
    (without === undefined || isTexts(without));
  const numbers = world === undefined ? {} : fieldsOf(world);
  const slip = mutant === undefined ? undefined : fieldsOf(mutant);
  return (
    asked &&
    numbers !== undefined &&
    Object.values(numbers).every(isCount) &&
    (mutant === undefined || (isText(slip?.unit) && isText(slip?.slip)))
  );
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}
