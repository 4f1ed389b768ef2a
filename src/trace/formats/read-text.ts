// Reads ftrace text line by line: the kernel's `trace` and `trace_pipe` in their usual forms, and
// `trace-cmd report`. Records come in the order of the file, which is the order the printer chose.

import { Problem } from '../../base/problem.ts';
import type { ByteSource } from './byte-source.ts';
import { KERNEL_STACK, TextStacks } from './kernel-stack.ts';
import { type Line, readLines } from './line-reader.ts';
import { plain } from './plain-text.ts';
import { notATrace } from './sniff.ts';
import { TextClock } from './text-clock.ts';
import { noTextFacts, noteHeaderLine, type TextFacts, unreadForm } from './text-header.ts';
import { parseLossLine, parseTextLine, type TextLine } from './text-line.ts';
import { TextRecord } from './text-record.ts';
import type { ReadTraceOptions, TraceInfo, TraceRecord, TraceSummary } from './trace-record.ts';
import { WarningList } from './warning-list.ts';

// Text without a single event line this far in is not a trace, or not one that is read.
const PATIENCE = 20_000;
const SURVEY = 262_144;

/** Reads ftrace text; see `readTrace` for the contract. */
export async function readText(
  source: ByteSource,
  onRecord: (record: TraceRecord) => void,
  options: ReadTraceOptions = {},
): Promise<TraceSummary> {
  const reading = new TextReading(source, await surveyFraction(source), onRecord, options);
  await readLines(source, (line) => reading.line(line));
  return reading.finish();
}

/** Digits after the point of the first stamp that has one, looking only at the start; 0 if none. */
async function surveyFraction(source: ByteSource): Promise<number> {
  const text = new TextDecoder().decode(await source.read(0, SURVEY));
  for (const line of text.split('\n')) {
    const digits = parseTextLine(line)?.stamp.fraction.length ?? 0;
    if (digits > 0) return digits;
  }
  return 0;
}

/** The state of one reading. */
class TextReading {
  readonly #source: ByteSource;
  readonly #fractionDigits: number;
  readonly #onRecord: (record: TraceRecord) => void;
  readonly #options: ReadTraceOptions;
  readonly #warnings = new WarningList();
  readonly #facts: TextFacts = noTextFacts();
  readonly #record = new TextRecord();
  readonly #buffers = new Set<string>();
  /** Per CPU: the loss stated since its last record, and the time of that record. */
  readonly #pending = new Map<number, number>();
  readonly #last = new Map<number, number>();
  #clock: TextClock | undefined;
  #highestCpu = -1;
  #records = 0;
  #lost = 0;
  #lostUnknown = false;
  #truncated = false;
  #strange = 0;
  #firstStrange: Line | undefined;
  #backwards = false;
  readonly #stacks: TextStacks | undefined;

  constructor(
    source: ByteSource,
    fractionDigits: number,
    onRecord: (record: TraceRecord) => void,
    options: ReadTraceOptions,
  ) {
    this.#source = source;
    this.#fractionDigits = fractionDigits;
    this.#onRecord = onRecord;
    this.#options = options;
    const { onStack } = options;
    this.#stacks = onStack === undefined ? undefined : new TextStacks(onStack);
  }

  line(line: Line): void {
    if (!line.whole || line.overlong) this.#leaveOut(line);
    else {
      const parts = parseTextLine(line.text);
      if (parts === undefined) {
        this.#stacks?.line(line.text);
        this.#other(line);
      } else {
        // A stack is told before the next record.
        this.#stacks?.end();
        this.#deliver(parts, line);
        const { buffer, cpu, pid } = parts;
        if (!isUserStack(parts)) this.#stacks?.begin({ buffer: plain(buffer), cpu, pid });
      }
    }
  }

