// The answers about rules as a page: docs/rules.md. Whoever reads it knows mm, and has not seen this
// project; every number in it comes from the run that made it.

import { counted, grouped, listed } from '../base/text.ts';
import type { PointNeed } from '../explain/flush-point-needs.ts';
import { RULE_STATES, type RuleAnswer } from '../explain/rule-answers.ts';
import type {
  Enough,
  RuleResult,
  RuleSummary,
  Witness,
  Witnessed,
} from '../explain/rule-summary.ts';
import { bpftraceProgram } from '../monitor/bpftrace.ts';
import { ruleAutomaton } from '../monitor/rule-automaton.ts';
import { recommendedRules } from '../rules/all.ts';
import { notRules } from '../rules/not-rules.ts';
import type { NamedMisses, RulesPages } from './rules-text.ts';

export function rulesPage(
  summary: RuleSummary,
  pages: RulesPages,
  needs: readonly PointNeed[],
): string[] {
  return [
    '# Rules that tell when a deferred TLB flush goes wrong',
    '',
    '<!-- made by: lufcheck rules --page; change the generator, not this file -->',
    '',
    ...intro(summary, pages),
    ...answersInShort(summary, pages),
    ...rulesSection(summary),
    ...enoughSection(summary.enough),
    ...unannouncedSection(summary.enough),
    ...pages.misses.flatMap(missesSection),
    ...falseAlarmSection(summary.rules),
    ...pointsSection(needs),
    ...method(summary, pages),
  ];
}

function intro({ answers }: RuleSummary, { maxStates, variantsOnly }: RulesPages): string[] {
  const of = (truth: RuleAnswer['truth']): string =>
    grouped(answers.filter((one) => one.truth === truth).length);
  const open = answers.filter((one) => one.bound !== undefined).length;
  const stuck = answers.some((one) => one.truth === 'deadlock')
    ? ` ${of('deadlock')} only block for ever.`
    : '';
  const rest =
    open === 0
      ? 'Every one was explored to its end.'
      : `${counted(open, 'question')} met the bound; nothing is concluded from what they did not show.`;
  return [
    'LUF leaves TLB entries behind on purpose. A debugging kernel would need rules that say when that has gone wrong: Dave Hansen asked for two in June 2024,',
    'or for some other independent set. This page answers which rules are enough, which of them are needed, and where each cries for nothing.',
    '',
    variantsOnly
      ? `It rests on ${grouped(answers.length)} questions: the variants of the catalogue, each a hazard under a design that has it, or has it repaired.`
      : `It rests on ${grouped(answers.length)} questions: every scenario of the catalogue under every design, and again with each flush point taken away whose absence changes something.`,
    `In ${of('breaks')} of them a program can see what it must not, in ${of('holds')} it cannot, in any interleaving of the small machine that the scenario names (some CPUs,`,
    `addresses, frames). Each was explored with all rules watching, up to ${grouped(maxStates)} states.${stuck} ${rest} What holds in a small machine is not proved for a larger one.`,
    '',
  ];
}

function answersInShort({ enough, rules }: RuleSummary, { misses }: RulesPages): string[] {
  const [all] = enough;
  if (all === undefined) return [];
  const quiet = all.sets[0] ?? [];
  const lines = ['## In short', ''];
  for (const { name, missed, of } of misses) {
    const share =
      missed.count === 0
        ? 'are enough: one of them has fired by every wrong access'
        : `are not enough: in ${grouped(missed.count)} of the ${grouped(of)} questions that go wrong, of ${counted(missed.perScenario.length, 'scenario')}, some interleaving does so before either has fired. Each is listed below with its shortest one`;
    lines.push(`- **${name}** ${share}.`);
  }
  const noisy = rules.filter((one) => one.falseAlarms.count > 0);
  lines.push(
    `- **Recommended** for a debugging kernel: ${ticked(recommendedRules.map(({ id }) => id))}.${isTheSame(quiet) ? ' It is the smallest set that announces all that rules without a false alarm can announce.' : ' This run, of less than everything, found another set enough.'}`,
    `- **Without a false alarm** anywhere: ${ticked(all.quiet)}.`,
    `- **Enough of those**: ${ticked(quiet)}${all.sets.length > 1 ? `, or one of ${counted(all.sets.length - 1, 'other set')} as small` : ''}. ${leftOver(all)}`,
    `- **With false alarms**: ${listed(noisy.map((one) => `\`${one.rule.id}\` (${grouped(one.falseAlarms.count)})`))}.`,
    `- The smallest set that speaks of all that any rule speaks of, false alarms or not: ${ticked(all.loudSets[0] ?? [])}${all.loudMissed.count === 0 ? '; it misses nothing' : `; even so nothing is said in time in ${counted(all.loudMissed.count, 'question')} (\`${commandOf(all.loudMissed.first)}\`)`}.`,
    '',
  );
  return lines;
}

function isTheSame(ids: readonly string[]): boolean {
  return (
    ids.length === recommendedRules.length && recommendedRules.every(({ id }) => ids.includes(id))
  );
}

function leftOver({ missed }: Enough): string {
  if (missed.count === 0) return 'They speak by every wrong access there is.';
  return `They leave ${counted(missed.count, 'question')} in ${counted(missed.perScenario.length, 'scenario')} unannounced.`;
}

function rulesSection({ rules, untested }: RuleSummary): string[] {
  return [
    '## The rules',
    '',
    'All of them watch page-table entries, flushes, frames, slots of the page cache and returns of system calls. None but the last looks at what a design notes about its debts.',
    '',
    '| rule | put to the test | had spoken by some wrong access | by every one | alone | only afterwards | false alarms |',
    '|---|---|---|---|---|---|---|',
    ...rules.map(
      (one) =>
        `| \`${one.rule.id}\` | ${[one.tested, one.told, one.toldAlways, one.only.count, one.after, one.falseAlarms.count].map(grouped).join(' | ')} |`,
    ),
    '',
    'Numbers of questions. A false alarm is a firing where nothing can go wrong, unless the kernel lacks a flush point without which it goes wrong elsewhere under the eyes of this rule, and with which the rule is silent but for what lacks another such flush point. What mainline goes wrong without counts for every design it is taken away from. Nor is it one where the catalogue has the same mistake in another program, which goes wrong.',
    ...(untested.length === 0
      ? []
      : ['', `**Never put to the test**, so that nothing is known of them: ${ticked(untested)}.`]),
    '',
    ...rules.flatMap(ruleEntry),
  ];
}

