// What an address of the trace page says: which recording, and what of it is shown. A link reproduces the view; of a
// recording that was dropped it has the name, and whoever follows the link opens that file.

import { moved, type Window } from './trace-series.ts';
import { parseTime, timeText } from './trace-text.ts';

export interface TraceShown {
  /** The part that is shown, in s as the recording has them; left out: all of it. */
  readonly from?: string;
  readonly to?: string;
  /** As typed; empty: every event. */
  readonly filter: string;
  /** Numbers of the violation and of the event that are chosen. */
  readonly violation?: number;
  readonly event?: number;
}

export interface TraceAddress extends TraceShown {
  /** One that is offered. */
  readonly recording?: string;
  /** The name of one that was dropped. */
  readonly file?: string;
}

const SECONDS = /^\d{1,12}\.\d{1,9}$/;
const NUMBER = /^\d{1,9}$/;

/**
 * What does not fit is left out.
 *
 * @example
 * ```ts
 * readTraceAddress('#/trace?recording=0&from=14.5&to=15.25&violation=2')
 * // => { recording: '0', from: '14.5', to: '15.25', filter: '', violation: 2 }
 * ```
 */
export function readTraceAddress(hash: string): TraceAddress {
  const given = new URLSearchParams(hash.split('?').slice(1).join('?'));
  const text = (name: string, form: RegExp): string | undefined => {
    const value = given.get(name);
    return value !== null && form.test(value) ? value : undefined;
  };
  const number = (name: string): number | undefined => {
    const value = text(name, NUMBER);
    return value === undefined ? undefined : Number(value);
  };
  return withoutUndefined({
    recording: text('recording', /./),
    file: text('file', /./),
    from: text('from', SECONDS),
    to: text('to', SECONDS),
    filter: given.get('filter') ?? '',
    violation: number('violation'),
    event: number('event'),
  });
}

export function traceAddress(address: TraceAddress): string {
  const given = new URLSearchParams();
  for (const name of ['recording', 'file', 'from', 'to', 'filter', 'violation', 'event'] as const) {
    const value = address[name];
    if (value !== undefined && value !== '') given.set(name, String(value));
  }
  return `#/trace${given.size === 0 ? '' : `?${given}`}`;
}

/** The part of a recording that an address names; what is not within it is not shown. */
export function windowOf(
  { from, to }: Pick<TraceShown, 'from' | 'to'>,
  base: bigint,
  whole: Window,
): Window {
  if (from === undefined || to === undefined) return whole;
  const start = Math.max(parseTime(from, base), whole.from);
  const end = Math.min(parseTime(to, base), whole.to);
  return start < end ? moved({ from: start, to: end }, 0, whole) : whole;
}

/** The window as an address has it: to the ns; nothing for the whole. */
export function timesOf(
  shown: Window,
  base: bigint,
  whole: Window,
): Pick<TraceShown, 'from' | 'to'> {
  if (shown.from <= whole.from && shown.to >= whole.to) return {};
  return { from: timeText(shown.from, base, 9), to: timeText(shown.to, base, 9) };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, one]) => one !== undefined),
  ) as Defined<T>;
}
