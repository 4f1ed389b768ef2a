// A counterexample as a story: title, lanes, who did what, why it is wrong, what would mend it. All
// of it is data made from the replayed events; nothing here knows any scenario, and nothing is
// formatted. Renderers (report/) decide about lines and colours.

import { modelOf } from '../catalogue/build.ts';
import { describeWorld } from '../kernel/world.ts';
import { allRules, recommendedRules } from '../rules/all.ts';
import { EventJudge } from '../trace/check/check-events.ts';
import { type Claim, stepsOf } from './claims.ts';
import { flushCalls, flushPaths } from './flush-calls.ts';
import type { Verdict, Violation } from './judge.ts';
import { Ledger } from './ledger.ts';
import { type LockRange, lockRanges } from './lock-ranges.ts';
import { isA, type Moment, type MomentOf, momentsOf } from './moments.ts';
import { briefly, type Names, namesOf } from './names.ts';
import { type AnyAccess, type Evidence, type Parties, partiesOf } from './parties.ts';
import type { Repairs } from './repair-search.ts';
import { type Missing, missingOf } from './repairs.ts';
import { type Row, rowsOf } from './rows.ts';
import { sentence } from './sentences.ts';
import { titleOf } from './title.ts';
import { type Wait, waitsOf } from './waits.ts';
import { why } from './why.ts';

export interface Lane {
  readonly cpu: number;
  /** Threads pinned to it. */
  readonly threads: readonly string[];
}

/** The lanes that something is told of: a CPU that only looked on has none. */
export function toldLanes({ lanes, rows }: Pick<Story, 'lanes' | 'rows'>): readonly Lane[] {
  return lanes.filter(({ cpu }) => rows.some((row) => row.cpu === cpu));
}

export interface Sentence {
  readonly text: string;
  /** The numbers of the steps it speaks of. */
  readonly steps: readonly number[];
  readonly claim: Claim;
}

export interface Story {
  readonly title: string;
  readonly property: string;
  readonly scenario: string;
  readonly variant: string;
  readonly design: string;
  /** The design's name, then each flush point taken away (`-point`) or added (`+point`). */
  readonly kernel: readonly string[];
  /** The variant in its author's words. */
  readonly says: string;
  /** Parts of the scenario that were left out. */
  readonly cuts?: readonly string[];
  /** The bound: how large the explored machine was. */
  readonly world: string;
  /** The same in a few words. */
  readonly size: string;
  readonly steps: number;
  readonly states: number;
  /** The fewest steps if fills and evictions of TLBs are not counted; perhaps not with them. */
  readonly fillsUncounted?: true;
  /** For what random runs found: how many, and it need not be shortest. */
  readonly sampled?: { readonly runs: number; readonly seed: number };
  /** Another kind of violation than the shortest; `states` is where it was looked for. */
  readonly further?: true;
  /** From a schedule: nothing was searched. */
  readonly replayed?: true;
  readonly lanes: readonly Lane[];
  readonly rows: readonly Row[];
  /** Stretches under the page-table lock. */
  readonly locks: readonly LockRange[];
  readonly why: readonly Sentence[];
  readonly missing: Missing;
  /** What was found to mend it, where it was looked for. */
  readonly repairs?: Repairs;
  /** All rules watch. These fired, in this order, each at this step first. */
  readonly fired: readonly { readonly id: string; readonly step: number }[];
  /** Which of all are the recommended set: those that are quiet wherever nothing goes wrong. */
  readonly recommended: readonly string[];
  readonly silent: readonly string[];
  /** Those of the silent that nothing put to the test: their silence says nothing. */
  readonly untested: readonly string[];
  /** Arguments that find it again. */
  readonly command: readonly string[];
  /** The steps, for `lufcheck replay`: what is replayed, and the schedule. */
  readonly line: string;
  /** The slip that was made in the kernel, by the name of its mutant. */
  readonly slip?: string;
  /** What tells it again, where `replay` cannot. */
  readonly again?: string;
}

/** The evidence and the parties of a violation; parties are missing for a deadlock. */
export interface Case {
  readonly evidence: Evidence;
  readonly parties: Parties | undefined;
  readonly claims: readonly Claim[];
  readonly names: Names;
}

/** What a story is told of: a verdict, or what else found a violation. */
export type Found = Pick<Verdict, 'scenario' | 'variant' | 'design'> & {
  readonly result: Pick<Verdict['result'], 'states' | 'fillsUncounted'>;
};

