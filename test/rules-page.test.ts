// docs/rules.md is what `lufcheck rules --page` says, without asking everything again: what it says of
// the rules themselves is compared whole, and of its rows the shortest are worked out anew.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import { questionKey } from '../src/explain/rule-answers.ts';
import { ruleCensus } from '../src/explain/rule-census.ts';
import { ruleWitness } from '../src/explain/rule-witness.ts';
import { allRules, recommendedRules } from '../src/rules/all.ts';

const page = readFileSync(new URL('../docs/rules.md', import.meta.url), 'utf8');
const lines = page.split('\n');

function section(title: string): string[] {
  const from = lines.indexOf(`### ${title}`);
  const to = lines.findIndex((line, i) => i > from && line.startsWith('#'));
  return lines.slice(from, to);
}
/** The cells of the rows below a heading that starts so. */
function rowsBelow(heading: string): string[][] {
  const from = lines.findIndex((line) => line.startsWith(heading));
  const to = lines.findIndex((line, i) => i > from && line.startsWith('## '));
  return lines
    .slice(from, to)
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) => line.slice(2, -2).split(' | '));
}
const columns = rowsBelow('## The rules');
const alarms = rowsBelow('## False alarms');

describe.each(allRules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  const text = section(id).join('\n');
  test('it is told as it is', () => {
    expect(text).toContain(`*${rule.says}*`);
    expect(text).toContain(`Asked for by: ${rule.askedBy}. It cannot see ${rule.misses}.`);
    expect(columns.filter(([name]) => name === `\`${id}\``)).toHaveLength(1);
  });
  test('why it cries is told where it does, and nowhere else', () => {
    const count = Number(
      columns
        .find(([name]) => name === `\`${id}\``)
        ?.at(-1)
        ?.replaceAll(',', ''),
    );
    expect(text.includes('Why: ')).toBe(count > 0);
    if (rule.cries !== undefined) expect(text).toContain(`Why: ${rule.cries}.`);
    expect(rule.cries !== undefined).toBe(count > 0);
    if (recommendedRules.includes(rule)) expect(count).toBe(0);
  });
});

test('the recommended set is the smallest one that is enough', () => {
  const names = (line: string | undefined): string[] =>
    [...((line ?? '').split('. ')[0] ?? '').matchAll(/`([\w-]+)`/g)].map(
      (match) => match[1] as string,
    );
  const ids = recommendedRules.map(({ id }) => id);
  expect(names(lines.find((line) => line.startsWith('- **Recommended**')))).toEqual(ids);
  expect(names(lines.find((line) => line.startsWith('- **Enough of those**')))).toEqual(ids);
});

test('it rests on all of the questions that there are', () => {
  const keys = scenarios.flatMap((scenario) =>
    scenario.variants.map((variant) => `${scenario.id} ${questionKey(scenario, variant)}`),
  );
  const told = /It rests on ([\d,]+) questions/.exec(page)?.[1]?.replaceAll(',', '');
  const all = new Set(keys).size;
  if (page.includes(' --variants')) expect(Number(told)).toBe(all);
  else expect(Number(told)).toBeGreaterThan(all);
});

/** What a row's command names. */
function asked(cell: string | undefined) {
  const [id, variantId] = /(?:check|rules) (\S+?):([\w.-]+)/.exec(cell ?? '')?.slice(1) ?? [];
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === variantId);
  if (scenario === undefined || variant === undefined) throw new Error(`no variant: ${cell}`);
  return { scenario, variant };
}
const isPlain = (cell: string | undefined): boolean => !/--(design|without)/.test(cell ?? '');

describe("what Hansen's two miss, the shortest rows", () => {
  const rows = rowsBelow('## What is missed by').filter((row) => isPlain(row.at(-1)));
  test.each(rows.slice(0, 6).map((row) => [row[0], row] as const))('%s', (_, row) => {
    const { scenario, variant } = asked(row.at(-1));
    const { wrong } = ruleCensus(scenario, variant, { rules: [], maxStates: 50_000 });
    expect([String(wrong[0]?.steps), wrong[0]?.what]).toEqual([row[2], row[3]]);
  });
});

describe('false alarms, the shortest row of each rule', () => {
  const rows = allRules.flatMap(({ id }) =>
    alarms.filter((row) => row[0] === `\`${id}\`` && isPlain(row.at(-1))).slice(0, 1),
  );
  test.each(rows.map((row) => [row[0], row] as const))('%s', (_, row) => {
    const { scenario, variant } = asked(row.at(-1));
    const rule = allRules.find(({ id }) => `\`${id}\`` === row[0]);
    if (rule === undefined) throw new Error(`no rule ${row[0]}`);
    const { steps } = ruleWitness(scenario, variant, rule, 50_000);
    expect(String(steps?.length)).toBe(row[3]);
  });
});
