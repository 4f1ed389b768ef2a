// The answers about rules for a terminal: a table of the rules, what is enough, what Hansen's two miss,
// and, asked for, a line for each question.

import { counted, grouped, listed, padEnd, padStart, width, wrap } from '../base/text.ts';
import type { PointNeed } from '../explain/flush-point-needs.ts';
import type { RuleAnswer } from '../explain/rule-answers.ts';
import type { Enough, Misses, RuleSummary, Witness, Witnessed } from '../explain/rule-summary.ts';
import { notRules } from '../rules/not-rules.ts';
import type { Look } from './look.ts';

/** Hansen's two, as he asked for them and as Park would have them. */
export interface NamedMisses extends Misses {
  readonly name: string;
}

export interface RulesPages {
  readonly misses: readonly NamedMisses[];
  readonly maxStates: number;
  /** Only the catalogue's own variants were asked about. */
  readonly variantsOnly: boolean;
  /** False if the user stopped it. */
  readonly finished: boolean;
}

const MOST_LISTED = 12;

export function rulesLines(summary: RuleSummary, pages: RulesPages, look: Look): string[] {
  return [
    ...boundLines(summary.answers, pages, look),
    '',
    ...ruleTable(summary, look),
    '',
    ...witnessSection('False alarms, the shortest of each rule', summary, 'falseAlarms', look),
    ...witnessSection('Seen by one rule alone', summary, 'only', look),
    look.paint.bold('Which rules are enough'),
    ...summary.enough.flatMap((one) => enoughLines(one, look)),
    '',
    ...pages.misses.flatMap((one) => [...missLines(one, look), '']),
    look.paint.bold('Of the ten rules that the historic bugs suggest, no rule here'),
    ...notRules.flatMap(({ id, says, why }) =>
      wrap(`  ${id}, ${says}: ${why}.`, look.columns, '    '),
    ),
  ];
}

export function boundLines(
  answers: readonly RuleAnswer[],
  { maxStates, finished }: Pick<RulesPages, 'maxStates' | 'finished'>,
  { columns }: Look,
): string[] {
  const of = (truth: RuleAnswer['truth']): number =>
    answers.filter((one) => one.truth === truth).length;
  const states = answers.reduce((sum, one) => sum + one.states, 0);
  const scenarios = new Set(answers.map((one) => one.name.split(':')[0])).size;
  const parts = [
    `${grouped(of('breaks'))} go wrong`,
    ...(of('deadlock') === 0 ? [] : [`${grouped(of('deadlock'))} only block for ever`]),
    `${grouped(of('holds'))} hold in every interleaving of their world`,
    ...(of('bounded') === 0
      ? []
      : [`${grouped(of('bounded'))} were not explored to the end and count as neither`]),
  ];
  return wrap(
    `${counted(answers.length, 'question')} about ${counted(scenarios, 'scenario')}, ${counted(states, 'state')}: ${listed(parts)}. Bound: ${counted(maxStates, 'state')} a question.${finished ? '' : ' Stopped before the rest was asked.'}`,
    columns,
  );
}

function ruleTable({ rules, untested }: RuleSummary, { columns, paint }: Look): string[] {
  const wide = Math.max(...rules.map(({ rule }) => width(rule.id)), 4);
  const heads = ['tested', 'spoke', 'always', 'alone', 'late', 'false'];
  const row = (name: string, cells: readonly string[]): string =>
    `${padEnd(name, wide)}  ${cells.map((cell, i) => padStart(cell, Math.max(6, width(heads[i] as string)))).join('  ')}`;
  return [
    paint.bold(row('rule', heads)),
    ...rules.map((one) =>
      row(
        one.rule.id,
        [
          one.tested,
          one.told,
          one.toldAlways,
          one.only.count,
          one.after,
          one.falseAlarms.count,
        ].map(grouped),
      ),
    ),
    ...wrap(
      'Numbers of questions. tested: something came that the rule is about. spoke: it had fired by some wrong access, always: by every one. alone: of some wrong access no other rule had spoken. late: it fires after one. false: it fires, and nothing can go wrong there.',
      columns,
    ),
    ...(untested.length === 0
      ? []
      : wrap(`Never put to the test, so nothing is known of: ${listed(untested)}.`, columns)),
  ];
}

function witnessSection(
  title: string,
  { rules }: RuleSummary,
  which: 'falseAlarms' | 'only',
  look: Look,
): string[] {
  const some = rules.filter((one) => one[which].count > 0);
  if (some.length === 0) return [];
  return [
    look.paint.bold(title),
    ...some.flatMap((one) =>
      wrap(
        `  ${one.rule.id}: ${witnessText(one[which].first, look)}${one[which].count > 1 ? ` and ${grouped(one[which].count - 1)} more` : ''}`,
        look.columns,
        '      ',
      ),
    ),
    '',
  ];
}

/** `stale-read at 17: lufcheck check LUF-write2:broken`. */
function witnessText(witness: Witness | undefined, { program }: Look): string {
  if (witness === undefined) return '';
  const what = witness.what === undefined ? '' : `${witness.what}, `;
  return `${what}${counted(witness.steps, 'step')}: ${[program, ...witness.command].join(' ')}`;
}

