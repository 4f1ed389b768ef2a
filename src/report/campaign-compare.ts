// What differs between two campaigns, for people and for scripts.

import { counted, duration, grouped } from '../base/text.ts';
import { type Change, compareCampaigns, type Difference } from '../campaign/compare.ts';
import type { CampaignCell, CampaignRecord } from '../campaign/store.ts';
import { outcomeText } from './campaign-outcome-text.ts';
import type { Paper } from './paper.ts';

/** In the order in which they matter. */
const order: readonly Change[] = [
  'newly violated',
  'newly holding',
  'another answer',
  'not known any more',
  'less deep',
  'deeper',
  'known now',
  'slower',
  'quicker',
  'only in the first',
  'only in the second',
];

export interface Comparison {
  readonly first: CampaignRecord;
  readonly second: CampaignRecord;
  readonly differences: readonly Difference[];
}

export function comparisonOf(first: CampaignRecord, second: CampaignRecord): Comparison {
  return { first, second, differences: compareCampaigns(first, second) };
}

/** Something goes wrong that did not, as far as was known. */
export function isWorse({ differences }: Comparison): boolean {
  return differences.some(({ change }) => change === 'newly violated');
}

export function comparisonPaper(compared: Comparison): Paper {
  const { first, second, differences } = compared;
  const both = second.cells.length - count(differences, 'only in the second');
  const same = both - differences.filter(({ change }) => !change.startsWith('only')).length;
  return {
    title: `${second.id} against ${first.id}: ${counted(differences.length, 'difference')}`,
    bad: isWorse(compared),
    facts: [
      `First: ${about(first)}.`,
      `Second: ${about(second)}.`,
      `${grouped(same)} of ${counted(both, 'cell')} that both have are as they were.`,
    ],
    after: [],
    sections: order
      .map((change) => ({
        title: titleFor(change),
        rows: differences
          .filter((one) => one.change === change)
          .map((one) => ({ name: one.name, text: textOf(one) })),
      }))
      .filter(({ rows }) => rows.length > 0),
  };
}

function about({ id, begun, program, cells }: CampaignRecord): string {
  return `${id}, begun ${begun}, lufcheck ${program.slice(0, 8)}, ${counted(cells.length, 'cell')}`;
}

function titleFor(change: Change): string {
  return `${change.slice(0, 1).toUpperCase()}${change.slice(1)}`;
}

function count(differences: readonly Difference[], change: Change): number {
  return differences.filter((one) => one.change === change).length;
}

function textOf({ change, before, after }: Difference): string {
  if (change === 'slower' || change === 'quicker') {
    return `${paceOf(before)} before, ${paceOf(after)} after`;
  }
  if (before === undefined) return saidOf(after);
  if (after === undefined) return saidOf(before);
  return `${saidOf(before)} before; ${saidOf(after)} after`;
}

function paceOf(cell: CampaignCell | undefined): string {
  return duration(cell?.cost?.seconds ?? 0);
}

function saidOf(cell: CampaignCell | undefined): string {
  const outcome = cell?.result?.outcome;
  if (outcome === undefined) return cell?.aside === undefined ? 'not looked at' : 'set aside';
  return `${outcome.verdict} (${outcomeText(outcome)})`;
}

export function comparisonJson({ first, second, differences }: Comparison): object {
  return {
    schema: 'lufcheck.campaign-comparison/1',
    first: first.id,
    second: second.id,
    differences: differences.map(({ name, change, before, after }) => ({
      name,
      change,
      ...(before === undefined ? {} : { before: sideOf(before) }),
      ...(after === undefined ? {} : { after: sideOf(after) }),
    })),
  };
}

function sideOf({ result, seconds, aside }: CampaignCell): object {
  return { ...(result ?? {}), seconds, ...(aside === undefined ? {} : { aside }) };
}
