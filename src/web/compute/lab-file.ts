// What the lab saved or printed, from any file that a person drops: what is not of its form is refused with the place
// that is not, and nothing that was not looked at is drawn.

import { Problem } from '../../base/problem.ts';

export type Said = 'wrong' | 'nothing' | 'unknown' | 'not asked';

/** What the page shows of a row; what older runs do not have may be missing. */
export interface RowShown {
  readonly id: string;
  /** `stock`, `all-on`, `less`, `fault`, `unseen`, `repaired`. */
  readonly kind?: string | undefined;
  /** The flush point, or the flush of the stock kernel, that was taken away. */
  readonly removed?: string | undefined;
  /** The repair that was put in. */
  readonly added?: string | undefined;
  readonly complete: boolean;
  readonly rounds: number;
  /** Rounds in which a reader could have kept an old translation, and in which one did. */
  readonly tried?: number | undefined;
  readonly reached: number;
  readonly wrongRounds: number;
  readonly staleReads: number;
  readonly seenBy: readonly string[];
  readonly firing: readonly string[];
  readonly programs: Said;
  readonly rules: Said;
  readonly model: Said;
  /** What lufcheck is to be called with to see the model's counterexample. */
  readonly witness?: string | undefined;
  /** TLB shootdowns of all CPUs. */
  readonly interrupts?: number | undefined;
  readonly failures: readonly string[];
  readonly outcome?: string | undefined;
  readonly agree: boolean;
  readonly because: string;
}

interface Boot {
  readonly release: string;
  readonly design: string;
  readonly cpus: number;
  readonly accel: string;
  readonly warnings: readonly string[];
  readonly failures: readonly string[];
  readonly unloaded: boolean;
  readonly complete: boolean;
}

export interface RunShown extends Boot {
  readonly date: string;
  /** Of lufcheck; and how often the guest was booted for it. Older runs say neither. */
  readonly version?: string | undefined;
  readonly boots?: number | undefined;
  readonly stopped?: number | undefined;
  readonly rounds: number;
  readonly programs: readonly string[];
  readonly rows: readonly RowShown[];
}

export interface WorkloadRun {
  readonly pages: number;
  readonly wrong: number;
  /** TLB shootdowns of all CPUs. */
  readonly interrupts: number;
  /** Batches that reclaim flushed, that were put off, and flushes for those. */
  readonly kernelFlushes: number;
  readonly deferred: number;
  readonly flushes: number;
}

export interface WorkloadShown extends Boot {
  readonly seconds: number;
  readonly stock: readonly WorkloadRun[];
  readonly luf: readonly WorkloadRun[];
}

/** A long run under pressure, with every flush point on. */
export interface SoakShown extends Boot {
  readonly date: string;
  readonly seconds: number;
  readonly programs: readonly string[];
  readonly passes: number;
  readonly rounds: number;
  readonly tried: number;
  readonly reached: number;
  readonly wrongRounds: number;
  readonly staleReads: number;
  readonly reads: number;
  readonly wrongIn: readonly string[];
  readonly kills: number;
  readonly reloads: number;
}

/** A way in which recorded calls are no run of the model's path; the first of its kind. */
export interface DifferingCall {
  readonly file: string;
  readonly task: string;
  readonly cpu: number;
  readonly from: string;
  readonly before: readonly string[];
  readonly allowed: readonly string[];
  readonly mayReturn: boolean;
  readonly count: number;
  /** Left out: the function returned. */
  readonly seen?: { readonly letter: string; readonly at: string };
}

/** Recordings held against the model's paths. */
export interface ConformShown {
  readonly design: string;
  readonly files: readonly { readonly file: string; readonly records: number }[];
  readonly paths: readonly {
    readonly path: string;
    readonly occurrences: number;
    readonly matched: number;
    readonly unmatched: number;
    readonly differences: readonly DifferingCall[];
  }[];
  readonly neverSeen: readonly string[];
}

export type LabFile =
  | { readonly kind: 'run'; readonly run: RunShown }
  | { readonly kind: 'workload'; readonly work: WorkloadShown }
  | { readonly kind: 'soak'; readonly soak: SoakShown }
  | { readonly kind: 'conform'; readonly conform: ConformShown };

