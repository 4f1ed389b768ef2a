// What became of mutants as a page: docs/mutants.md. Whoever reads it knows mm, and wants to know which
// lines of the modelled kernel nobody would miss.

import { counted, grouped, listed } from '../base/text.ts';
import { operators } from '../explain/mutants/operators.ts';
import { RANDOM_RUNS, RANDOM_VARIANTS } from '../explain/mutants/random-runs.ts';
import {
  isOpen,
  type Mutant,
  reasonOf,
  type Score,
  shareOf,
  untold,
} from '../explain/mutants/score.ts';
import { type Cause, causeCounts, causeOf, causes, openCauses } from './mutants-causes.ts';
import type { MutantsPages } from './mutants-json.ts';
import { survivorsOf, withinText } from './mutants-text.ts';

export function mutantsPage(pages: MutantsPages, command: string): string[] {
  const { mutants, total, scores, shares, maxStates, catalogue, finished } = pages;
  const tried = mutants.filter(({ answer }) => answer !== undefined).length;
  const refused = mutants.filter(({ answer }) => answer?.outcome === 'refused').length;
  const less = withinText(mutants);
  const found = total.truth + total.rule;
  const rest = total.survivors - total.open;
  const inLarge = mutants.filter(({ answer }) => answer?.found?.large === true).length;
  return [
    '# What the checks would miss: mutants',
    '',
    `<!-- made by: ${command}; change the generator, not this file -->`,
    '',
    'One small slip at a time is made in the modelled kernel functions, the designs or the rules, and each is',
    'explored in the variants of the catalogue that hold without it and in which some run comes to the place.',
    '',
    '- **truth**: a program sees something wrong; or it deadlocks, or the model itself stops (state written',
    '  without its lock, a value out of its range, an identity asked for where there is none), or no run comes to',
    '  its end, or what the scenario is about does not come about any more.',
    '- **rule**: no program does, but a rule fires that did not. Of a rule: its verdict on a variant changes.',
    '- **equivalent**: reached, every variant explored whole that the bound lets be explored whole without it, and',
    '  what threads share goes through exactly the same changes: nothing that looks at shared state can tell.',
    '  How far each thread has come does not count.',
    '- **survivor**: none of these. *Unreached*: no run of any variant comes to the place.',
    '',
    `Looked through: ${counted(catalogue.variants, 'variant')} that hold, of ${counted(catalogue.scenarios, 'scenario')}.`,
    `Bound: ${grouped(maxStates)} states for each mutant over all its variants that can be explored whole within it: first those that are about the function, then those with the fewest states.`,
    `${RANDOM_RUNS} random runs in each of up to ${RANDOM_VARIANTS} of the others, those that are too large included: ${grouped(inLarge)} of the found ones are found in such a one only. That those hold without the slip is what \`lufcheck check\` says, which explores them whole.`,
    '`lufcheck check` of the catalogue with a slip made in the source finds more than this page: there every variant is explored to its end.',
    `${counted(tried, 'mutant')} tried${finished ? '' : ` of ${grouped(mutants.length)}: it was stopped`}; ${grouped(refused)} more are no programs by the model's own language and do not count.`,
    ...(less === '' ? [] : [less]),
    `Decided: ${grouped(found + total.equivalent + rest)}, of which ${grouped(found)} are found, ${grouped(total.equivalent)} are equivalent, and ${grouped(rest)} survive in every variant that the catalogue has for them.`,
    `Open: ${grouped(total.open)}, for which the bound left variants, or parts of them. Whether the catalogue finds them is not known.`,
    `Found: ${shareText({ ...total, survivors: rest })} of those that are decided and not equivalent; ${shareText(total)} if the open ones count as survivors, as they do below.`,
    '',
    '## The slips',
    '',
    '| name | what is done | mutants | found |',
    '|---|---|---:|---:|',
    ...operatorRows(mutants),
    '',
    '## Score',
    '',
    '| function or rule | found | truth | rule | equivalent | survivors | unreached | open |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    ...scores.map(scoreRow),
    scoreRow({ ...total, of: '**all**' }),
    '',
    '*open*: survivors for which a bound left variants, or parts of them.',
    '',
    '## What the rules say',
    '',
    'Of the mutants that truth finds: those in which the rule fires before the wrong access or with it, and those',
    'in which it fires after it only. Without truth: no program sees anything, and the rule fires.',
    '',
    '| rule | in time | only after | without truth |',
    '|---|---:|---:|---:|',
    ...shares.map(
      ({ id, inTime, late, alone }) =>
        `| \`${id}\` | ${grouped(inTime)} | ${grouped(late)} | ${grouped(alone)} |`,
    ),
    '',
    '## Wrong, and no rule says so',
    '',
    'Mutants in which a program sees something wrong, and no rule fires at any time in any interleaving.',
    '',
    ...untold(mutants).map(
      ({ id, answer }) => `- \`${id}\`: ${answer?.found?.what} in \`${answer?.found?.variant}\``,
    ),
    '',
    '## Why they survive',
    '',
    'Causes as the exploration shows them, from the least to the most that differs. *decided*: in every variant that the catalogue has for them; *open*: more states could tell.',
    '',
    '| cause | decided | open | most often |',
    '|---|---:|---:|---|',
    ...causeCounts(mutants).map(
      ({ cause, decided, open, most }) =>
        `| ${causes[cause]} | ${grouped(decided)} | ${grouped(open)} | ${most.map(([name, n]) => `\`${name}\` ${grouped(n)}`).join(', ')} |`,
    ),
    '',
    '## Survivors',
    '',
    'Those that are decided, and of the open ones those with which page tables, translations or bytes are different: each with the reason that the exploration itself gives. `lufcheck mutate --only ID` asks again.',
    '',
    ...survivorLines(mutants.filter(isListed)),
    '## The other open ones',
    '',
    'What a bound left open, and nothing came to light so far that a program could notice: by function and cause, as in the table above. `lufcheck mutate FUNCTION` says of each how far it was looked at.',
    '',
    ...otherLines(mutants.filter((one) => !isListed(one))),
  ];
}

/** What is open and has shown no difference to speak of would fill the page. */
function isListed(mutant: Mutant): boolean {
  const cause = causeOf(mutant);
  return !isOpen(mutant) || cause === 'entries' || cause === 'reached';
}

/** One line for each function, with its slips by their causes. */
function otherLines(mutants: readonly Mutant[]): string[] {
  const survivors = survivorsOf(mutants);
  const units = [...new Set(survivors.map(({ unit }) => unit))].sort();
  return units.map((unit) => {
    const own = survivors.filter((one) => one.unit === unit);
    const parts = (Object.keys(causes) as Cause[]).flatMap((cause) => {
      const slips = own.filter((one) => causeOf(one) === cause);
      if (slips.length === 0) return [];
      const names = slips.map(({ id }) => `\`${id.slice(unit.length + 1)}\``);
      return [`${openCauses[cause] ?? causes[cause]} (${slips.length}): ${names.join(', ')}`];
    });
    return `- \`${unit}\`: ${parts.join('; ')}`;
  });
}

