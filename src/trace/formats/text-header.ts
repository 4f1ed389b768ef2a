// The lines of ftrace text that are not events: what they tell about the trace, and which of them
// are known to be harmless.

import { plain } from './plain-text.ts';

/** What headers have told so far. */
export interface TextFacts {
  cpus: number;
  release: string | undefined;
  overwritten: number;
  /** A header was seen: this is a trace even if it holds no event. */
  header: boolean;
  fromTraceCmd: boolean;
}

/** Facts before any line. */
export function noTextFacts(): TextFacts {
  return { cpus: 0, release: undefined, overwritten: 0, header: false, fromTraceCmd: false };
}

const MOST_CPUS = 65_536;
const LONGEST_HEADER = 512;
const ENTRIES = /entries-in-buffer\/entries-written: (\d{1,15})\/(\d{1,15}) +#P:(\d{1,5})/;
const LATENCY = /^# \S+ latency trace \S+ on (\S+)/;
const LATENCY_COUNTS = /^# latency: .*#(\d{1,15})\/(\d{1,15}), .*#P:(\d{1,5})\)/;
const HARMLESS =
  /^(?:#.*|\s*|\s*(?:=> .*|<stack trace>|<user stack trace>)|version = \d+|Buffer: .*)$/;

/** Notes a line without an event. False if the line is of no known kind. */
export function noteHeaderLine(whole: string, facts: TextFacts): boolean {
  const line = whole.slice(0, LONGEST_HEADER);
  const cpus = /^cpus=(\d{1,5})$/.exec(line);
  if (cpus !== null) {
    facts.header = true;
    facts.fromTraceCmd = true;
    noteCpus(facts, cpus[1]);
    return true;
  }
  if (line.startsWith('# tracer:')) facts.header = true;
  const counts = ENTRIES.exec(line) ?? LATENCY_COUNTS.exec(line);
  if (counts !== null) {
    facts.header = true;
    facts.overwritten += Math.max(0, Number(counts[2]) - Number(counts[1]));
    noteCpus(facts, counts[3]);
  }
  const release = LATENCY.exec(line)?.[1];
  if (release !== undefined) facts.release = plain(release);
  return HARMLESS.test(line) || /^CPU:?\s?\d+ (?:is empty|\[SUBBUFFER START\].*)$/.test(line);
}

function noteCpus(facts: TextFacts, digits: string): void {
  facts.cpus = Math.max(facts.cpus, Math.min(Number(digits), MOST_CPUS));
}

/** A trace_options form whose lines lack what a check needs; the name of the option, if it is one. */
export function unreadForm(line: string): string | undefined {
  if (/^\d{1,10} \d{1,5} \d{1,20} type: \d{1,5}\b/.test(line)) return 'raw';
  if (/^[0-9a-f]{8} [0-9a-f]{8} [0-9a-f]{16} type: \d{1,5}\b/.test(line)) return 'hex';
  if (/^ *\S.{0,40}\] +\d+\.\d{3}ms \(\+\d+\.\d{3}ms\): /.test(line)) return 'verbose';
  if (/^[a-z_][\w]{1,63}: \S/.test(line)) return 'nocontext-info';
  return undefined;
}
