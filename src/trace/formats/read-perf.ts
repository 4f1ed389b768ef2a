// Reads a perf.data of tracepoints (kprobe events among them), as a file or as a stored pipe stream, packed
// or not. The records inside of the samples are those of ftrace, with formats in the file.

import { Problem } from '../../base/problem.ts';
import { BinaryRecord, type PlacedRecord } from './binary-record.ts';
import { damaged } from './byte-reader.ts';
import type { ByteSource } from './byte-source.ts';
import { EventTable } from './event-table.ts';
import { type PerfAttr, readPerfAttr } from './perf-attr.ts';
import {
  noteFeature,
  noteIds,
  type PerfFacts,
  type PerfHead,
  readPerfHead,
  readTracingData,
} from './perf-head.ts';
import { PerfQueue } from './perf-queue.ts';
import { cpuAtEnd, idOffset, type PerfSample, readSample, SAMPLE } from './perf-sample.ts';
import { PERF_RECORD, type PerfPiece, RECORD_HEADER, walkPerfRecords } from './perf-walk.ts';
import { plainFromBytes } from './plain-text.ts';
import type { ReadTraceOptions, TraceInfo, TraceRecord, TraceSummary } from './trace-record.ts';
import { WarningList } from './warning-list.ts';

// Beyond this, a double no longer has room for sums of stamps and differences in ns.
const LARGEST_PLAIN_STAMP = 2n ** 52n;
const MARGIN = 60_000_000_000n;
const MOST_TASKS = 65_536;
const MOST_CPUS = 65_536;
const NEEDED = SAMPLE.time | SAMPLE.cpu | SAMPLE.raw;

/** Reads a perf.data; see `readTrace` for the contract. */
export async function readPerf(
  source: ByteSource,
  onRecord: (record: TraceRecord) => void,
  options: ReadTraceOptions = {},
): Promise<TraceSummary> {
  const facts: PerfFacts = { attrs: [], ids: new Map(), release: undefined, cpus: 0 };
  const head = await readPerfHead(source, facts);
  const reading = new PerfReading(source, head, facts, onRecord, options);
  if (head.tracingData !== undefined) await reading.tracingData(head.tracingData);
  const { dataStart, dataEnd, littleEndian } = head;
  await walkPerfRecords(source, dataStart, dataEnd, littleEndian, reading);
  return reading.finish();
}

/** The state of one reading. */
class PerfReading {
  readonly #source: ByteSource;
  readonly #head: PerfHead;
  readonly #facts: PerfFacts;
  readonly #onRecord: (record: TraceRecord) => void;
  readonly #options: ReadTraceOptions;
  readonly #events = new EventTable();
  readonly #tasks = new Map<number, string>();
  readonly #record = new BinaryRecord(this.#events, this.#tasks);
  readonly #warnings = new WarningList();
  readonly #queue = new PerfQueue((sample) => this.#deliver(sample));
  readonly #sample: PerfSample = { cpu: 0, time: 0n, rawStart: 0, rawLength: 0 };
  /** Per CPU: the loss stated since its last record. */
  readonly #pending = new Map<number, number>();
  #wordSize: 4 | 8 = 8;
  #hasFormats = false;
  #base: bigint | undefined;
  #isInformed = false;
  #idAt: number | undefined;
  #cpus = 0;
  #records = 0;
  #foreign = 0;
  #lost = 0;
  #lostUnknown = false;
  #truncated: boolean;

  constructor(
    source: ByteSource,
    head: PerfHead,
    facts: PerfFacts,
    onRecord: (record: TraceRecord) => void,
    options: ReadTraceOptions,
  ) {
    this.#source = source;
    this.#head = head;
    this.#facts = facts;
    this.#onRecord = onRecord;
    this.#options = options;
    this.#truncated = head.isUnfinished;
    if (head.isUnfinished)
      this.#warnings.add('the file has no index: perf record was stopped, or the file was cut');
  }

