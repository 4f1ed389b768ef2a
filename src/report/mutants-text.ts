// What became of mutants, on the terminal: those that nobody found with their reasons, then the score.

import { counted, grouped, listed, padEnd, padStart, width, wrap } from '../base/text.ts';
import { RANDOM_RUNS, RANDOM_VARIANTS } from '../explain/mutants/random-runs.ts';
import {
  isUnreached,
  type Mutant,
  reasonOf,
  type Score,
  shareOf,
} from '../explain/mutants/score.ts';
import type { FiredRule } from '../explain/mutants/trial.ts';
import type { Look } from './look.ts';
import type { MutantsPages } from './mutants-json.ts';

/** One mutant: its id, and what became of it. */
export function mutantLines(mutant: Mutant, { columns, paint }: Look): string[] {
  const { id, answer } = mutant;
  const outcome = answer?.outcome ?? 'not tried';
  const word = padEnd(outcome, 'equivalent'.length);
  const painted = outcome === 'survivor' ? paint.warn(word) : word;
  const lines = [`${painted}  ${id}`];
  const says = outcome === 'refused' ? (answer?.why ?? '') : foundText(mutant);
  return [...lines, ...wrap(`  ${says}`, columns, '  ').map((line) => paint.dim(line))];
}

function foundText(mutant: Mutant): string {
  const { answer } = mutant;
  const found = answer?.found;
  if (answer === undefined || found === undefined) return reasonOf(mutant);
  const { what, says, variant, steps, shortest, rules } = found;
  const told = rules.map(firedText);
  return [
    `${what} in ${variant}`,
    steps === undefined
      ? ''
      : ` after ${counted(steps, 'step')}${shortest === false ? ', in a random run' : ''}`,
    says === undefined ? '' : `: ${says}`,
    answer.outcome !== 'truth' || steps === undefined || what === 'deadlock'
      ? ''
      : `; ${told.length === 0 ? 'no rule fires' : listed(told)}`,
  ].join('');
}

function firedText({ id, before, at, after }: FiredRule): string {
  const when = [
    ...(before ? ['before'] : []),
    ...(at ? ['at'] : []),
    ...(after && !before && !at ? ['after'] : []),
  ];
  return `${id} (${when.join(', ')})`;
}

export function scoreLines(pages: MutantsPages, look: Look): string[] {
  const { total, scores, shares, mutants } = pages;
  const { paint, columns } = look;
  const wide = Math.max(...scores.map(({ of }) => width(of)), 'function or rule'.length);
  const heads = ['found', 'truth', 'rule', 'equivalent', 'survivors', 'unreached', 'open'];
  const row = (name: string, cells: readonly string[]): string =>
    `${padEnd(name, wide)}  ${cells.map((cell, i) => padStart(cell, (heads[i] ?? '').length)).join('  ')}`;
  const lines = [paint.bold(row('function or rule', heads))];
  for (const score of scores) lines.push(row(score.of, cellsOf(score)));
  lines.push(paint.bold(row('all', cellsOf(total))), '');
  const refused = mutants.filter(({ answer }) => answer?.outcome === 'refused').length;
  lines.push(...wrap(boundText(pages), columns));
  if (refused > 0) {
    lines.push(
      ...wrap(
        `${counted(refused, 'mutant')} more ${refused === 1 ? 'is' : 'are'} no program, by the model's own language, and not counted.`,
        columns,
      ),
    );
  }
  const told = shares.filter(({ inTime, late, alone }) => inTime + late + alone > 0);
  if (told.length > 0) {
    const name = Math.max(...told.map(({ id }) => width(id)), 'rule'.length);
    lines.push('', paint.bold(`${padEnd('rule', name)}  in time  only after  without truth`));
    for (const { id, inTime, late, alone } of told) {
      lines.push(
        `${padEnd(id, name)}  ${padStart(grouped(inTime), 7)}  ${padStart(grouped(late), 10)}  ${padStart(grouped(alone), 13)}`,
      );
    }
  }
  return lines;
}

function cellsOf(score: Score): string[] {
  const share = shareOf(score);
  const { truth, rule, equivalent, survivors, unreached, open } = score;
  return [
    share === undefined ? '-' : `${Math.floor(share * 100)}%`,
    ...[truth, rule, equivalent, survivors, unreached, open].map(grouped),
  ];
}

function boundText({ maxStates, finished, mutants }: MutantsPages): string {
  const tried = mutants.filter(({ answer }) => answer !== undefined).length;
  const far = finished ? '' : ` Stopped: ${grouped(tried)} of ${grouped(mutants.length)} tried.`;
  const less = withinText(mutants);
  return `found: of those not shown equivalent. unreached: no run of the catalogue comes there. open: a bound left variants. Each mutant: ${grouped(maxStates)} states over its variants: first those that are about the function, then those with the fewest states; ${RANDOM_RUNS} random runs in each of up to ${RANDOM_VARIANTS} of the others.${far}${less === '' ? '' : ` ${less}`}`;
}

/** How many are as an earlier run left them, since this one was stopped; empty if none. */
export function withinText(mutants: readonly Mutant[]): string {
  const bounds = mutants.flatMap(({ within }) => (within === undefined ? [] : [within]));
  if (bounds.length === 0) return '';
  const each = [...new Set(bounds)].sort((a, b) => b - a);
  const says = each.map((bound) => {
    const n = bounds.filter((one) => one === bound).length;
    return `${grouped(n)} within ${grouped(bound)} states`;
  });
  return `Of the open ones, those that it did not come to again are as an earlier run left them: ${listed(says)}. A variant that was not there then counts as not looked at.`;
}

/** The survivors that some run comes to, and then the others. */
export function survivorsOf(mutants: readonly Mutant[]): Mutant[] {
  const survivors = mutants.filter(({ answer }) => answer?.outcome === 'survivor');
  return [
    ...survivors.filter((one) => !isUnreached(one)),
    ...survivors.filter((one) => isUnreached(one)),
  ];
}
