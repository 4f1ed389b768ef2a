// Recordings of a real kernel against the model's paths: every recorded call of a modelled kernel function
// must be a run of its path.

import { Problem } from '../base/problem.ts';
import { type FormatTime, timeFormat } from '../trace/check/violation.ts';
import type { ByteSource } from '../trace/formats/byte-source.ts';
import { readTrace } from '../trace/formats/read-trace.ts';
import { LufProfile } from '../trace/profiles/luf-profile.ts';
import { namesFor } from '../trace/profiles/names.ts';
import { Surveyor } from '../trace/profiles/survey.ts';
import { type Alphabet, letterText, scheduling, tellingEvents } from './alphabet.ts';
import { type Difference, PathJudge } from './judge.ts';
import type { ModelPaths } from './model-paths.ts';
import type { Occurrence } from './occurrence.ts';
import { OccurrenceReader } from './occurrence-reader.ts';
import { PathAutomaton } from './path-automaton.ts';
import { FunctionSurvey } from './probed-functions.ts';

export const CONFORM_SCHEMA = 'lufcheck.conform/1';

/** A recorded call that is no run of its path, and where it stops being one. Times in s, as text. */
export interface Unmatched {
  readonly file: string;
  readonly task: string;
  readonly cpu: number;
  readonly from: string;
  readonly until: string;
  /** The page that it is about; empty if none. */
  readonly about: string;
  /** What was seen of this page so far, in order; see `letterText` in alphabet.ts. */
  readonly before: readonly string[];
  /** What was seen then; left out: the function returned. */
  readonly seen?: { readonly letter: string; readonly at: string; readonly cpu: number };
  /** What the path allows there. */
  readonly allowed: readonly string[];
  /** Whether it may also return there. */
  readonly mayReturn: boolean;
}

/** What came of one path. */
export interface PathConformance {
  readonly path: string;
  readonly occurrences: number;
  readonly matched: number;
  readonly unmatched: number;
  /** The first call for each way of differing, and how many differ like it. */
  readonly differences: readonly (Unmatched & { readonly count: number })[];
}

export interface FileConformance {
  readonly file: string;
  readonly records: number;
  /** Functions of the model whose calls it has from entry to return, from entry only, and not at all. */
  readonly whole: readonly string[];
  readonly entries: readonly string[];
  readonly events: readonly string[];
  readonly unfinished: number;
  readonly blind: number;
  readonly unmodelled: number;
}

export interface Conformance {
  readonly schema: typeof CONFORM_SCHEMA;
  readonly design: string;
  readonly files: readonly FileConformance[];
  readonly paths: readonly PathConformance[];
  /** Paths of which no file has a call. */
  readonly neverSeen: readonly string[];
}

const MOST_DIFFERENCES = 8;

interface Tally {
  occurrences: number;
  matched: number;
  readonly differences: Map<string, { readonly first: Unmatched; count: number }>;
}

/** Judges one recording after the other. */
export class ConformanceJudge {
  readonly #paths: ModelPaths;
  readonly #design: string;
  readonly #files: FileConformance[] = [];
  readonly #tallies = new Map<string, Tally>();

  constructor(paths: ModelPaths, design: string) {
    this.#paths = paths;
    this.#design = design;
  }

  /**
   * Judges one file, which is read twice: first to learn what it can tell.
   *
   * @throws Problem LUF-E204 when it has no call of a modelled function from entry to return; what
   * `readTrace` throws.
   */
  async take(source: ByteSource, onProgress?: (records: number) => void): Promise<void> {
    const surveyor = new Surveyor();
    const functions = new FunctionSurvey();
    const first = await readTrace(source, (record) => {
      surveyor.note(record);
      functions.note(record.event);
    });
    const survey = surveyor.result(first);
    const known = functions.result().filter(({ name }) => this.#isModelled(name));
    const whole = known.filter(({ name, returns }) => returns && this.#paths.byFunction.has(name));
    if (whole.length === 0) {
      throw new Problem(
        'LUF-E204',
        `none of its ${first.records} events is the entry of a modelled function whose return is recorded too`,
        { where: source.name, hint: 'record with lufcheck record --profile conform' },
      );
    }
    const alphabet: Alphabet = {
      events: new Set(tellingEvents),
      functions: new Map(known.map((one) => [one.name, one])),
    };
    const seen = new Set<string>();
    const judges = this.#judgesFor(alphabet);
    const names = namesFor(survey.cpus);
    const reader = new OccurrenceReader(alphabet, names, (one) => {
      const judge = judges.get(one.name);
      for (const { letter } of one.letters) seen.add(letter);
      if (judge !== undefined) this.#note(source.name, one, judge.judge(one), time);
    });
    const time = timeFormat(first.timeBase, first.timeResolution);
    const start = { skew: 0, overwritten: first.overwritten > 0 };
    const profile = new LufProfile(survey, names, start, reader.observer);
    let records = 0;
    await readTrace(source, (record) => {
      if (record.buffer === survey.buffer) {
        reader.before(record);
        profile.take(record);
        reader.after(record);
      }
      if (++records % 16_384 === 0) onProgress?.(records);
    });
    const passed = reader.finish();
    this.#files.push({
      file: source.name,
      records: first.records,
      whole: whole.map(({ name }) => name).sort(),
      entries: known
        .filter((one) => !whole.includes(one))
        .map(({ name }) => name)
        .sort(),
      events: tellingEvents.filter((event) => seen.has(event)),
      ...passed,
    });
  }

