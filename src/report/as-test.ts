// Stories as tests to paste: each replays its schedule and holds the result against what was found.

import type { Story } from '../explain/story.ts';

export interface Tested {
  readonly story: Story;
  /** The user's file that exports the scenario. */
  readonly file?: string;
}

/** A module for Node's own test runner. */
export function asTests(told: readonly Tested[]): string[] {
  const files = [...new Set(told.flatMap(({ file }) => (file === undefined ? [] : [file])))];
  const nameOf = (file: string): string => `file${files.indexOf(file) + 1}`;
  return [
    "import assert from 'node:assert/strict';",
    "import { test } from 'node:test';",
    "import { replayStory } from 'lufcheck';",
    ...files.map((file) => `import * as ${nameOf(file)} from ${quoted(importable(file))};`),
    ...told.flatMap(({ story, file }) => ['', ...testOf(story, file && nameOf(file))]),
  ];
}

function testOf(story: Story, module: string | undefined): string[] {
  const schedule = story.line.split(' ').at(-1) ?? '';
  return [
    `test(${quoted(`${story.scenario}:${story.variant}: ${story.title}`)}, () => {`,
    '  const story = replayStory({',
    `    scenario: ${quoted(story.scenario)},`,
    `    variant: ${quoted(story.variant)},`,
    // Under another design than the variant's own.
    ...(story.command.length > 2 ? designOf(story) : []),
    ...(story.cuts === undefined ? [] : [`    cut: ${quoted(story.cuts.join())},`]),
    `    schedule: ${quoted(schedule)},`,
    ...(module === undefined ? [] : [`    from: Object.values(${module}).flat(),`]),
    '  });',
    `  assert.equal(story.property, ${quoted(story.property)});`,
    `  assert.equal(story.title, ${quoted(story.title)});`,
    '});',
  ];
}

function designOf({ kernel: [design = '', ...points] }: Story): string[] {
  const listed = (sign: string): string =>
    points
      .filter((point) => point.startsWith(sign))
      .map((point) => quoted(point.slice(1)))
      .join(', ');
  return [
    `    design: ${quoted(design)},`,
    `    without: [${listed('-')}],`,
    `    plus: [${listed('+')}],`,
  ];
}

/** A bare name would be a package. */
function importable(file: string): string {
  return /^[./]/.test(file) ? file : `./${file}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
