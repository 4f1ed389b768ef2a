// What is measured: models, each in the project's language and in Promela, with the counts that all
// sides must reach. Counts of two-phase commit are Stateright's published ones; those of the
// allocator without symmetry are explained in docs/performance.md.

import type { StoreKind } from '../src/explore/plan.ts';
import type { ModelText } from '../src/lang/machine.ts';
import type { Symmetry } from '../src/lang/symmetry/derive.ts';
import type { EngineName } from './engines.ts';
import { asidText } from './models/asid/model.ts';
import { declaredSymmetry } from './models/asid/symmetry.ts';
import { type LufWorld, lufText } from './models/luf/model.ts';
import { twoPhaseText } from './models/two-phase.ts';

export interface Promela {
  /** In bench/promela. */
  readonly file: string;
  readonly defines: readonly string[];
  /** Length of the longest path of Spin's depth-first search: it makes room for so many steps. */
  readonly depth: number;
}

export interface Case {
  readonly id: string;
  /** For people, with the size of a state. */
  readonly title: string;
  /** `test` ones are too small to time; `quick` ones take seconds, `full` ones minutes, `large` ones are run only when asked for. Nobody has searched an `open` one without reductions: it has no counts but the reduced ones, and only ours.ts runs it. */
  readonly size: 'test' | 'quick' | 'full' | 'large' | 'open';
  readonly text: () => ModelText;
  readonly promela: Promela;
  readonly states: number;
  /** Steps out of all states, those that lead back to the same state among them. */
  readonly transitions: number;
  /** Ways in which ours goes through all of it. */
  readonly ours: readonly { readonly engine: EngineName; readonly workers: number }[];
  /** How states are kept; what the product chooses, unless they would not fit. */
  readonly store?: StoreKind;
  /** Ways in which ours goes through less, with what is left. */
  readonly reduced?: readonly Reduced[];
  /** For the engine of that name: what somebody declares, and nobody has derived. */
  readonly declared?: Symmetry;
  /** CPU seconds that TLC took for the same states: a published figure, from another machine. */
  readonly tlc?: { readonly seconds: number; readonly note: string };
}

export interface Reduced {
  readonly engine: EngineName;
  readonly states: number;
  readonly transitions: number;
  /** As in `Case`. */
  readonly tlc?: { readonly seconds: number; readonly note: string };
}

const everyWay = [
  { engine: 'generated', workers: 1 },
  { engine: 'generated', workers: 2 },
  { engine: 'interpreter', workers: 1 },
] as const;
const generatedOnly = [{ engine: 'generated', workers: 1 }] as const;

/** States of 3 words: an explicit entry of the TLB for each CPU and page. */
const small: LufWorld = {
  cpus: 2,
  pages: 2,
  writablePages: 1,
  frames: 3,
  tlb: 'explicit',
  reclaim: { threads: 1, rounds: 'forever' },
  fault: { threads: 2, rounds: 'forever' },
  write: { threads: 0, rounds: 'forever' },
};

/** States of 12 words: a larger machine, whose TLBs are the sets of what they may hold. Enough of them for start and compiling to weigh little. */
const wide: LufWorld = {
  cpus: 4,
  pages: 6,
  writablePages: 1,
  frames: 8,
  tlb: 'may-hold',
  reclaim: { threads: 2, rounds: 1 },
  fault: { threads: 2, rounds: 1 },
  write: { threads: 1, rounds: 3 },
};