function shareText(score: Score): string {
  const share = shareOf(score);
  return share === undefined ? '-' : `${Math.floor(share * 100)}%`;
}

function scoreRow(score: Score): string {
  const { of, truth, rule, equivalent, survivors, unreached, open } = score;
  const name = of.startsWith('**') ? of : `\`${of}\``;
  const counts = [truth, rule, equivalent, survivors, unreached, open].map(grouped);
  return `| ${[name, shareText(score), ...counts].join(' | ')} |`;
}

function operatorRows(mutants: readonly Mutant[]): string[] {
  return Object.entries(operators).flatMap(([name, says]) => {
    const own = mutants.filter(
      ({ operator, answer }) =>
        operator === name && answer !== undefined && answer.outcome !== 'refused',
    );
    if (own.length === 0) return [];
    const found = own.filter(({ answer }) => answer?.found !== undefined).length;
    return [`| \`${name}\` | ${says} | ${grouped(own.length)} | ${grouped(found)} |`];
  });
}

/** Slips of a function that survive for the same reason are one line. */
function survivorLines(mutants: readonly Mutant[]): string[] {
  const survivors = survivorsOf(mutants);
  const units = [...new Set(survivors.map(({ unit }) => unit))].sort();
  return units.flatMap((unit) => {
    const own = survivors.filter((one) => one.unit === unit);
    const reasons = new Map<string, string[]>();
    for (const one of own) {
      const slips = reasons.get(reasonOf(one)) ?? [];
      slips.push(`\`${one.id.slice(unit.length + 1)}\``);
      reasons.set(reasonOf(one), slips);
    }
    const lines = [...reasons].map(([reason, slips]) => `- ${listed(slips)}: ${reason}`);
    return [`### \`${unit}\``, '', own[0]?.where ?? '', '', ...lines, ''];
  });
}
