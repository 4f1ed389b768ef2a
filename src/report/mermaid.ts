// A story as a Mermaid sequence diagram, for pages and mails that draw them: a participant for each CPU,
// a note for each row, a message where one thread tells another, and the wrong access crossed.

import type { Row } from '../explain/rows.ts';
import { type Story, toldLanes } from '../explain/story.ts';

export function mermaid(whole: Story): string {
  const story = { ...whole, lanes: toldLanes(whole) };
  return [
    '---',
    `title: ${JSON.stringify(`${story.scenario}:${story.variant} - ${story.title}`)}`,
    '---',
    'sequenceDiagram',
    ...story.lanes.map(
      ({ cpu, threads }) => `  participant C${cpu} as ${safe([`CPU${cpu}`, ...threads].join(' '))}`,
    ),
    ...story.rows.flatMap((row) => rowLines(row, story)),
    ...noteOver(story, story.why.map(({ text }) => safe(text)).join('<br/>')),
  ].join('\n');
}

function rowLines(row: Row, story: Story): string[] {
  const number = row.from === row.to ? `${row.from}` : `${row.from}-${row.to}`;
  const mark = row.mark === 'wrong' ? '✗ ' : row.mark === 'late' ? '! ' : '';
  const lane = `C${row.cpu}`;
  const several = (story.lanes.find(({ cpu }) => cpu === row.cpu)?.threads.length ?? 0) > 1;
  const who = row.hardware ? '(hardware) ' : several ? `${row.who}: ` : '';
  const text = safe(`${number} ${mark}${who}${row.text}`);
  const lock = story.locks.find(
    ({ who, from, to }) => who === row.who && from <= row.to && row.from <= to,
  );
  const note =
    row.mark === 'wrong' ? `  ${lane}-x${lane}: ${text}` : `  Note over ${lane}: ${text}`;
  // Locks are shown as what a lane is busy with.
  const mine = story.rows.filter(
    (one) =>
      lock !== undefined && one.who === lock.who && lock.from <= one.to && one.from <= lock.to,
  );
  return [
    ...(mine[0] === row ? [`  activate ${lane}`] : []),
    note,
    ...(mine.at(-1) === row ? [`  deactivate ${lane}`] : []),
  ];
}

function noteOver({ lanes }: Story, text: string): string[] {
  const [first, last] = [lanes[0], lanes.at(-1)];
  if (first === undefined || last === undefined || text === '') return [];
  const over = first === last ? `C${first.cpu}` : `C${first.cpu},C${last.cpu}`;
  return [`  Note over ${over}: ${text}`];
}

/** `;` and `#` end a statement or begin an entity; angle brackets are markup. */
function safe(text: string): string {
  return text
    .replaceAll('#', '#35;')
    .replaceAll(/(?<!#35);/g, '#59;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;');
}
