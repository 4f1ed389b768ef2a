// What `lufcheck trace --predict` found, as text: apart from violations, since nothing went wrong.

import { counted, padEnd, padStart, width, wrap } from '../base/text.ts';
import type { TracePossible, TracePrediction } from '../trace/check/verdict.ts';
import type { Look } from './look.ts';

const HANG = '  ';
/** Told in full unless all are asked for. */
const TOLD = 3;

export function predictionText(
  { possible, omitted, lacks }: TracePrediction,
  look: Look,
  all = false,
): string[] {
  const { columns, paint } = look;
  if (lacks !== undefined) {
    return ['', ...wrap(`${HANG}nothing predicted: ${lacks.join('; ')}`, columns, HANG)];
  }
  const count = possible.length + omitted;
  if (count === 0) {
    const text = `${HANG}predicted: no frame was saved from early reuse by a flush of somebody else`;
    return ['', ...wrap(text, columns, HANG)];
  }
  const told = all ? possible : possible.slice(0, TOLD);
  const rest = count - told.length;
  return [
    '',
    ...wrap(
      `${paint.warn('POSSIBLE')}  ${counted(count, 'frame')} reused in time only because somebody else flushed; nothing went wrong in this recording`,
      columns,
      HANG,
    ),
    ...told.flatMap((one) => ['', ...possibleText(one, look)]),
    ...(rest === 0 ? [] : ['', `${HANG}${rest} more like ${rest === 1 ? 'it' : 'them'}`]),
  ];
}

function possibleText(one: TracePossible, { columns }: Look): string[] {
  const { frame, location, unmapped, freed, reused, flushes, proofs, reordering } = one;
  const name = `frame 0x${frame.toString(16)}`;
  const rows = [
    { ...unmapped, says: `${unmapped.what} emptied the entry at ${location.va} of ${name}` },
    ...flushes.map(({ asked, cpu, time }) => ({
      ...asked,
      says: `${asked.what} was called; it reached CPU ${cpu} at ${time}`,
    })),
    { ...freed, says: 'it was freed' },
    { ...reused, says: `${name} handed out again` },
  ].sort((a, b) => a.time.length - b.time.length || (a.time < b.time ? -1 : 1));
  const times = Math.max(...rows.map(({ time }) => time.length));
  const tasks = Math.max(...rows.map(({ task }) => width(task)));
  return [
    ...rows.flatMap(({ time, cpu, task, says }) => {
      const head = `${HANG}${padStart(time, times)}  ${padEnd(`CPU${cpu}`, 5)} ${padEnd(task, tasks)}  `;
      const lines = wrap(says, columns - width(head));
      return lines.map((line, i) => (i === 0 ? head : ' '.repeat(width(head))) + line);
    }),
    ...wrap(`${HANG}Possible: ${reordering}.`, columns, HANG),
    ...proofs.flatMap(({ cpu, how, time, task }) =>
      wrap(
        `${HANG}CPU ${cpu} was in that mm all the time: ${task === undefined ? '' : `${task}: `}${how} (${time}).`,
        columns,
        HANG,
      ),
    ),
  ];
}
