// perf_event_attr, one for each event that was recorded: which parts its samples have, and the clock.
// include/uapi/linux/perf_event.h.

const SMALLEST = 64;
const WITH_CLOCK = 96;
const TRACEPOINT = 2;
const SAMPLE_ID_ALL = 18;
const USE_CLOCK = 25;

/** CLOCK_* of time(7) that perf takes with `-k`, as the kernel's trace clocks call them. */
const CLOCKS: Readonly<Record<number, string>> = {
  1: 'mono',
  4: 'mono_raw',
  7: 'boot',
  11: 'tai',
};

/** What of an attribute matters for reading samples. */
export interface PerfAttr {
  readonly isTracepoint: boolean;
  /** PERF_SAMPLE_* bits. */
  readonly sampleType: number;
  /** PERF_FORMAT_* bits. */
  readonly readFormat: number;
  /** Records other than samples say when and where, too. */
  readonly sampleIdAll: boolean;
  /**
   * Trace clock. Without `-k` it is the kernel's local_clock(), which CPUs need not agree on, and
   * which ftrace calls `local`.
   */
  readonly clock: string;
}

/** Reads an attribute; undefined if it is cut. */
export function readPerfAttr(view: DataView, at: number, littleEndian: boolean) {
  if (at + SMALLEST > view.byteLength) return undefined;
  const size = view.getUint32(at + 4, littleEndian);
  const flags = view.getBigUint64(at + 40, littleEndian);
  const flag = (bit: number): boolean =>
    ((flags >> BigInt(littleEndian ? bit : 63 - bit)) & 1n) === 1n;
  const hasClock = size >= WITH_CLOCK && at + WITH_CLOCK <= view.byteLength && flag(USE_CLOCK);
  const clock = hasClock ? view.getInt32(at + 92, littleEndian) : undefined;
  const attr: PerfAttr = {
    isTracepoint: view.getUint32(at, littleEndian) === TRACEPOINT,
    sampleType: low(view, at + 24, littleEndian),
    readFormat: low(view, at + 32, littleEndian),
    sampleIdAll: flag(SAMPLE_ID_ALL),
    clock: clock === undefined ? 'local' : (CLOCKS[clock] ?? `clock ${clock}`),
  };
  return { attr, size };
}

/** All bits that are in use fit 32 bits. */
function low(view: DataView, at: number, littleEndian: boolean): number {
  return view.getUint32(littleEndian ? at : at + 4, littleEndian);
}