type Check = (value: unknown) => boolean;
type Form = Readonly<Record<string, Check>>;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isFinite(value) && (value as number) >= 0;
const isFlag: Check = (value) => typeof value === 'boolean';
const isAnswer: Check = (value) =>
  ['wrong', 'nothing', 'unknown', 'not asked'].includes(value as string);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const perhaps =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const boot: Form = {
  ...{ release: isText, design: isText, cpus: isCount, accel: isText },
  ...{ warnings: listOf(isText), failures: listOf(isText), unloaded: isFlag, complete: isFlag },
};
const runForm: Form = {
  ...{ ...boot, date: isText, rounds: isCount, programs: listOf(isText) },
  ...{ version: perhaps(isText), boots: perhaps(isCount) },
  stopped: perhaps(isCount),
};
const rowForm: Form = {
  ...{ id: isText, removed: perhaps(isText), complete: isFlag, rounds: isCount, reached: isCount },
  ...{ wrongRounds: isCount, staleReads: isCount, seenBy: listOf(isText), firing: listOf(isText) },
  ...{ programs: isAnswer, rules: isAnswer, model: isAnswer, witness: perhaps(isText) },
  ...{ interrupts: perhaps(isCount), tried: perhaps(isCount), kind: perhaps(isText) },
  ...{ added: perhaps(isText), outcome: perhaps(isText) },
  ...{ failures: listOf(isText), agree: isFlag, because: isText },
};
const workForm: Form = {
  ...{ pages: isCount, wrong: isCount, interrupts: isCount },
  ...{ kernelFlushes: isCount, deferred: isCount, flushes: isCount },
};

const soakForm: Form = {
  ...{ ...boot, date: isText, seconds: isCount, programs: listOf(isText), passes: isCount },
  ...{ rounds: isCount, tried: isCount, reached: isCount, wrongRounds: isCount },
  ...{ staleReads: isCount, reads: isCount, wrongIn: listOf(isText), kills: isCount },
  reloads: isCount,
};
const pathForm: Form = {
  ...{ path: isText, occurrences: isCount, matched: isCount, unmatched: isCount },
};
const callForm: Form = {
  ...{ file: isText, task: isText, cpu: isCount, from: isText, before: listOf(isText) },
  ...{ allowed: listOf(isText), mayReturn: isFlag, count: isCount },
  seen: (value) => value === undefined || isRecordOf(value, { letter: isText, at: isText }),
};

/** @throws Problem LUF-E202 for what is no run of the lab, LUF-E203 for one that is damaged */
export function readLabFile(name: string, text: string): LabFile {
  const value = jsonOf(text);
  const { schema } = value;
  if (typeof schema === 'string' && /^lufcheck\.lab-run\/1$/.test(schema)) {
    check(name, value, runForm, '');
    return {
      kind: 'run',
      run: {
        ...(value as unknown as RunShown),
        rows: rowsOf<RowShown>(name, value, 'rows', rowForm),
      },
    };
  }
  if (typeof schema === 'string' && /^lufcheck\.lab-workload\/1$/.test(schema)) {
    check(name, value, { ...boot, seconds: isCount }, '');
    const [stock, luf] = (['stock', 'luf'] as const).map((field) =>
      rowsOf<WorkloadRun>(name, value, field, workForm),
    );
    return {
      kind: 'workload',
      work: { ...(value as unknown as WorkloadShown), stock: stock ?? [], luf: luf ?? [] },
    };
  }
  if (schema === 'lufcheck.lab-soak/1') {
    check(name, value, soakForm, '');
    return { kind: 'soak', soak: value as unknown as SoakShown };
  }
  if (schema === 'lufcheck.conform/1') return { kind: 'conform', conform: conformOf(name, value) };
  const is = typeof schema === 'string' ? `is ${schema}, not` : 'is not';
  throw new Problem('LUF-E202', `${is} a file of the lab`, {
    where: name,
    hint: 'lufcheck lab run saves one; lab workload, lab soak and lab conform print one with --json',
  });
}

function conformOf(name: string, value: Record<string, unknown>): ConformShown {
  check(name, value, { design: isText, neverSeen: listOf(isText) }, '');
  rowsOf(name, value, 'files', { file: isText, records: isCount });
  const paths = rowsOf<Record<string, unknown>>(name, value, 'paths', pathForm);
  for (const [i, path] of paths.entries()) {
    rowsOf(name, path, 'differences', callForm, `paths[${i}].`);
  }
  return value as unknown as ConformShown;
}

function jsonOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : ({} satisfies Record<string, unknown>);
}

function rowsOf<T>(
  name: string,
  value: Record<string, unknown>,
  field: string,
  form: Form,
  place = '',
): T[] {
  const rows = value[field];
  if (!Array.isArray(rows)) throw damaged(name, `${place}${field}`);
  for (const [i, row] of rows.entries()) {
    const at = `${place}${field}[${i}]`;
    if (typeof row !== 'object' || row === null) throw damaged(name, at);
    check(name, row as Record<string, unknown>, form, `${at}.`);
  }
  return rows as T[];
}

function isRecordOf(value: unknown, form: Form): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(form).every(([field, isRight]) =>
      isRight((value as Record<string, unknown>)[field]),
    )
  );
}

function check(name: string, value: Record<string, unknown>, form: Form, place: string): void {
  for (const [field, isRight] of Object.entries(form)) {
    if (!isRight(value[field])) throw damaged(name, `${place}${field}`);
  }
}

function damaged(name: string, field: string): Problem {
  return new Problem('LUF-E203', `${field} is missing, or not what a run has there`, {
    where: name,
  });
}
