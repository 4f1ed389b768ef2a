// What came out of a cell, in half a line.

import { counted, grouped, listed } from '../base/text.ts';
import type { Outcome } from '../campaign/result.ts';

export function outcomeText(outcome: Outcome): string {
  switch (outcome.verdict) {
    case 'holds':
      return `${counted(outcome.states, 'state')}, depth ${outcome.depth}`;
    case 'violated':
      return `${outcome.what} after ${counted(outcome.steps, 'step')}`;
    case 'bounded': {
      const guess = outcome.guess === undefined ? '' : ` of perhaps ${grouped(outcome.guess)}`;
      return `nothing wrong in ${grouped(outcome.states)}${guess} states, depth ${outcome.depth} (${outcome.bound})`;
    }
    case 'unreached':
      return listed(outcome.unreached);
    case 'does not apply':
      return outcome.why;
    case 'error':
      return `${outcome.code} ${outcome.message}`;
    case 'nothing found':
      return `in ${counted(outcome.runs, 'random run')}`;
    default:
      return `${counted(outcome.events, 'event')}, ${counted(outcome.violations, 'violation')}`;
  }
}
