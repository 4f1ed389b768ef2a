// Reads what the guest wrote. The guest is a kernel with planted faults: its text may stop anywhere and
// hold anything, so nothing is believed that does not parse, and what is missing is said to be missing.

/** A litmus program's own count of what it saw. */
export interface LitmusResult {
  readonly name: string;
  readonly rounds: number;
  /** Rounds in which reclaim was to take the page away. */
  readonly tried: number;
  /** Rounds in which the reader went on by a translation that reclaim had taken away. */
  readonly reached: number;
  /** Rounds with a wrong read. */
  readonly wrong: number;
  /** Old content, or an address that should be gone. */
  readonly stale: number;
  /** Content that was never there. */
  readonly foreign: number;
  readonly faults: number;
  readonly reads: number;
}

export interface PointCount {
  readonly state: 'on' | 'off' | 'absent';
  readonly reached: number;
  readonly flushed: number;
}

export interface ExperimentResult {
  readonly id: string;
  /** Its last line came. */
  readonly complete: boolean;
  readonly litmus: readonly LitmusResult[];
  /** What a workload read. */
  readonly work?: { readonly pages: number; readonly wrong: number };
  /** How a soak went: passes over its programs, tasks killed for their memory, reloads of the module. */
  readonly soak?: { readonly passes: number; readonly kills: number; readonly reloads: number };
  readonly failures: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  readonly points: Readonly<Record<string, PointCount>>;
  /** Name of the recording. */
  readonly recording?: string;
  /** TLB shootdown interrupts of all CPUs. */
  readonly interrupts?: number;
  readonly seconds?: number;
}

export interface GuestResult {
  /** `uname -r`; missing if the guest did not come so far. */
  readonly release?: string;
  readonly experiments: readonly ExperimentResult[];
  /** What failed outside every experiment. */
  readonly failures: readonly string[];
  readonly unloaded: boolean;
  /** The guest came to its end. */
  readonly complete: boolean;
}

type Draft = {
  -readonly [K in keyof ExperimentResult]: ExperimentResult[K];
} & {
  litmus: LitmusResult[];
  failures: string[];
  counters: Record<string, number>;
  points: Record<string, PointCount>;
};

/** Reads /out/results. Lines that are none of ours are left out. */
export function readResults(text: string): GuestResult {
  const experiments: Draft[] = [];
  const failures: string[] = [];
  let release: string | undefined;
  let unloaded = false;
  let complete = false;
  let current: Draft | undefined;
  for (const line of text.split('\n')) {
    const [verb = '', ...words] = line.trim().split(/\s+/);
    const rest = words.join(' ');
    if (verb === 'kernel' && words.length === 1) release = words[0];
    else if (verb === 'unloaded') unloaded = true;
    else if (verb === 'done') complete = true;
    else if (verb === 'experiment' && words.length === 1) {
      current = {
        id: rest,
        complete: false,
        litmus: [],
        failures: [],
        counters: Object.create(null) as Record<string, number>,
        points: Object.create(null) as Record<string, PointCount>,
      };
      experiments.push(current);
    } else if (verb === 'failed' || verb.endsWith('-failed')) {
      (current?.failures ?? failures).push(`${verb} ${rest}`.trim());
    } else if (current !== undefined) {
      take(current, verb, words);
      if (verb === 'end' && rest === current.id) {
        current.complete = true;
        current = undefined;
      }
    }
  }
  return {
    ...(release === undefined ? {} : { release }),
    experiments,
    failures,
    unloaded,
    complete,
  };
}

