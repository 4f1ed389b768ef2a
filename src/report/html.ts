// Stories as one page that needs nothing else: no script, no font, no request; light or dark as the
// reader's system is. Its content policy forbids whatever is not in the file.

import { counted } from '../base/text.ts';
import type { FullStep, FullStory } from '../explain/full-story.ts';
import type { Verdict } from '../explain/judge.ts';
import type { Row } from '../explain/rows.ts';
import { toldLanes } from '../explain/story.ts';
import { describeWorld } from '../kernel/world.ts';
import { asTests } from './as-test.ts';
import { outcome } from './check-text.ts';
import { pageStyle } from './html-style.ts';
import { escaped } from './junit.ts';
import { repairText } from './repair-text.ts';
import { differentIn, type StoryBook, verdictsIn } from './story-book.ts';
import { foundText, ruleText } from './story-text.ts';

/** Bytes of a page that is still sent about gladly. */
const MOST_BYTES = 2 * 2 ** 20;

/** Where the page would be too large, stories come without their steps, and it says so. */
export function html(book: StoryBook, most = MOST_BYTES): string {
  const whole = page(book, true);
  return new TextEncoder().encode(whole).length < most ? whole : page(book, false);
}

function page(book: StoryBook, withSteps: boolean): string {
  const told = differentIn(book);
  const [only, ...more] = told;
  const title =
    only !== undefined && more.length === 0
      ? `${only.name}: ${only.story.title}`
      : `lufcheck: ${counted(told.length, 'story', 'stories')}`;
  return framed(title, book.version, [
    ...(only === undefined || book.entries.length > 1 ? contents(book, told) : []),
    ...told.flatMap((one, i) => section(one, `s${i + 1}`, withSteps)),
    ...(withSteps
      ? []
      : ['<p>Every step of a story is on its page if fewer variants are asked for.</p>']),
  ]);
}