export function storyOf(verdict: Found, violation: Violation): Story {
  const { scenario, variant, result, design } = verdict;
  const threads = variant.threads ?? scenario.threads;
  const { evidence, parties, claims, names } = caseOf(verdict, violation);
  const cpus = [...new Set([...threads, ...violation.steps].map((one) => one.cpu))];
  const inside = violation.steps[(parties?.change?.at ?? 0) - 1]?.stack[0];
  const locks = lockRanges(evidence.moments, 'ptl');
  return {
    title: titleOf(violation.property, parties, inside),
    property: violation.property,
    scenario: scenario.id,
    variant: variant.id,
    design,
    kernel: [
      variant.design.design.id,
      ...(variant.design.without ?? []).map((point) => `-${point}`),
      ...(variant.design.plus ?? []).map((point) => `+${point}`),
    ],
    says: variant.says,
    world: describeWorld(variant.world ?? scenario.world),
    size: briefly(variant.world ?? scenario.world),
    steps: violation.steps.length,
    states: result.states,
    ...(result.fillsUncounted === undefined ? {} : { fillsUncounted: true }),
    lanes: cpus
      .sort((a, b) => a - b)
      .map((cpu) => ({
        cpu,
        threads: threads.filter((one) => one.cpu === cpu).map((one) => one.name),
      })),
    rows: rowsOf({
      ...evidence,
      steps: violation.steps,
      claims,
      names,
      locks,
      access: parties?.access,
    }),
    locks,
    why: claims.map((claim) => ({ text: sentence(claim, names), steps: stepsOf(claim), claim })),
    missing: missingOf(scenario, variant),
    fired: violation.rules.map(({ id, step }) => ({ id, step })),
    recommended: recommendedRules.map((rule) => rule.id),
    silent: allRules
      .map((rule) => rule.id)
      .filter((id) => !violation.rules.some((fired) => fired.id === id)),
    untested: untestedIn(violation),
    ...askedAs(`${scenario.id}:${variant.id}`, violation.schedule),
  };
}

/** How a story is asked for again. `more`: options that made another question of the variant. */
export function askedAs(
  name: string,
  schedule: string,
  more: readonly string[] = [],
): Pick<Story, 'command' | 'line' | 'cuts'> {
  const at = more.indexOf('--cut');
  return {
    command: ['check', name, ...more],
    line: [name, ...more, schedule].join(' '),
    ...(at < 0 ? {} : { cuts: (more[at + 1] ?? '').split(',') }),
  };
}

function untestedIn({ steps }: Violation): string[] {
  const court = new EventJudge(allRules, () => {});
  for (const moment of momentsOf(steps)) court.hear(moment);
  return court
    .results()
    .filter(({ exercised, violations }) => exercised === 0 && violations === 0)
    .map(({ id }) => id);
}

export function caseOf({ scenario, variant }: Found, violation: Violation): Case {
  const { steps, property } = violation;
  const threads = variant.threads ?? scenario.threads;
  const world = variant.world ?? scenario.world;
  const names = namesOf({ world }, threads);
  const moments = momentsOf(steps);
  const ledger = new Ledger({ setup: variant.setup ?? scenario.setup, world });
  const report = steps.at(-1)?.reports.find((one) => one.name === property);
  const access = moments.findLast(
    (one): one is AnyAccess =>
      report !== undefined &&
      isA(one, 'tlb.use', 'file.read', 'device.write') &&
      one.at === steps.at(-1)?.n,
  );
  for (const moment of moments) if (moment !== access) ledger.take(moment);
  const known = report?.fields.known;
  const text = modelOf(scenario, variant);
  const evidence: Evidence = {
    moments,
    ledger,
    calls: flushCalls(steps, flushPaths(text.threads.flatMap((thread) => thread.code))),
    property,
    known: typeof known === 'number' ? known : undefined,
  };
  const walk = moments.findLast(
    (one): one is MomentOf<'table.walk'> =>
      report !== undefined && isA(one, 'table.walk') && one.at === steps.at(-1)?.n,
  );
  if (walk !== undefined) {
    return { evidence, parties: undefined, claims: walkedTable(moments, walk), names };
  }
  if (access === undefined) {
    const claims = [...waitsOf(text, steps).map(asClaim), ...heldLocks(moments)];
    return { evidence, parties: undefined, claims, names };
  }
  // What the access itself does to the books is no part of why it is wrong.
  const bytes = ledger.bytes(access.frame);
  const parties = partiesOf(access, bytes, evidence);
  ledger.take(access);
  ledger.notes.set(access, { bytes });
  return { evidence, parties, claims: why(parties, evidence), names };
}

/** A CPU that walked through a page which was no page table any more. */
function walkedTable(moments: readonly Moment[], walk: MomentOf<'table.walk'>): readonly Claim[] {
  const freed = moments.findLast(
    (one): one is MomentOf<'frame.free'> => isA(one, 'frame.free') && one.frame === walk.frame,
  );
  const put = moments.findLast(
    (one): one is MomentOf<'frame.alloc' | 'frame.write' | 'frame.fill' | 'frame.copy'> =>
      isA(one, 'frame.alloc', 'frame.write', 'frame.fill', 'frame.copy') &&
      one.frame === walk.frame &&
      one.at < walk.at,
  );
  return [
    { kind: 'walked-table', walk, freed },
    ...(put === undefined ? [] : [{ kind: 'table-reused', walk, put } as const]),
  ];
}

function asClaim(wait: Wait): Claim {
  return { kind: 'waits', wait };
}

function heldLocks(moments: readonly Moment[]): readonly Claim[] {
  const held = new Map<string, Extract<Claim, { kind: 'holds-lock' }>>();
  for (const moment of moments) {
    if (!isA(moment, 'lock.take', 'lock.release')) continue;
    const key = `${moment.by}/${moment.lock}`;
    if (isA(moment, 'lock.take')) held.set(key, { kind: 'holds-lock', take: moment });
    else held.delete(key);
  }
  return [...held.values()];
}
