// What a user types to see less of a recording: `task:kswapd mm:ffff888005096b80 page:0x29e2 cpu:1 kind:tlb.flush`.
// A word without a name is looked for in tasks and kinds.

import { firstFrom, type TraceTable } from './trace-table.ts';

const names = ['task', 'mm', 'page', 'cpu', 'kind'] as const;
type Name = (typeof names)[number];

/** Indexes of the events that pass; undefined: all of them. */
export function chosenBy(table: TraceTable, text: string): Uint32Array | undefined {
  const words = text.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return undefined;
  const tests = words.map((word) => testOf(table, word));
  const chosen = new Uint32Array(table.count);
  let count = 0;
  for (let i = 0; i < table.count; i++) {
    if (tests.every((test) => test(i))) chosen[count++] = i;
  }
  return chosen.slice(0, count);
}

type Test = (event: number) => boolean;

function testOf(table: TraceTable, word: string): Test {
  const [, name = '', rest = word] = /^([a-z]+):(.*)$/i.exec(word) ?? [];
  const value = (names.includes(name as Name) ? rest : word).toLowerCase();
  const texts = table.texts.map((text) => text !== '' && text.toLowerCase().includes(value));
  const kinds = table.kinds.map((kind) => kind.toLowerCase().includes(value));
  switch (name as Name) {
    case 'task':
      return (i) => texts[table.task[i] as number] === true;
    case 'mm': {
      const bare = value.replace(/^0x0*/, '');
      const mms = table.texts.map((one) => one !== '' && one.toLowerCase().includes(bare));
      return (i) => mms[table.mm[i] as number] === true;
    }
    case 'page': {
      const number = Number(value);
      return (i) => table.frame[i] === number || table.va[i] === number;
    }
    case 'cpu': {
      const cpus = new Set(value.split(',').map(Number));
      return (i) => cpus.has(table.cpu[i] as number);
    }
    case 'kind':
      return (i) => kinds[table.kind[i] as number] === true;
    default:
      return (i) =>
        texts[table.task[i] as number] === true || kinds[table.kind[i] as number] === true;
  }
}

/** How far a click looks for an event of its CPU. */
const FAR = 100_000;

/** The event of a CPU that is nearest to a moment, among those of a filter. */
export function nearestEvent(
  table: TraceTable,
  chosen: Uint32Array | undefined,
  at: number,
  cpu: number,
): number | undefined {
  const event = (row: number): number | undefined => (chosen === undefined ? row : chosen[row]);
  const total = chosen?.length ?? table.count;
  const first = firstFrom(table.time, at);
  const start = chosen === undefined ? first : rowOf(chosen, first);
  const away = (row: number): number => {
    const one = event(row);
    return one === undefined || table.cpu[one] !== cpu
      ? Number.POSITIVE_INFINITY
      : Math.abs((table.time[one] as number) - at);
  };
  let right = start;
  while (right < Math.min(total, start + FAR) && away(right) === Number.POSITIVE_INFINITY) right++;
  let left = start - 1;
  while (left >= Math.max(0, start - FAR) && away(left) === Number.POSITIVE_INFINITY) left--;
  const best = away(right) < away(left) ? right : left;
  return away(best) === Number.POSITIVE_INFINITY ? undefined : event(best);
}

/** Where an event is among the chosen ones, or would be. */
export function rowOf(chosen: Uint32Array, event: number): number {
  let [low, high] = [0, chosen.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((chosen[middle] as number) < event) low = middle + 1;
    else high = middle;
  }
  return low;
}
