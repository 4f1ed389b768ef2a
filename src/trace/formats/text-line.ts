// The prefix of one line of ftrace text: who, where, when, which event. A task's name is free text
// of up to 15 characters, so the name cannot be matched: what follows it is, as a whole, and that
// is longer than any name can imitate.

/** The parts of an event line. */
export interface TextLine {
  readonly buffer: string;
  readonly task: string;
  readonly pid: number;
  readonly cpu: number;
  readonly stamp: TextStamp;
  readonly event: string;
  readonly body: string;
}

/** A printed time, as digits: exact, whatever its size. */
export interface TextStamp {
  /** Digits before the point, or the whole count. */
  readonly whole: string;
  /** Digits after the point; empty if the stamp is a count. */
  readonly fraction: string;
  /** The stamp is in microseconds from the start of the trace (latency format). */
  readonly relative: boolean;
}

/** A loss that the text states: `count` -1 means some, unknown how many. */
export interface TextLoss {
  readonly cpu: number;
  readonly count: number;
}

// "-pid (tgid) [cpu] flags time: ", the tgid and the flags being optional.
const PREFIX =
  /-(\d{1,10}) +(?:\( *(?:\d{1,10}|-+)\) +)?\[(\d{3,6})\] (?:[^\s[\]]{4,6}(?= ))?( *\d{1,20})(?:\.(\d{6,9}))?: /g;
// "-pid cpu+flags time: ", the time absolute (trace-cmd) or relative with a delay mark (kernel).
const LATENCY =
  /-(\d{1,10}) +(\d{1,6})[a-zA-Z.]\S{3,5} +(?:(\d{1,15})us[ $@*#!+]?|(\d{1,15})\.(\d{6,9})) *: /;
// perf script: "comm pid/tid [cpu] time: period system:", the period being optional.
const PERF =
  / +(-?\d{1,10})(?:\/(-?\d{1,10}))? +\[(\d{3,6})\] +(\d{1,20})\.(\d{6,9}): +(?:\d{1,20} +)?[\w.-]{1,64}:(?=[A-Za-z_][\w.-]*:)/g;
const LOSS =
  /^CPU:(\d{1,6}) \[(?:LOST (\d{1,15}) EVENTS|(\d{1,15}) EVENTS DROPPED|EVENTS DROPPED)\]/;
// Counts are right-aligned to this width, which keeps a task name from imitating one.
const COUNT_WIDTH = 12;

/** The loss that a line states, if it is such a line. */
export function parseLossLine(line: string): TextLoss | undefined {
  const match = line.startsWith('CPU:') ? LOSS.exec(line) : null;
  if (match === null) return undefined;
  const count = match[2] ?? match[3];
  return { cpu: Number(match[1]), count: count === undefined ? -1 : Number(count) };
}

/** The parts of an event line; undefined for any other line. */
export function parseTextLine(line: string): TextLine | undefined {
  // What stands first is the prefix: a task's text may print what looks like the other one.
  PREFIX.lastIndex = 0;
  PERF.lastIndex = 0;
  const usual = PREFIX.exec(line)?.index ?? line.length;
  const perf = PERF.exec(line)?.index ?? line.length;
  return (perf < usual ? parsePerf(line) : parseUsual(line)) ?? parseLatency(line);
}

function parseUsual(line: string): TextLine | undefined {
  PREFIX.lastIndex = 0;
  for (let match = PREFIX.exec(line); match !== null; match = PREFIX.exec(line)) {
    const [, pid, cpu, digits, fraction = ''] = match;
    if (fraction !== '' || digits.length >= COUNT_WIDTH) {
      const stamp = { whole: digits.trimStart(), fraction, relative: false };
      return finish(line, match.index, PREFIX.lastIndex, Number(pid), Number(cpu), stamp);
    }
    PREFIX.lastIndex = match.index + 1;
  }
  return undefined;
}

/** The task that ran is the thread; text may also name its process before it. */
function parsePerf(line: string): TextLine | undefined {
  PERF.lastIndex = 0;
  const match = PERF.exec(line);
  if (match === null) return undefined;
  const [, pid, tid, cpu, whole, fraction] = match;
  const stamp = { whole, fraction, relative: false };
  const task = line.slice(0, match.index).trim();
  const rest = parseEvent(line.slice(PERF.lastIndex));
  return { buffer: '', task, pid: Number(tid ?? pid), cpu: Number(cpu), stamp, ...rest };
}

function parseLatency(line: string): TextLine | undefined {
  const match = LATENCY.exec(line);
  if (match === null) return undefined;
  const [prefix, pid, cpu, micros, seconds, fraction = ''] = match;
  const stamp = { whole: micros ?? seconds, fraction, relative: micros !== undefined };
  const end = match.index + prefix.length;
  return finish(line, match.index, end, Number(pid), Number(cpu), stamp);
}

function finish(
  line: string,
  nameEnd: number,
  eventStart: number,
  pid: number,
  cpu: number,
  stamp: TextStamp,
): TextLine {
  // Task names are padded on the left: text at the very start is a buffer's name and ends in ": ".
  const name = line.slice(0, nameEnd);
  const split = name.startsWith(' ') ? -1 : name.indexOf(': ');
  const buffer = split > 0 ? name.slice(0, split) : '';
  const task = (split > 0 ? name.slice(split + 2) : name).trimStart();
  return { buffer, task, pid, cpu, stamp, ...parseEvent(line.slice(eventStart)) };
}

const NAMED = /^(?:\(\+\d+\))? *([A-Za-z_][\w.-]*):(?: +|$)/;
const SYSCALL_ENTER = /^sys_(\w+)\((.*?)\)? *$/;
const SYSCALL_EXIT = /^sys_(\w+) -> (\S+)/;
const FUNCTION = /^(\S+) <-+ *(\S+)$/;

/** Most events print "name: body"; the kernel prints system calls and functions in its own way. */
function parseEvent(rest: string): { event: string; body: string } {
  const named = NAMED.exec(rest);
  if (named !== null) return { event: named[1], body: rest.slice(named[0].length) };
  const enter = SYSCALL_ENTER.exec(rest);
  if (enter !== null) {
    // The kernel prints these arguments in hex without saying so.
    const body = enter[2].replaceAll(/: ([0-9a-f]{1,16})(?=,|$)/g, ': 0x$1');
    return { event: `sys_enter_${enter[1]}`, body };
  }
  const exit = SYSCALL_EXIT.exec(rest);
  if (exit !== null) return { event: `sys_exit_${exit[1]}`, body: `ret=${exit[2]}` };
  const call = FUNCTION.exec(rest);
  if (call !== null) return { event: 'function', body: `ip=${call[1]} parent_ip=${call[2]}` };
  return { event: 'unknown', body: rest };
}