function ruleEntry({ rule, only, falseAlarms, inAdvance, early }: RuleResult): string[] {
  const monitor = ruleAutomaton(rule);
  const program = bpftraceProgram(rule);
  return [
    `### ${rule.id}`,
    '',
    `*${rule.says}*`,
    '',
    `Asked for by: ${rule.askedBy}. It cannot see ${rule.misses}.`,
    ...(only.first === undefined
      ? []
      : [
          `Seen by it alone: ${scenariosOf(only)}; first \`${commandOf(only.first)}\`${whatOf(only.first)}.`,
        ]),
    ...(falseAlarms.first === undefined
      ? []
      : [
          `False alarms in ${scenariosOf(falseAlarms)}; first \`${witnessOf(rule.id, falseAlarms.first)}\`, ${counted(falseAlarms.first.steps, 'step')}.${rule.cries === undefined ? '' : ` Why: ${rule.cries}.`}`,
        ]),
    ...(early.first === undefined
      ? []
      : [
          `It takes the return of a call for a promise, and fires in ${counted(early.count, 'question')} of designs whose calls return early on purpose, which give that promise up: \`${witnessOf(rule.id, early.first)}\`.`,
        ]),
    ...(inAdvance === 0
      ? []
      : [
          `It fires in ${counted(inAdvance, 'question')} more in which nothing can go wrong, because the kernel goes wrong elsewhere: a flush is missing that another world needs.`,
        ]),
    `For a kernel: an automaton of ${counted(monitor.states.length, 'state')} and ${counted(monitor.letters.length, 'event')} (\`lufcheck rules --export rv ${rule.id}\`); ${typeof program === 'string' ? `no bpftrace program, since ${program}` : `a bpftrace program (\`lufcheck rules --export bpftrace ${rule.id}\`)`}.`,
    '',
  ];
}

/** What shows a rule firing where nothing goes wrong. */
function witnessOf(rule: string, { command }: Witness): string {
  return ['lufcheck', 'rules', ...command.slice(1), '--witness', rule].join(' ');
}

function enoughSection(enough: readonly Enough[]): string[] {
  return [
    '## Enough, design by design',
    '',
    'The smallest sets of rules without a false alarm under that design that have spoken, in every interleaving, by every wrong access that any such rule speaks of; and what is left.',
    '',
    '| design | questions | go wrong | smallest set | as small | left unannounced | first of those |',
    '|---|---|---|---|---|---|---|',
    ...enough.map((one) => {
      const [first = [], ...others] = one.sets;
      const { missed } = one;
      const left =
        missed.first === undefined ? '' : `\`${commandOf(missed.first)}\`${whatOf(missed.first)}`;
      return `| ${one.design} | ${grouped(one.questions)} | ${grouped(one.breaks)} | ${ticked(first)} | ${grouped(others.length)} | ${grouped(missed.count)} | ${left} |`;
    }),
    '',
  ];
}

function unannouncedSection([all]: readonly Enough[]): string[] {
  if (all === undefined || all.missed.count === 0) return [];
  return [
    '## What no rule without a false alarm announces',
    '',
    'Wrong accesses of which nothing was said in time. Of the ten rules that the historic bugs suggest, these are none here:',
    '',
    ...notRules.map(({ id, says, why }) => `- **${id}**, ${says}: ${why}.`),
    '',
    '| scenario | questions | steps | wrong | shown by |',
    '|---|---|---|---|---|',
    ...all.missed.perScenario.map(missedRow),
    '',
  ];
}