export const cases: readonly Case[] = [
  luf(
    'luf-small-quick',
    'small LUF model, 2 words',
    'quick',
    {
      ...small,
      fault: { threads: 1, rounds: 'forever' },
    },
    220_521,
    1_425_954,
    50_299,
  ),
  luf(
    'luf-write-quick',
    'small LUF model with write(2), 2 words',
    'quick',
    {
      ...small,
      frames: 2,
      fault: { threads: 1, rounds: 'forever' },
      write: { threads: 1, rounds: 'forever' },
    },
    67_013,
    430_300,
    17_879,
  ),
  luf('luf-small', 'small LUF model, 3 words', 'full', small, 11_450_853, 84_517_292, 2_499_480),
  luf('luf-wide', 'wide LUF model, 12 words', 'full', wide, 7_498_625, 29_486_062, 80),
  twoPhase(3, 'test', 288, 1_145),
  twoPhase(5, 'test', 8_832, 58_145),
  {
    ...twoPhase(8, 'full', 1_745_408, 18_507_777),
    tlc: { seconds: 52.7, note: '1 worker' },
  },
  twoPhase(9, 'large', 10_340_352, 123_558_401),
  twoPhase(10, 'large', 61_515_776, 817_760_256),
  asid(2, 'quick', 197_000, 652_476, 1_612),
  {
    ...asid(4, 'open', Number.NaN, Number.NaN, 0),
    title: 'arm64 ASID allocator, 4 tasks, CPUs in any order, 6 words',
    text: () => asidText(4, 1, 'any'),
    ours: [],
    // Half an hour and 10 GB.
    store: 'tree',
    reduced: [{ engine: 'all reductions', states: 629_578_907, transitions: 2_138_029_129 }],
  },
  rollover(775_248, 2_519_556, 100_000),
  {
    ...asid(3, 'full', 22_932_548, 78_371_004, 15_086),
    reduced: [
      { engine: 'symmetry', states: 1_196_038, transitions: 4_095_030 },
      { engine: 'all reductions', states: 689_268, transitions: 2_307_176 },
      {
        engine: 'declared symmetry',
        states: 1_911_620,
        transitions: 6_533_342,
        tlc: { seconds: 193, note: 'the same states' },
      },
    ],
  },
];

function luf(
  id: string,
  title: string,
  size: Case['size'],
  world: LufWorld,
  states: number,
  transitions: number,
  depth: number,
): Case {
  const promela = { file: 'luf.pml', defines: lufDefines(world), depth };
  return {
    id,
    title,
    size,
    text: () => lufText(world),
    promela,
    states,
    transitions,
    ours: everyWay,
  };
}

/** The same world for the preprocessor. */
export function lufDefines(world: LufWorld): string[] {
  const kinds = { RECLAIM: world.reclaim, FAULT: world.fault, WRITE: world.write };
  return [
    `-DCPUS=${world.cpus}`,
    `-DPAGES=${world.pages}`,
    `-DWRITABLE=${world.writablePages}`,
    `-DFRAMES=${world.frames}`,
    ...(world.tlb === 'may-hold' ? ['-DMAY_HOLD'] : []),
    ...(world.broken === true ? ['-DBROKEN'] : []),
    ...Object.entries(kinds).flatMap(([name, { threads, rounds }]) => [
      `-D${name}S=${threads}`,
      `-D${name}_ROUNDS=${rounds === 'forever' ? 255 : rounds}`,
    ]),
  ];
}

function twoPhase(managers: number, size: Case['size'], states: number, transitions: number): Case {
  return {
    id: `two-phase-${managers}`,
    title: `two-phase commit, N=${managers}`,
    size,
    text: () => twoPhaseText(managers),
    promela: { file: 'two-phase.pml', defines: [`-DN=${managers}`], depth: 3 * managers + 1 },
    ours: size === 'large' ? generatedOnly : everyWay,
    states,
    transitions,
  };
}

function asid(
  tasks: number,
  size: Case['size'],
  states: number,
  transitions: number,
  depth: number,
): Case {
  return {
    id: `asidalloc-${tasks}`,
    title: `arm64 ASID allocator, ${tasks} tasks, 5 words`,
    size,
    text: () => asidText(tasks),
    promela: { file: 'asid.pml', defines: [`-DTASKS=${tasks}`, '-DFIRST=1'], depth },
    ours: generatedOnly,
    declared: declaredSymmetry(tasks),
    states,
    transitions,
  };
}

/** With three ASIDs to give, at most three tasks never roll over, unless allocation starts late. */
function rollover(states: number, transitions: number, depth: number): Case {
  const two = asid(2, 'quick', states, transitions, depth);
  return {
    ...two,
    id: 'asidalloc-rollover',
    title: 'arm64 ASID allocator, 2 tasks, from the last ASID on',
    text: () => asidText(2, 3),
    promela: { ...two.promela, defines: ['-DTASKS=2', '-DFIRST=3'] },
  };
}