  finish(): TraceSummary {
    this.#stacks?.end();
    if (this.#records === 0) this.#explainEmptiness();
    if (this.#strange > 0) {
      const first = this.#firstStrange?.number;
      this.#warnings.add(`${this.#strange} lines are no trace lines, the first is line ${first}`);
    }
    if (this.#clock === undefined) this.#options.onInfo?.(this.#info());
    const unknown = this.#lostUnknown || [...this.#pending.values()].some((count) => count !== 0);
    return {
      ...this.#info(),
      records: this.#records,
      lost: this.#lost,
      lostUnknown: unknown,
      truncated: this.#truncated,
    };
  }

  #deliver(parts: TextLine, line: Line): void {
    this.#buffers.add(parts.buffer);
    this.#clock ??= this.#start(parts);
    const { cpu } = parts;
    this.#highestCpu = Math.max(this.#highestCpu, cpu);
    const time = this.#clock.time(parts.stamp);
    const before = this.#last.get(cpu);
    if (before !== undefined && time < before && !this.#backwards) {
      this.#backwards = true;
      this.#warnings.add(
        `time goes backwards on CPU ${cpu} at line ${line.number}: several traces in one file?`,
      );
    }
    this.#last.set(cpu, time);
    const lost = this.#pending.get(cpu) ?? 0;
    if (lost !== 0) this.#pending.set(cpu, 0);
    if (lost > 0) this.#lost += lost;
    else if (lost < 0) this.#lostUnknown = true;
    this.#record.moveTo(
      isKernelStack(parts) ? { ...parts, event: KERNEL_STACK } : parts,
      time,
      lost,
    );
    this.#records++;
    this.#onRecord(this.#record);
  }

  #start(parts: TextLine): TextClock {
    const clock = new TextClock(parts.stamp, this.#fractionDigits, this.#facts.fromTraceCmd);
    if (parts.stamp.relative) this.#warnings.add('times count from the start of the trace');
    else if (parts.stamp.fraction === '' && this.#fractionDigits === 0) {
      this.#warnings.add('time stamps are counts, not seconds: times are in their own unit');
    }
    if (this.#facts.overwritten > 0) {
      this.#warnings.add(
        `the header says that ${this.#facts.overwritten} records were overwritten`,
      );
    }
    this.#options.onInfo?.(this.#info(clock));
    return clock;
  }

  #other(line: Line): void {
    const loss = parseLossLine(line.text);
    if (loss !== undefined) {
      const before = this.#pending.get(loss.cpu) ?? 0;
      const sum = loss.count < 0 || before < 0 ? -1 : before + loss.count;
      this.#pending.set(loss.cpu, sum);
      return;
    }
    if (noteHeaderLine(line.text, this.#facts) || isStackLine(line.text)) return;
    this.#strange++;
    this.#firstStrange ??= line;
    if (this.#records === 0 && this.#strange >= PATIENCE) this.#explainEmptiness();
  }

  /** A cut line may hold a cut number, which would read as a wrong fact. */
  #leaveOut(line: Line): void {
    const harmless = !line.overlong && noteHeaderLine(line.text, this.#facts);
    if (harmless) return;
    this.#truncated = true;
    this.#firstStrange ??= line;
    const why = line.overlong ? 'is too long' : 'has no line end and may be cut';
    this.#warnings.add(`line ${line.number} ${why}: it is left out`);
  }

  /** Throws the Problem that fits a text without events; an empty trace with a header is fine. */
  #explainEmptiness(): void {
    const first = this.#firstStrange;
    const where = this.#source.name;
    if (first === undefined && this.#facts.header) return;
    const form = first === undefined ? undefined : unreadForm(first.text);
    if (form !== undefined && this.#facts.header) {
      const place = `line ${first?.number}`;
      throw new Problem('LUF-E205', `ftrace text printed with the option "${form}" (${place})`, {
        where,
        hint: 'read tracefs/trace with trace_options context-info, noraw, nohex, noverbose',
      });
    }
    if (this.#facts.header) {
      throw new Problem('LUF-E203', `no trace line in a trace's text (line ${first?.number})`, {
        where,
        hint: 'the text is damaged or was cut: print it again',
      });
    }
    throw notATrace(this.#source, 'no line of the text is a trace line');
  }

  #info(clock: TextClock | undefined = this.#clock): TraceInfo {
    return {
      format: 'ftrace text',
      clock: undefined,
      cpus: Math.max(this.#facts.cpus, this.#highestCpu + 1),
      timeBase: clock?.base ?? 0n,
      timeResolution: clock?.resolution ?? 1000,
      release: this.#facts.release,
      buffers: [...this.#buffers],
      overwritten: this.#facts.overwritten,
      warnings: this.#warnings.list(),
    };
  }
}

/** The kernel prints such a record without its name. */
function isKernelStack({ event, body }: TextLine): boolean {
  return event === 'unknown' && body.trim() === '<stack trace>';
}

function isUserStack({ body }: TextLine): boolean {
  return /^<user stack trace/.test(body.trim());
}

/** perf script prints the call chain of a record under it, and an empty line. */
function isStackLine(line: string): boolean {
  return line === '' || /^\t *[0-9a-f]{1,16} \S/.test(line);
}
