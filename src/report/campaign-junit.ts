// A campaign as a JUnit report: a suite for each kind of cell, a test case for each cell. It fails where the
// catalogue is contradicted, and where something goes wrong that nobody broke on purpose; what a bound cut
// off, or nobody has looked at, is skipped and never passes.

import { cellName } from '../campaign/cell.ts';
import { isViolated } from '../campaign/result.ts';
import type { CampaignCell, CampaignRecord, StoreReader } from '../campaign/store.ts';
import { expectation, kindOf } from '../campaign/summary.ts';
import { outcomeText } from './campaign-outcome-text.ts';
import { storyOf } from './campaign-report.ts';
import { type Case, element, reportOf, skipped } from './junit.ts';

export function campaignJunit(campaign: CampaignRecord, store: StoreReader): string {
  return reportOf(campaign.cells.map((cell) => caseOf(cell, store)));
}

function caseOf(one: CampaignCell, store: StoreReader): Case {
  const { result, aside, seconds } = one;
  const test = { suite: kindOf(one), name: cellName(one.cell), seconds };
  if (aside !== undefined) {
    const body = [element('error', { message: aside, type: 'set aside' }, one.deaths)];
    return { ...test, kind: 'error', body };
  }
  if (result === undefined) return skipped(test, 'not looked at');
  const { outcome } = result;
  const message = outcomeText(outcome);
  if (outcome.verdict === 'bounded' || outcome.verdict === 'unknown') {
    return skipped(test, message);
  }
  const met = expectation(one);
  const told = storyOf(one, store) ?? [message];
  if (met === 'missed' || (met === undefined && isFailure(one))) {
    const type = outcome.verdict === 'violated' ? outcome.what : outcome.verdict;
    const expected = met === 'missed' && one.cell.kind !== 'trace' ? one.cell.expect : undefined;
    const text = expected === undefined ? message : `expected ${expected}, found ${message}`;
    return { ...test, kind: 'failure', body: [element('failure', { message: text, type }, told)] };
  }
  if (outcome.verdict === 'error' && met === undefined) {
    const { code: type, message: why } = outcome;
    return { ...test, kind: 'error', body: [element('error', { message: why, type }, [])] };
  }
  return { ...test, kind: 'passed', body: [element('system-out', {}, told)] };
}

/** Slips and flush points taken away are there to go wrong. */
function isFailure({ cell, result }: CampaignCell): boolean {
  if (result === undefined || !isViolated(result.outcome)) return false;
  return cell.kind === 'trace' || (cell.mutant === undefined && (cell.without ?? []).length === 0);
}