  /**
   * What came of all files.
   *
   * @throws Problem LUF-E204 when no call of any path was judged.
   */
  result(): Conformance {
    const paths = [...this.#tallies]
      .map(
        ([path, { occurrences, matched, differences }]): PathConformance => ({
          path,
          occurrences,
          matched,
          unmatched: occurrences - matched,
          differences: [...differences.values()]
            .sort((a, b) => b.count - a.count)
            .slice(0, MOST_DIFFERENCES)
            .map(({ first, count }) => ({ ...first, count })),
        }),
      )
      .sort((a, b) => (a.path < b.path ? -1 : 1));
    if (paths.length === 0) {
      throw new Problem('LUF-E204', 'no call of a modelled function was recorded to its end', {
        where: this.#files.map(({ file }) => file).join(', '),
        hint: 'record longer, or with lufcheck record --profile conform',
      });
    }
    return {
      schema: CONFORM_SCHEMA,
      design: this.#design,
      files: this.#files,
      paths,
      neverSeen: this.#paths.functions.filter((name) => !this.#tallies.has(name)),
    };
  }

  #isModelled(name: string): boolean {
    return this.#paths.names.has(name) || this.#paths.byFunction.has(name);
  }

  #judgesFor({ events, functions }: Alphabet): Map<string, PathJudge> {
    const automata = (alphabet: Alphabet): [string, PathAutomaton[]][] =>
      [...this.#paths.byFunction].map(([name, forms]) => [
        name,
        forms.map((form) => new PathAutomaton(form, alphabet, this.#paths.own)),
      ]);
    const worksOnPages = new Set(
      automata({ events, functions: new Map() })
        .filter(([, forms]) => forms.some(({ letters }) => letters.size > 0))
        .map(([name]) => name),
    );
    const telling = new Map(
      [...functions].filter(
        ([name]) =>
          !worksOnPages.has(name) && !scheduling.has(name) && !this.#paths.silent.has(name),
      ),
    );
    return new Map(
      automata({ events, functions: telling }).map(([name, forms]) => [
        name,
        new PathJudge(forms, { worksOnPages, telling }),
      ]),
    );
  }

  #note(file: string, one: Occurrence, difference: Difference | undefined, time: FormatTime): void {
    const tally = this.#tallies.get(one.name) ?? {
      occurrences: 0,
      matched: 0,
      differences: new Map(),
    };
    this.#tallies.set(one.name, tally);
    tally.occurrences++;
    if (difference === undefined) {
      tally.matched++;
      return;
    }
    const key = [difference.before.join(' '), difference.seen?.letter ?? ''].join(' | ');
    const known = tally.differences.get(key);
    if (known !== undefined) known.count++;
    else {
      const first = unmatchedOf(file, one, difference, time);
      tally.differences.set(key, { first, count: 1 });
    }
  }
}

function unmatchedOf(
  file: string,
  { task, cpu, from, until }: Occurrence,
  { about, before, seen, allowed, mayReturn }: Difference,
  time: FormatTime,
): Unmatched {
  return {
    file,
    task,
    cpu,
    from: time(from),
    until: time(until),
    about,
    before: before.map(letterText),
    ...(seen === undefined
      ? {}
      : { seen: { letter: letterText(seen.letter), at: time(seen.at), cpu: seen.cpu } }),
    allowed: allowed.map(letterText),
    mayReturn,
  };
}
