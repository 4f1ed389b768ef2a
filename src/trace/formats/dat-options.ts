// The option payloads that v6 and v7 share. Options that matter only for printing (hooks, process
// maps, symbols) are skipped; options that would change time stamps are reported.

import type { DatFacts } from './dat-file.ts';
import { plainFromBytes } from './plain-text.ts';
import { RECORDER_OPTION, recorderFacts } from './recorder-facts.ts';
import type { WarningList } from './warning-list.ts';

const DATE = 1;
const CPU_STATS = 2;
const TRACE_CLOCK = 4;
const UNAME = 5;
const OFFSET = 7;
const CPU_COUNT = 8;
const TIME_SHIFT = 12;
const TSC_TO_NS = 14;
const MOST_CPUS = 65_536;

/** Facts before any option has been seen. */
export function noFacts(): DatFacts {
  return {
    clock: undefined,
    cpus: 0,
    release: undefined,
    shift: 0n,
    overwritten: 0,
    overwrittenOn: [],
    recorder: undefined,
  };
}

/** Notes what one option says; unknown ids are none of our business. */
export function noteOption(
  id: number,
  data: Uint8Array,
  littleEndian: boolean,
  facts: DatFacts,
  warnings: WarningList,
): void {
  switch (id) {
    case DATE:
      facts.shift += 1000n * toBigInt(plainFromBytes(data));
      return;
    case OFFSET:
      facts.shift += toBigInt(plainFromBytes(data));
      return;
    case CPU_STATS:
      noteOverwritten(plainFromBytesOfLines(data), facts);
      return;
    case TRACE_CLOCK:
      facts.clock = activeClock(plainFromBytesOfLines(data)) ?? facts.clock;
      return;
    case UNAME:
      facts.release = plainFromBytes(data).split(' ')[2];
      return;
    case CPU_COUNT:
      facts.cpus = Math.min(smallNumber(data, littleEndian) ?? facts.cpus, MOST_CPUS);
      return;
    case RECORDER_OPTION:
      facts.recorder = recorderFacts(plainFromBytesOfLines(data));
      return;
    case TIME_SHIFT:
    case TSC_TO_NS:
      warnings.add('time stamps are as recorded: host/guest time synchronisation is not applied');
      return;
  }
}

/** The clock in brackets of a `trace_clock` file. */
export function activeClock(text: string): string | undefined {
  return /\[([\w-]{1,32})\]/.exec(text)?.[1];
}

function noteOverwritten(stats: string, facts: DatFacts): void {
  let sum = 0;
  for (const match of stats.matchAll(/^(?:overrun|commit overrun|dropped events): (\d{1,15})$/gm)) {
    sum += Number(match[1]);
  }
  facts.overwritten += sum;
  const cpu = /^CPU: (\d{1,5})$/m.exec(stats)?.[1];
  if (cpu !== undefined && sum > 0) facts.overwrittenOn.push(`CPU ${cpu}: ${sum}`);
}

function plainFromBytesOfLines(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

function toBigInt(text: string): bigint {
  const match = /^\s*(-?)(0x[0-9a-f]{1,16}|\d{1,19})\s*$/i.exec(text);
  if (match === null) return 0n;
  return match[1] === '-' ? -BigInt(match[2]) : BigInt(match[2]);
}

function smallNumber(data: Uint8Array, littleEndian: boolean): number | undefined {
  if (data.length < 4) return undefined;
  return new DataView(data.buffer, data.byteOffset, 4).getUint32(0, littleEndian);
}
