import { scenarios } from '../../catalogue/all.ts';
import { vocabulary } from '../../events/vocabulary.ts';
import { pathBook } from '../../explain/path-book.ts';
import { designs } from '../../kernel/designs/all.ts';
import { type FlushPoint, flushPoints, nameOfChoice } from '../../kernel/kernel.ts';
import { type Entry, type Section, sectionLines } from '../../report/list-text.ts';
import { pathBookJson, pathBookLines } from '../../report/path-book-text.ts';
import { allRules, recommendedRules, rules as recordingRules } from '../../rules/all.ts';
import type { AnyRule } from '../../rules/rule.ts';
import { type Call, type Command, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

const options = {
  events: { type: 'flag', says: 'list the vocabulary of events instead' },
  paths: { type: 'flag', says: 'print every modelled path step by step, in Markdown, instead' },
  json: { type: 'flag', says: 'one JSON object instead of text (schema lufcheck.list/1)' },
} as const;

export const list: Command<typeof options> = command({
  name: 'list',
  says: 'list scenarios, variants, rules, designs and flush points',
  usage: '',
  about: [
    'Lists everything that can be named elsewhere, with a sentence each. Behind a variant stands',
    'its expected verdict; behind a flush point the designs that have it.',
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'listed'],
    [exitCodes.usage, 'wrong usage'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [
    ['list', 'everything'],
    ['list --paths', 'what each step stands for: docs/fidelity.md'],
    ['list --events', 'what models, traces and rules speak of'],
    ['list --json | jq -r .scenarios[].id', 'for scripts'],
  ],
  run: runList,
});

async function runList({ values, io }: Call<typeof options>): Promise<ExitCode> {
  if (values.paths) {
    const book = pathBook(scenarios);
    if (values.json) io.out(JSON.stringify(pathBookJson(book), null, 2));
    else for (const line of pathBookLines(book)) io.out(line);
    return exitCodes.asExpected;
  }
  if (values.json) {
    io.out(JSON.stringify(values.events ? eventsJson() : listJson(), null, 2));
    return exitCodes.asExpected;
  }
  const sections = values.events ? [events()] : [catalogue(), ruleBook(), designBook(), points()];
  sections.forEach((section, i) => {
    if (i > 0) io.out('');
    for (const line of sectionLines(section, io.look)) io.out(line);
  });
  return exitCodes.asExpected;
}

function catalogue(): Section {
  const entries = scenarios.flatMap((scenario): Entry[] => [
    { name: scenario.id, says: scenario.title },
    ...scenario.variants.map((variant) => ({
      name: variant.id,
      says: `${variant.expect}: ${variant.says}`,
      inner: true,
    })),
  ]);
  return { title: 'Scenarios and their variants, with the verdict expected', entries };
}

function ruleBook(): Section {
  const marks = (rule: AnyRule): string[] => [
    ...(recommendedRules.includes(rule) ? ['recommended'] : []),
    ...(recordingRules.includes(rule) ? ['judges recordings'] : []),
  ];
  return {
    title: 'Rules; the recommended ones have no false alarm, and no other without one adds to them',
    entries: allRules.map((rule) => {
      const marked = marks(rule);
      const { id, says } = rule;
      return { name: id, says: marked.length === 0 ? says : `${says} [${marked.join(', ')}]` };
    }),
  };
}

function designBook(): Section {
  return { title: 'Designs', entries: designs.map(({ id, says }) => ({ name: id, says })) };
}

function points(): Section {
  const entries = Object.entries(flushPoints).map(([name, says]) => {
    const having = designsWith(name as FlushPoint);
    return { name, says: having.length === 0 ? says : `${says} [${having.join(', ')}]` };
  });
  return { title: 'Flush points', entries };
}

function designsWith(point: FlushPoint): string[] {
  return designs.filter((design) => design.points.includes(point)).map((design) => design.id);
}

function events(): Section {
  const entries = Object.entries(vocabulary).map(([name, { means, fields }]) => ({
    name,
    says: `${means} [${Object.keys(fields).join(', ')}]`,
  }));
  return { title: 'Events', entries };
}

function listJson(): object {
  return {
    schema: 'lufcheck.list/1',
    scenarios: scenarios.map(({ id, title, says, provenance, variants }) => ({
      id,
      title,
      says,
      provenance,
      variants: variants.map((variant) => ({
        id: variant.id,
        says: variant.says,
        design: nameOfChoice(variant.design),
        expected: variant.expect,
      })),
    })),
    rules: allRules.map((rule) => ({
      id: rule.id,
      says: rule.says,
      askedBy: rule.askedBy,
      misses: rule.misses,
      recommended: recommendedRules.includes(rule),
      watchesByDefault: recordingRules.includes(rule),
    })),
    designs: designs.map(({ id, says, source, points: has }) => ({
      id,
      says,
      source,
      flushPoints: has,
    })),
    flushPoints: Object.entries(flushPoints).map(([id, says]) => ({
      id,
      says,
      designs: designsWith(id as FlushPoint),
    })),
  };
}

function eventsJson(): object {
  return {
    schema: 'lufcheck.events/1',
    events: Object.entries(vocabulary).map(([event, { means, fields }]) => ({
      event,
      means,
      fields: Object.keys(fields),
    })),
  };
}