function enoughLines(one: Enough, look: Look): string[] {
  const { columns } = look;
  const title = one.design;
  if (one.breaks === 0) {
    return wrap(
      `  ${title}: nothing of ${counted(one.questions, 'question')} goes wrong`,
      columns,
      '    ',
    );
  }
  const [first = [], ...others] = one.sets;
  const more = others.length === 0 ? '' : ` (or ${counted(others.length, 'other set')} as small)`;
  const missed = one.missed.count;
  const rest =
    missed === 0
      ? 'and speak by every wrong access'
      : `and leave ${counted(missed, 'question')} in which something goes wrong unannounced, first ${witnessText(one.missed.first, look)}`;
  return wrap(
    `  ${title}: of ${counted(one.questions, 'question')} ${grouped(one.breaks)} go wrong. Without a false alarm ${listed(first)} are enough${more}, ${rest}`,
    columns,
    '    ',
  );
}

function missLines(one: NamedMisses, look: Look): string[] {
  const { missed, of } = one;
  return [
    look.paint.bold(one.name),
    ...wrap(
      `  ${listed(one.rules)} miss something in ${grouped(missed.count)} of ${counted(of, 'question')} that go wrong; the shortest of each scenario:`,
      look.columns,
      '  ',
    ),
    ...scenarioLines(missed, look),
  ];
}

function scenarioLines({ perScenario }: Witnessed, look: Look): string[] {
  const rest = perScenario.length - MOST_LISTED;
  return [
    ...perScenario.slice(0, MOST_LISTED).map((one) => `    ${witnessText(one, look)}`),
    ...(rest > 0 ? [`    and ${counted(rest, 'scenario')} more (--json)`] : []),
  ];
}

/** A line for each question: what truth says, and which rules fired when. */
export function questionLines(answers: readonly RuleAnswer[], look: Look): string[] {
  return answers.flatMap((answer) => {
    const { command, truth, steps, wrong, rules } = answer;
    const said =
      truth === 'breaks' || truth === 'deadlock'
        ? `${wrong[0]?.what ?? truth} at ${steps}`
        : truth === 'bounded'
          ? `? (${answer.bound})`
          : 'holds';
    const fired = (when: 'before' | 'at' | 'after'): string[] =>
      rules.filter((one) => one[when]).map(({ id }) => id);
    const parts = (['before', 'at', 'after'] as const).flatMap((when) =>
      fired(when).length === 0 ? [] : [`${when}: ${fired(when).join(', ')}`],
    );
    const silent = wrong.some(({ told }) => told.length === 0);
    const idle = rules.filter((one) => one.fires !== undefined).map(({ id }) => id);
    const about =
      truth === 'breaks'
        ? [...parts, ...(silent ? ['in some interleaving no rule spoke in time'] : [])]
        : idle.length > 0
          ? [`fired: ${idle.join(', ')}`]
          : [];
    const name = command.slice(1).join(' ');
    return [
      `${name}  ${truth === 'breaks' ? look.paint.bad(said) : said}`,
      ...about.flatMap((line) => wrap(`    ${line}`, look.columns, '      ')),
    ];
  });
}

/** What each flush point protects. */
export function flushPointLines(needs: readonly PointNeed[], look: Look): string[] {
  const lines: string[] = [];
  let design = '';
  for (const need of needs) {
    if (need.design !== design) {
      if (design !== '') lines.push('');
      design = need.design;
      lines.push(look.paint.bold(design));
      const own = needs.filter((one) => one.design === design);
      lines.push(...wrap(`  ${pointsInShort(own)}`, look.columns, '  '));
    }
    lines.push(`  ${need.point}`);
    lines.push(...wrap(`    ${need.says}`, look.columns, '    '));
    lines.push(...wrap(`    ${needText(need, look)}`, look.columns, '      '));
  }
  return lines;
}

/** What a reviewer asks first: how many of them are known to protect something. */
export function pointsInShort(needs: readonly PointNeed[]): string {
  const wrong = needs.filter((one) => one.wrong !== undefined).length;
  const unasked = needs.filter((one) => one.questions === 0).length;
  return `${counted(needs.length, 'flush point')}: without ${grouped(wrong)} something goes wrong, without ${grouped(needs.length - wrong - unasked)} nothing that is modelled does, ${grouped(unasked)} nothing here gets to.`;
}

export function needText(need: PointNeed, { program }: Pick<Look, 'program'>): string {
  const { wrong, questions, hold, states, bounded } = need;
  if (wrong !== undefined) {
    return `without it: ${wrong.what} after ${counted(wrong.steps, 'step')}: ${[program, ...wrong.command].join(' ')}`;
  }
  if (questions === 0) return 'nothing that is modelled, and holds with it, gets there';
  const open = bounded === 0 ? '' : `; ${counted(bounded, 'more', 'more')} stopped at the bound`;
  return `without it nothing modelled goes wrong: ${counted(hold, 'question')} that it changes, ${counted(states, 'state')}, all explored${open}`;
}