function missedRow(one: Witness & { scenario: string; count: number }): string {
  return `| ${one.scenario} | ${grouped(one.count)} | ${one.steps} | ${one.what ?? ''} | \`${commandOf(one)}\` |`;
}

function missesSection({ name, rules, missed, of }: NamedMisses): string[] {
  return [
    `## What is missed by: ${name}`,
    '',
    `${ticked(rules)}: nothing is said by the wrong access in ${grouped(missed.count)} of ${counted(of, 'question')} that go wrong. The shortest interleaving of each scenario:`,
    '',
    '| scenario | questions | steps | wrong | shown by |',
    '|---|---|---|---|---|',
    ...missed.perScenario.map(missedRow),
    '',
  ];
}

function falseAlarmSection(rules: readonly RuleResult[]): string[] {
  const rows = rules.flatMap(({ rule, falseAlarms }) =>
    falseAlarms.perScenario.map(
      (one) =>
        `| \`${rule.id}\` | ${one.scenario} | ${grouped(one.count)} | ${one.steps} | \`${witnessOf(rule.id, one)}\` |`,
    ),
  );
  if (rows.length === 0) return [];
  return [
    '## False alarms, with a witness for each scenario',
    '',
    '| rule | scenario | questions | steps | shown by |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ];
}

function pointsSection(needs: readonly PointNeed[]): string[] {
  if (needs.every((one) => one.questions === 0)) return [];
  const rows = needs.map((need) => {
    const { design, point, wrong, hold, states, questions, bounded } = need;
    const verdict =
      wrong !== undefined
        ? `${wrong.what}, ${counted(wrong.steps, 'step')}: \`${['lufcheck', ...wrong.command].join(' ')}\``
        : questions === 0
          ? 'nothing modelled gets there and holds with it'
          : `nothing: ${counted(hold, 'question')}, ${counted(states, 'state')}${bounded > 0 ? `; ${grouped(bounded)} met the bound` : ''}`;
    return `| ${design} | \`${point}\` | ${verdict} |`;
  });
  return [
    '## What each flush point protects',
    '',
    'The shortest interleaving that goes wrong once it is taken away from a kernel that holds with it; or how much holds without it. docs/flush-points.md gives the reasons.',
    '',
    '| design | flush point | goes wrong without it |',
    '|---|---|---|',
    ...rows,
    '',
  ];
}

function method(
  { answers }: RuleSummary,
  { finished, variantsOnly, maxStates }: RulesPages,
): string[] {
  const states = answers.reduce((sum, one) => sum + one.states, 0);
  return [
    '## How this was found',
    '',
    `Truth is what a program can observe (docs/decisions/0002-truth.md). Each question was explored to its end, or up to the bound, ${counted(states, 'state')} in all, with truth and all rules in the state; a rule has *spoken*`,
    'by a wrong access if it fired before it or in the same step. Whether a set is enough is asked of every interleaving, not of the shortest ones: for each wrong access it is known which sets of rules',
    'can have spoken by then. The smallest sets are exact (all subsets were tried). Deadlocks are no business of these rules and are not counted.',
    ...(finished ? [] : ['', '**The run was stopped before all questions were asked.**']),
    '',
    "The automata are read by the kernel's own tools as by ours: `dot2k` of Linux 6.12 makes a monitor of each, and the tests compare its tables with theirs edge by edge where there is a kernel tree",
    '(`LUFCHECK_KERNEL=/path/to/linux npx vitest run src/monitor`; newer trees have `rvgen` instead). Where bpftrace is installed, the same tests have it compile each program. The programs were loaded into stock Debian kernels, 6.1 and 6.12, and stayed silent there ([0012](decisions/0012-exported-programs.md)); the automata into none.',
    '',
    `Made by \`lufcheck rules --page${variantsOnly ? ' --variants' : ''}${maxStates === RULE_STATES ? '' : ` --max-states ${maxStates}`} --workers 2 > docs/rules.md\`${variantsOnly ? '; without `--variants` it asks every design everywhere, and each less one flush point' : ''}. \`lufcheck rules SCENARIO\` tells of each question which rules fired before, at and after the wrong access.`,
  ];
}

function ticked(ids: readonly string[]): string {
  return ids.length === 0 ? 'none' : listed(ids.map((id) => `\`${id}\``));
}
function commandOf(witness: Witness | undefined): string {
  return witness === undefined ? '' : ['lufcheck', ...witness.command].join(' ');
}
function whatOf({ what, steps }: Witness): string {
  return what === undefined ? '' : ` (${what}, ${counted(steps, 'step')})`;
}
function scenariosOf({ count, perScenario }: Witnessed): string {
  return `${counted(count, 'question')} of ${counted(perScenario.length, 'scenario')}`;
}