  async tracingData(offset: number): Promise<void> {
    const { wordSize } = await readTracingData(this.#source, offset, this.#events, this.#tasks);
    this.#wordSize = wordSize;
    this.#hasFormats = true;
  }

  record(piece: PerfPiece): number | Promise<number> {
    const { type, view, start, end } = piece;
    const { littleEndian } = this.#head;
    switch (type) {
      case PERF_RECORD.sample:
        this.#takeSample(piece);
        return 0;
      case PERF_RECORD.finishedRound:
        this.#queue.round();
        return 0;
      case PERF_RECORD.comm:
        this.#takeName(piece);
        return 0;
      case PERF_RECORD.lost:
        if (end - start >= 16) this.#lose(piece, view.getBigUint64(start + 8, littleEndian));
        return 0;
      case PERF_RECORD.lostSamples:
        // It may count again what `lost` has counted; a sum of both would be wrong.
        if (end - start >= 8 && view.getBigUint64(start, littleEndian) > 0n) this.#lose(piece, 0n);
        return 0;
      case PERF_RECORD.throttle:
        this.#lose(piece, 0n);
        return 0;
      case PERF_RECORD.attr:
        this.#takeAttr(piece);
        return 0;
      case PERF_RECORD.feature:
        if (end - start >= 8) {
          const id = Number(view.getBigUint64(start, littleEndian));
          noteFeature(id, bytesOf(view, start + 8, end), littleEndian, this.#facts);
        }
        return 0;
      case PERF_RECORD.tracingData:
        return this.#takeTracingData(piece);
      case PERF_RECORD.auxtrace: {
        const size = end - start >= 8 ? view.getBigUint64(start, littleEndian) : 0n;
        return size < BigInt(this.#source.size) ? Number(size) : this.#source.size;
      }
      default:
        return 0;
    }
  }

  damage(sentence: string): void {
    this.#truncated = true;
    this.#lostUnknown = true;
    this.#warnings.add(sentence);
  }

  finish(): TraceSummary {
    if (!this.#hasFormats) {
      throw new Problem('LUF-E203', 'the perf.data has no formats of tracepoints', {
        where: this.#source.name,
        hint: 'record tracepoints or probes (perf record -a -e luf:*), and let perf record end by itself or by Ctrl-C',
      });
    }
    this.#queue.end();
    if (this.#foreign > 0) {
      this.#warnings.add(`${this.#foreign} samples of events that are no tracepoints are left out`);
    }
    const { late } = this.#queue;
    if (late > 0) {
      this.#warnings.add(`${late} samples came too late for the order of time and are left out`);
    }
    this.#inform();
    const pending = [...this.#pending.values()].some((count) => count !== 0);
    return {
      ...this.#info(),
      records: this.#records,
      lost: this.#lost,
      lostUnknown: this.#lostUnknown || pending,
      truncated: this.#truncated,
    };
  }

  #takeSample(piece: PerfPiece): void {
    const { view, start, end, fileOffset } = piece;
    const attr = this.#attrOf(piece);
    if (attr?.isTracepoint !== true) {
      this.#foreign++;
      return;
    }
    this.#checkParts(attr);
    const sample = this.#sample;
    if (
      !readSample(view, start, end, this.#head.littleEndian, attr, sample) ||
      sample.cpu >= MOST_CPUS
    ) {
      this.damage(`a sample that contradicts itself at byte ${fileOffset} is left out`);
      return;
    }
    const { cpu, rawStart, rawLength } = sample;
    // Samples of other CPUs that come later may be a little older.
    this.#base ??= sample.time > LARGEST_PLAIN_STAMP ? sample.time - MARGIN : 0n;
    this.#cpus = Math.max(this.#cpus, cpu + 1);
    const lostBefore = this.#pending.get(cpu) ?? 0;
    this.#pending.set(cpu, 0);
    const queued = {
      cpu,
      time: Number(sample.time - this.#base),
      buffer: '',
      view,
      start: rawStart,
      length: rawLength,
      littleEndian: this.#head.littleEndian,
      wordSize: this.#wordSize,
      lostBefore,
    };
    if (!this.#queue.add(queued)) this.#pending.set(cpu, -1);
  }

  /** Samples of all events look alike, or begin with an id that tells whose they are. */
  #attrOf({ view, start, end }: PerfPiece): PerfAttr | undefined {
    const { attrs, ids } = this.#facts;
    const [first] = attrs;
    if (attrs.length <= 1 || first === undefined) return first;
    if (this.#idAt === undefined) {
      const at = idOffset(first);
      if (at < 0 || attrs.some((attr) => idOffset(attr) !== at)) {
        throw unread(this.#source, 'samples that do not say of which event they are');
      }
      this.#idAt = at;
    }
    const at = start + this.#idAt;
    if (at + 8 > end) return undefined;
    return ids.get(view.getBigUint64(at, this.#head.littleEndian));
  }

  #checkParts({ sampleType }: PerfAttr): void {
    if ((sampleType & NEEDED) === NEEDED) return;
    throw unread(this.#source, 'samples without time, CPU and raw data');
  }

  #takeName({ view, start, end }: PerfPiece): void {
    if (end - start < 9) return;
    const task = view.getInt32(start + 4, this.#head.littleEndian);
    if (this.#tasks.size >= MOST_TASKS) this.#tasks.clear();
    this.#tasks.set(task, plainFromBytes(bytesOf(view, start + 8, end)));
    this.#record.renamed();
  }

  /** `count` 0: some, and it is not said how many. */
  #lose({ view, start, end }: PerfPiece, count: bigint): void {
    const [attr] = this.#facts.attrs;
    const { littleEndian } = this.#head;
    const cpu = attr === undefined ? -1 : cpuAtEnd(view, start, end, littleEndian, attr);
    const known = count > 0n && count <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(count) : -1;
    if (cpu < 0 || cpu >= MOST_CPUS) {
      // Anyone's: nothing is certain until each CPU has been heard of again.
      this.#lostUnknown = true;
      for (const one of this.#pending.keys()) this.#pending.set(one, -1);
      return;
    }
    const before = this.#pending.get(cpu) ?? 0;
    this.#pending.set(cpu, known < 0 || before < 0 ? -1 : before + known);
  }

  #takeAttr({ view, start, end }: PerfPiece): void {
    const { littleEndian } = this.#head;
    const whole = new DataView(view.buffer, view.byteOffset, end);
    const read = readPerfAttr(whole, start, littleEndian);
    if (read === undefined || read.size < 64 || start + read.size > end) {
      this.damage('an event is described by a record that is too short');
      return;
    }
    this.#idAt = undefined;
    noteIds(read.attr, bytesOf(view, start + read.size, end), littleEndian, this.#facts);
  }

  async #takeTracingData({ view, start, end, fileOffset }: PerfPiece): Promise<number> {
    if (end - start < 4) throw damaged(this.#source, fileOffset, 'event formats without a size');
    const size = view.getUint32(start, this.#head.littleEndian);
    await this.tracingData(fileOffset + RECORD_HEADER + end - start);
    return Math.ceil(size / 8) * 8;
  }

  #deliver(sample: PlacedRecord): void {
    if (!this.#hasFormats) {
      this.#lostUnknown = true;
      return;
    }
    this.#inform();
    const { lostBefore } = sample;
    if (lostBefore > 0) this.#lost += lostBefore;
    else if (lostBefore < 0) this.#lostUnknown = true;
    this.#record.moveTo(sample);
    this.#records++;
    this.#onRecord(this.#record);
  }

  #inform(): void {
    if (this.#isInformed) return;
    this.#isInformed = true;
    const clocks = new Set(this.#facts.attrs.map(({ clock }) => clock));
    if (clocks.size > 1)
      this.#warnings.add('the events use different clocks: their order means nothing');
    this.#options.onInfo?.(this.#info());
  }

  #info(): TraceInfo {
    return {
      format: 'perf.data',
      clock: this.#facts.attrs[0]?.clock,
      cpus: Math.max(this.#cpus, this.#facts.cpus),
      timeBase: this.#base ?? 0n,
      timeResolution: 1,
      release: this.#facts.release,
      buffers: [''],
      overwritten: 0,
      warnings: this.#warnings.list(),
    };
  }
}

function bytesOf(view: DataView, from: number, to: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + from, Math.max(0, to - from));
}

function unread(source: ByteSource, what: string): Problem {
  return new Problem('LUF-E205', `a perf.data with ${what} is not read`, {
    where: source.name,
    hint: 'record with: perf record -a -T --sample-cpu -R -k CLOCK_MONOTONIC -e EVENTS',
  });
}
