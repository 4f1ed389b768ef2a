// What each flush point protects, as a section in Markdown: docs/flush-points.md has it, beside the reasons.

import { counted, grouped } from '../base/text.ts';
import type { AskedWhole, PointNeed } from '../explain/flush-point-needs.ts';
import { pointsInShort } from './rules-text.ts';

export interface FlushPointsAsked {
  readonly needs: readonly PointNeed[];
  readonly asked: readonly AskedWhole[];
  readonly maxStates: number;
  readonly finished: boolean;
}

export function flushPointsPage({ needs, asked, maxStates, finished }: FlushPointsAsked): string[] {
  return [
    `<!-- made by: lufcheck rules --flush-points --page --max-states ${maxStates}; change the generator, not this section -->`,
    '',
    'Every scenario of the catalogue was explored under each design; where it holds, it was explored again less each flush point that changes what the kernel does there.',
    `A row gives the shortest interleaving that then goes wrong, found by looking at every shorter one, or says that nothing does. Bound: ${grouped(maxStates)} states for each question.`,
    '"Nothing" is about what the catalogue models, in its small worlds, and not about every kernel; what met the bound is counted beside it.',
    ...(finished ? [] : ['', '**The run was stopped before all questions were asked.**']),
    ...asked.flatMap((one) => designSection(one, needs)),
  ];
}

function designSection(asked: AskedWhole, all: readonly PointNeed[]): string[] {
  const needs = all.filter((one) => one.design === asked.design);
  const left =
    asked.bounded === 0
      ? ''
      : ` The ${grouped(asked.bounded)} that met the bound were not asked again.`;
  return [
    '',
    `### ${asked.design}`,
    '',
    pointsInShort(needs),
    `${counted(asked.questions, 'question')} with all of them: ${grouped(asked.hold)} hold, ${grouped(asked.wrong)} go wrong anyway.${left}`,
    '',
    '| flush point | goes wrong without it | shortest | tell it |',
    '|---|---|---|---|',
    ...needs.map((need) => `| \`${need.point}\` | ${verdictOf(need)} |`),
  ];
}

function verdictOf({ wrong, questions, hold, states, bounded }: PointNeed): string {
  if (wrong !== undefined) {
    const command = ['lufcheck', ...wrong.command].join(' ');
    return `${wrong.what} | ${counted(wrong.steps, 'step')} | \`${command}\``;
  }
  if (questions === 0) return 'nothing modelled gets there and holds with it | | ';
  const open = bounded === 0 ? '' : `; ${grouped(bounded)} met the bound`;
  return `nothing in ${counted(hold, 'question')}, ${counted(states, 'state')}, all explored${open} | | `;
}