function take(draft: Draft, verb: string, words: readonly string[]): void {
  const [first = '', second = '', ...more] = words;
  if (verb === 'litmus') {
    const result = litmusOf(words);
    if (result !== undefined) draft.litmus.push(result);
  } else if (verb === 'work') {
    const [, pages] = /^pages=(\d{1,15})$/.exec(first) ?? [];
    const [, wrong] = /^wrong=(\d{1,15})$/.exec(second) ?? [];
    if (pages !== undefined && wrong !== undefined) {
      const before = draft.work ?? { pages: 0, wrong: 0 };
      draft.work = { pages: before.pages + Number(pages), wrong: before.wrong + Number(wrong) };
    }
  } else if (verb === 'soaked') {
    const [, passes, kills, reloads] =
      /^passes=(\d{1,9}) kills=(\d{1,9}) reloads=(\d{1,9})$/.exec(words.join(' ')) ?? [];
    if (passes !== undefined) {
      draft.soak = { passes: Number(passes), kills: Number(kills), reloads: Number(reloads) };
    }
  } else if (verb === 'before-reload' || (verb === 'counter' && draft.soak === undefined)) {
    // A module that was loaded anew counts from zero: what it had counted was said before.
    const value = countOf(second);
    if (/^\w+$/.test(first) && value !== undefined) draft.counters[first] = value;
  } else if (verb === 'point') {
    // PARAMETER NAME... STATE REACHED FLUSHED
    const [flushed, reached] = [countOf(words.at(-1)), countOf(words.at(-2))];
    const state = words.at(-3);
    if (words.length < 5 || reached === undefined || flushed === undefined) return;
    if (state !== 'on' && state !== 'off' && state !== 'absent') return;
    draft.points[first] = { state, reached, flushed };
  } else if (verb === 'recorded' && words.length === 1 && /^[\w@+-]+\.dat$/.test(first)) {
    draft.recording = first;
  } else if (verb === 'interrupts' && more.length === 0) {
    const [before, after] = [countOf(first), countOf(second)];
    if (before !== undefined && after !== undefined && after >= before) {
      draft.interrupts = after - before;
    }
  } else if (verb === 'seconds' && more.length === 0) {
    const taken = Number(second) - Number(first);
    if (Number.isFinite(taken) && taken >= 0) draft.seconds = Math.round(taken * 100) / 100;
  }
}

const litmusFields = [
  'rounds',
  'tried',
  'reached',
  'wrong',
  'stale',
  'foreign',
  'faults',
  'reads',
] as const;

function litmusOf(words: readonly string[]): LitmusResult | undefined {
  const values = new Map(
    words.map((word) => {
      const at = word.indexOf('=');
      return [word.slice(0, at), word.slice(at + 1)] as const;
    }),
  );
  const name = values.get('name');
  if (name === undefined || !/^[\w-]+$/.test(name)) return undefined;
  const counts = litmusFields.map((field) => countOf(values.get(field)));
  const [rounds, tried, reached, wrong, stale, foreign, faults, reads] = counts;
  if (
    rounds === undefined ||
    tried === undefined ||
    reached === undefined ||
    wrong === undefined ||
    stale === undefined ||
    foreign === undefined ||
    faults === undefined ||
    reads === undefined
  ) {
    return undefined;
  }
  return { name, rounds, tried, reached, wrong, stale, foreign, faults, reads };
}

function countOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  return Number(text);
}

/**
 * Lines of dmesg that say that the kernel itself found something wrong.
 *
 * @param killed a memory group was overrun on purpose: what the kernel says of its killing is none
 */
export function kernelWarnings(dmesg: string, killed = false): string[] {
  const alarms =
    /\b(WARNING:|BUG:|Oops|general protection|Call Trace|soft lockup|hung task|rcu.*detected (?:expedited )?stalls?\b|[Oo]ut of memory)/;
  const lines = dmesg.split('\n');
  if (!killed) return lines.filter((line) => alarms.test(line));
  let killing = false;
  return lines.filter((line) => {
    if (/invoked oom-killer/.test(line)) killing = true;
    const isAlarm = alarms.test(line) && !(killing && /Call Trace/.test(line));
    if (/Memory cgroup out of memory: Killed process/.test(line)) {
      killing = false;
      return false;
    }
    return isAlarm;
  });
}