/** A page around its parts. */
export function framed(title: string, version: string, parts: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(title)}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
    '<body>',
    ...parts,
    `<footer>lufcheck ${escaped(version)}</footer>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

type Told = ReturnType<typeof differentIn>[number];

function contents(book: StoryBook, told: readonly Told[]): string[] {
  const rows = verdictsIn(book).map(({ name, verdict }) => {
    const n = told.findIndex((one) => one.name === name || one.alike.includes(name));
    const link = n < 0 ? escaped(name) : `<a href="#s${n + 1}">${escaped(name)}</a>`;
    const isOpen = verdict.result.verdict === 'bounded';
    const mark = verdict.asExpected || isOpen ? '' : ' <strong>not as expected</strong>';
    return `<tr><td>${link}</td><td>${escaped(outcome(verdict))}${mark}</td><td>${escaped(reach(verdict))}</td></tr>`;
  });
  return ['<nav><h1>lufcheck</h1><table>', ...rows, '</table></nav>'];
}

/** How much a verdict rests on, and within what. */
function reach({ result, scenario, variant }: Verdict): string {
  if (result.verdict === 'error') return `no answer: ${result.error.code} ${result.error.message}`;
  const stopped = result.bound === undefined ? '' : `, stopped: ${result.bound}`;
  const never = (result.unreached ?? []).map((what) => `, never ${what}`).join('');
  const world = describeWorld(variant.world ?? scenario.world);
  return `${counted(result.states, 'state')} within ${world}${stopped}${never}`;
}

function section({ story, file, alike }: Told, id: string, withSteps: boolean): string[] {
  const repair = repairText(story, false);
  const { sibling } = story.missing;
  return [
    `<section id="${id}">`,
    `<h2><span class="violated">VIOLATED</span> ${escaped(story.title)}</h2>`,
    `<p class="facts">${escaped(`${story.scenario}:${story.variant} · ${story.kernel.join(' ')}`)}<br>${escaped(story.says)}<br>${escaped(`within ${story.world} · ${counted(story.steps, 'step')}, ${foundText(story)}`)}</p>`,
    ...lanes(story, id),
    '<ul class="why">',
    ...story.why.map(({ text }) => `<li>${linked(text, story, id)}</li>`),
    '</ul>',
    '<dl>',
    ...(repair === ''
      ? []
      : [
          `<dt>${sibling === undefined && story.repairs === undefined ? 'Removed' : 'Repair'}</dt><dd>${escaped(repair)}</dd>`,
        ]),
    `<dt>Rules</dt><dd>${escaped(ruleText(story, 'full'))}</dd>`,
    ...(alike.length === 0
      ? []
      : [
          `<dt>Alike</dt><dd>${alike.map((name) => `<code>${escaped(name)}</code>`).join(', ')}</dd>`,
        ]),
    `<dt>Replay</dt><dd><code>lufcheck replay '${escaped(story.line)}'</code></dd>`,
    '</dl>',
    ...(withSteps
      ? [
          '<details><summary>Every step, and what it changed</summary>',
          ...steps(story, id),
          '</details>',
        ]
      : []),
    '<details><summary>As a test</summary>',
    `<pre>${escaped(asTests([file === undefined ? { story } : { story, file }]).join('\n'))}</pre>`,
    '</details>',
    '</section>',
  ];
}

function lanes(whole: FullStory, id: string): string[] {
  const story = { ...whole, lanes: toldLanes(whole) };
  const head = story.lanes
    .map(({ cpu, threads }) => `<th scope="col">CPU ${cpu} ${escaped(threads.join(', '))}</th>`)
    .join('');
  return [
    `<div class="wide"><table class="lanes"><thead><tr><th scope="col">step</th>${head}</tr></thead><tbody>`,
    ...story.rows.map((row) => laneRow(row, story, id)),
    '</tbody></table></div>',
  ];
}

const markSays = { wrong: '✗ ', late: '! ' } as const;

function laneRow(row: Row, story: FullStory, id: string): string {
  const number = row.from === row.to ? `${row.from}` : `${row.from}-${row.to}`;
  const cells = story.lanes.map(({ cpu, threads }) => {
    const lock = story.locks.find(
      (one) => one.cpu === cpu && one.from <= row.to && row.from <= one.to,
    );
    const held = lock === undefined ? '' : ` class="held" title="${escaped(lock.lock)} held"`;
    if (cpu !== row.cpu) return `<td${held}></td>`;
    const who = threads.length > 1 && !row.hardware ? `${row.who}: ` : '';
    return `<td${held}>${escaped(`${row.mark === undefined ? '' : markSays[row.mark]}${who}${row.text}`)}</td>`;
  });
  const kinds = [
    ...(row.mark === undefined ? [] : [row.mark]),
    ...(row.hardware ? ['hardware'] : []),
    ...(row.weight === 1 ? ['aside'] : []),
  ];
  const name = kinds.length === 0 ? '' : ` class="${kinds.join(' ')}"`;
  return `<tr id="${id}-${row.from}"${name}><td class="n">${number}</td>${cells.join('')}</tr>`;
}

/** Numbers of steps that have a row lead there. */
function linked(text: string, { rows }: FullStory, id: string): string {
  return escaped(text).replace(/\b(at|step|of|by|from) (\d+)\b/g, (all, word: string, n: string) =>
    rows.some((row) => row.from === Number(n)) ? `${word} <a href="#${id}-${n}">${n}</a>` : all,
  );
}

function steps({ trace }: FullStory, id: string): string[] {
  return [
    '<div class="wide"><table class="steps">',
    ...trace.map((step) => {
      const changes = step.changes.map(
        ({ name, before, after }) =>
          `<span class="change"><code>${escaped(name)}</code> ${value(before)} → ${value(after)}</span>`,
      );
      return `<tr id="${id}-step-${step.n}"><td class="n">${step.n}</td><td>CPU ${step.cpu} ${escaped(step.who)}</td><td>${escaped(called(step))}</td><td>${changes.join(' ')}</td></tr>`;
    }),
    '</table></div>',
  ];
}

function called({ stack, label }: FullStep): string {
  return [...stack, label].join(' > ');
}

function value(of: unknown): string {
  return escaped(of === null ? 'none' : JSON.stringify(of));
}
