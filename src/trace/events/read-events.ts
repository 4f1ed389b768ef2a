// A recorded trace as events of the vocabulary, for whoever wants to go on with tools of his own. What
// comes out is what the rules hear.

import { Problem } from '../../base/problem.ts';
import type { ConcreteEvent } from '../../events/concrete.ts';
import { concreteOf } from '../check/happening.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import { readTrace } from '../formats/read-trace.ts';
import type { TraceInfo, TraceSummary } from '../formats/trace-record.ts';
import type { Gap } from '../profiles/gap-list.ts';
import { LufProfile } from '../profiles/luf-profile.ts';
import { namesFor } from '../profiles/names.ts';
import { Surveyor } from '../profiles/survey.ts';

/** Only events that pass all of what is given. */
export interface EventFilter {
  readonly kinds?: ReadonlySet<string>;
  readonly cpus?: ReadonlySet<number>;
  /** ns of the trace's clock, both included. */
  readonly from?: bigint;
  readonly to?: bigint;
  /** Address of the mm_struct, hex without 0x. */
  readonly mm?: string;
  /** A frame number, or the address of a page. */
  readonly page?: number;
}

export interface ReadEvents {
  readonly onInfo?: (info: TraceInfo) => void;
  /** Told before the first event: where records are missing. */
  readonly onGaps?: (gaps: readonly Gap[]) => void;
  readonly onEvent: (event: ConcreteEvent) => void;
  readonly filter?: EventFilter;
}

/** `local` clocks are up to 20 ms apart; that matters to rules, not to a listing. */
const NO_SKEW = 0;

/**
 * Reads a trace twice, first to learn what it can tell. Events while records are missing are left out.
 * They come in the order of time, but for a flush by a switch, which later records of its CPU tell.
 *
 * @throws Problem LUF-E204 when nothing in it is an event of the vocabulary; what `readTrace` throws.
 */
export async function readEvents(
  source: ByteSource,
  { onInfo, onGaps, onEvent, filter = {} }: ReadEvents,
): Promise<TraceSummary> {
  const surveyor = new Surveyor();
  const first = await readTrace(source, (record) => surveyor.note(record));
  const survey = surveyor.result(first);
  if (survey.usable === 0) {
    throw new Problem('LUF-E204', `none of its ${first.records} events is of our vocabulary`, {
      where: source.name,
      hint: 'record with lufcheck record, which knows the probes it takes',
    });
  }
  onInfo?.(first);
  onGaps?.(survey.gaps);
  // Events count from the base that makes them fit a double.
  const since = (time: bigint): number => Number(time - first.timeBase);
  const from = filter.from === undefined ? Number.NEGATIVE_INFINITY : since(filter.from);
  const to = filter.to === undefined ? Number.POSITIVE_INFINITY : since(filter.to);
  const names = namesFor(survey.cpus);
  const start = { skew: NO_SKEW, overwritten: first.overwritten > 0 };
  const ignored = (): void => {};
  const profile = new LufProfile(survey, names, start, {
    happens: (one) => {
      if (one.at < from || one.at > to) return;
      const event = concreteOf(one, names);
      if (passes(event, filter)) onEvent(event);
    },
    runs: ignored,
    leaves: ignored,
    seen: ignored,
    lost: ignored,
    asks: ignored,
  });
  return await readTrace(source, (record) => profile.take(record));
}

/** Whether an event passes a filter, whatever its time. */
function passes(event: ConcreteEvent, { kinds, cpus, mm, page }: EventFilter): boolean {
  if (kinds !== undefined && !kinds.has(event.event)) return false;
  if (cpus !== undefined && !cpus.has(event.cpu)) return false;
  if (mm !== undefined && !('mm' in event && event.mm === mm)) return false;
  if (page === undefined) return true;
  return ('frame' in event && event.frame === page) || ('va' in event && event.va === page);
}
