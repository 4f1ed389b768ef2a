// A story as text, in at most 25 lines: what does not fit is left out, least important first.

import { counted, grouped, listed, padEnd, wrap } from '../base/text.ts';
import type { Row } from '../explain/rows.ts';
import { type Story, toldLanes } from '../explain/story.ts';
import { laneLines } from './lanes.ts';
import { type Look, NARROWEST } from './look.ts';
import { repairText } from './repair-text.ts';

export const MOST_LINES = 25;
const LABEL = 9;

/** How much is told of the repair and of the rules. */
type Detail = 'full' | 'short rules' | 'names only';

export function storyText(story: Story, given: Look): string[] {
  const look = { ...given, columns: Math.max(given.columns, NARROWEST) };
  const head = headLines(story, look);
  const lay = (rows: readonly Row[], detail: Detail): string[] => [
    ...head,
    '',
    ...laneLines({ ...story, lanes: toldLanes(story) }, rows, look),
    '',
    ...tailLines(story, look, detail),
  ];
  const whole = lay(story.rows, 'full');
  if (whole.length <= MOST_LINES) return whole;
  // First without rows that no sentence speaks of, then with less about the repair.
  for (const detail of ['short rules', 'names only'] as const) {
    let rows: readonly Row[] | undefined = story.rows;
    while (rows !== undefined) {
      const lines = lay(rows, detail);
      if (lines.length <= MOST_LINES) return lines;
      rows = without(rows, detail === 'names only');
    }
  }
  return whole;
}

/**
 * The rows less the least important one, and of several alike the first; rows that a sentence speaks
 * of only if need be, and never the last word of the story.
 */
function without(rows: readonly Row[], evenCited: boolean): readonly Row[] | undefined {
  const candidates = rows.filter((row) => row.mark === undefined && (evenCited || row.weight < 3));
  const least = Math.min(...candidates.map((row) => row.weight));
  const victim = candidates.find((row) => row.weight === least);
  return victim === undefined ? undefined : rows.filter((row) => row !== victim);
}

function headLines(story: Story, { columns, paint }: Look): string[] {
  const cut = story.cuts === undefined ? [] : [`less ${listed(story.cuts)}`];
  const kernel = story.kernel.join(' ');
  const slip = story.slip === undefined ? [] : [`mutant ${story.slip}`];
  const name = [`${story.scenario}:${story.variant}`, kernel, ...cut, ...slip].join(' · ');
  const size = `${story.size} · ${counted(story.steps, 'step')}, ${foundText(story)}`;
  return [
    `${paint.bad('VIOLATED')}  ${paint.bold(story.title)}`,
    ...wrap(name, columns, '  '),
    ...wrap(size, columns, '  ').map(paint.dim),
  ];
}

/** How far one looked for it, and whether it is a shortest. */
export function foundText(story: Story): string {
  const { sampled, replayed, further, states, fillsUncounted } = story;
  if (replayed === true) return 'as replayed';
  if (further === true) return `another kind than the shortest · ${counted(states, 'state')}`;
  // In a form of the model whose TLB fills are no steps, they are not counted.
  const but = fillsUncounted === true ? ' but for TLB fills' : '';
  if (sampled === undefined) return `shortest${but} · ${counted(states, 'state')}`;
  return `found at random, perhaps not the shortest way · run ${grouped(sampled.runs)}, seed ${sampled.seed}`;
}

function tailLines(story: Story, look: Look, detail: Detail): string[] {
  const { columns } = look;
  const why = story.why.flatMap(({ text }) => wrap(capital(text), columns, '  '));
  return [
    ...why,
    '',
    ...labelled(
      story.missing.sibling === undefined && story.repairs === undefined ? 'Removed' : 'Repair',
      repairText(story, detail === 'names only'),
      look,
    ),
    ...labelled('Rules', ruleText(story, detail), look),
    // To be copied, so it stays on one line whatever its length.
    story.again === undefined
      ? `${look.paint.dim(padEnd('Replay', LABEL))}${look.program} replay '${story.line}'`
      : `${look.paint.dim(padEnd('Again', LABEL))}${story.again}`,
    ...(look.pages === undefined || story.again !== undefined
      ? []
      : [`${look.paint.dim(padEnd('Page', LABEL))}${look.program} ${look.pages} '${story.line}'`]),
  ];
}

type Watched = Pick<Story, 'fired' | 'recommended' | 'silent' | 'untested'>;

/**
 * Which rules fired, of the recommended ones and of all others, and how many of the rest nothing put to the
 * test: their silence says nothing. In short, the others are told of only where no recommended one fired.
 *
 * @example '6 recommended: frame-reused-before-flush fired at 19 (4 never tested); 7 others: none (7 never tested)'
 */
export function ruleText(story: Watched, detail: Detail): string {
  const { fired, silent, recommended } = story;
  const others = [...fired.map(({ id }) => id), ...silent].filter(
    (id) => !recommended.includes(id),
  );
  const first = firedOf('recommended', recommended, story, detail);
  const isSaid = fired.some(({ id }) => recommended.includes(id));
  if (others.length === 0 || (detail !== 'full' && isSaid)) return first;
  return `${first}; ${firedOf('others', others, story, detail)}`;
}

function firedOf(
  which: string,
  ids: readonly string[],
  { fired, untested }: Watched,
  detail: Detail,
): string {
  const loud = fired.filter(({ id }) => ids.includes(id));
  const idle = ids.filter((id) => untested.includes(id)).length;
  const fires = detail === 'full' ? 'fired at' : 'at';
  const names = listed(loud.map(({ id, step }) => `${id} ${fires} ${step}`));
  const said = loud.length === 0 ? 'none fired' : names;
  return `${ids.length} ${which}: ${said}${idle === 0 ? '' : ` (${idle} never tested)`}`;
}

function labelled(label: string, text: string, { columns, paint }: Look): string[] {
  if (text === '') return [];
  const indent = ' '.repeat(LABEL);
  return wrap(text, columns - LABEL).map((line, i) =>
    i === 0 ? paint.dim(padEnd(label, LABEL)) + line : indent + line,
  );
}

/** Sentences that begin with the name of a thread or a frame keep it as it is written. */
function capital(text: string): string {
  return text.startsWith('frame ') ? `F${text.slice(1)}` : text;
}
