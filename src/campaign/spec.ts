// What a campaign is asked for, as its author writes it: a JSON file, or what a TypeScript file exports.
// The form is published in docs/schema/campaign-1.json; read-spec.ts holds a text against it.

export const CAMPAIGN_SCHEMA = 'lufcheck.campaign/1';

export interface CampaignSpec {
  readonly schema: typeof CAMPAIGN_SCHEMA;
  /** Letters, digits, `.`, `_` and `-`: what the campaign is called on the command line. */
  readonly name: string;
  readonly says?: string;
  readonly cells: readonly CellGroup[];
  /** For every group that has none of its own. */
  readonly bounds?: BoundsSpec;
  readonly budget?: BudgetSpec;
  /** How often a cell is tried again whose worker died (2). */
  readonly retries?: number;
  /** MiB that a worker may hold before it is ended and its cell tried again (2048). */
  readonly memory?: number;
  /** Seconds without a sign of life after which a worker counts as lost (300). */
  readonly silence?: number;
}

/** How far each cell is searched: from few states to many, so that all are known a little first. */
export interface BoundsSpec {
  /** States of the first look (10,000). */
  readonly from?: number;
  /** States of the last (1,000,000). */
  readonly to?: number;
  /** How many times more states each look has than the one before (8). */
  readonly factor?: number;
  /** Steps in a row at most. */
  readonly depth?: number;
  /** Bytes that the states of one cell may take. */
  readonly bytes?: number;
}

/** Whatever ends first ends the campaign; what is open then is open. `resume` has it anew. */
export interface BudgetSpec {
  /** Of wall time. */
  readonly seconds?: number;
  /** Looks at cells. */
  readonly looks?: number;
}

/** Numbers of the world that are changed, e.g. `{ "frames": 4 }`. */
export type WorldChange = Readonly<Record<string, number>>;

interface Group {
  readonly bounds?: BoundsSpec;
}

/** Scenarios, `SCENARIO:VARIANT` or files of the user's own; none stands for the catalogue. */
interface Named extends Group {
  readonly scenarios?: readonly string[];
  /** Each cell again in each of these worlds, beside its own. */
  readonly worlds?: readonly WorldChange[];
}

/** Variants as the catalogue has them, with what is expected of each. */
export interface VariantsGroup extends Named {
  readonly kind: 'variants';
  /** `each`: each variant that holds again with each of its flush points taken away. */
  readonly without?: 'each' | readonly string[];
}

/** Situations by designs. */
export interface MatrixGroup extends Named {
  readonly kind: 'matrix';
  /** Ids; none stands for all. */
  readonly designs?: readonly string[];
  /** `each`: again with each flush point of the design taken away; else these, one at a time. */
  readonly without?: 'each' | readonly string[];
}

/** Every pair of operations by every design. */
export interface PairsGroup extends Group {
  readonly kind: 'pairs';
  readonly designs?: readonly string[];
  /** `GROUND`, `GROUND:TOLD`, or `GROUND:TOLD/BESIDE`; none stands for all. */
  readonly pairs?: readonly string[];
}

/** Variants that hold, each with each slip in their functions. */
export interface MutantsGroup extends Named {
  readonly kind: 'mutants';
  readonly designs?: readonly string[];
  /** Functions, as stories name them; none stands for all that are called. */
  readonly paths?: readonly string[];
}

/** Random runs: they find, and never show that something holds. */
export interface RandomGroup extends Named {
  readonly kind: 'random';
  readonly designs?: readonly string[];
  readonly seeds: { readonly from: number; readonly count: number };
  /** For each seed. */
  readonly runs: number;
  /** Of a run at most (200). */
  readonly steps?: number;
}

/** Recordings, judged as `lufcheck trace` does. */
export interface TracesGroup extends Group {
  readonly kind: 'traces';
  /** Paths from where the specification is. */
  readonly files: readonly string[];
}

export type CellGroup =
  | VariantsGroup
  | MatrixGroup
  | PairsGroup
  | MutantsGroup
  | RandomGroup
  | TracesGroup;
