// What `lufcheck rules --json` says, as the rules page shows it.

import type { PointAnswer } from './board-model.ts';

export interface RuleWitness {
  readonly command: readonly string[];
  readonly choice: string;
  readonly steps: number;
  readonly what?: string;
}
export interface Witnesses {
  readonly count: number;
  readonly first?: RuleWitness;
  readonly perScenario: readonly (RuleWitness & {
    readonly scenario: string;
    readonly count: number;
  })[];
}
export interface RuleRow {
  readonly id: string;
  readonly says: string;
  readonly askedBy: string;
  readonly cannotSee: string;
  readonly tested: number;
  readonly told: number;
  readonly toldAlways: number;
  readonly after: number;
  readonly inAdvance: number;
  readonly only: Witnesses;
  readonly falseAlarms: Witnesses;
}
export interface RulesData {
  readonly schema: string;
  readonly bounds: { readonly maxStates: number };
  readonly finished: boolean;
  readonly rules: readonly RuleRow[];
  readonly enough: readonly {
    readonly design: string;
    readonly questions: number;
    readonly breaks: number;
    readonly quiet: readonly string[];
    readonly sets: readonly (readonly string[])[];
    readonly missed: Witnesses;
  }[];
  readonly misses: readonly {
    readonly name: string;
    readonly rules: readonly string[];
    readonly of: number;
    readonly missed: Witnesses;
  }[];
  readonly questions: readonly RuleQuestion[];
}

/** An answer with what each rule did in it. */
export interface RuleQuestion extends PointAnswer {
  readonly rules: readonly {
    readonly id: string;
    readonly tested: boolean;
    readonly fires?: number;
    readonly before: boolean;
    readonly at: boolean;
    readonly after: boolean;
  }[];
  readonly wrong: readonly {
    readonly what: string;
    readonly steps: number;
    readonly told: readonly string[];
  }[];
}

/** A question as an example: its command, and the length of its shortest witness. */
export interface Example {
  readonly command: readonly string[];
  readonly steps: number;
  readonly text: string;
}

/** Shortest first. */
export function catches(data: RulesData, rule: string, most = 40): Example[] {
  return examples(data, most, ({ wrong }) => {
    const told = wrong.find((one) => one.told.includes(rule));
    return told === undefined ? undefined : { steps: told.steps, text: told.what };
  });
}

/** Wrong accesses of which the rule had not spoken. */
export function misses(data: RulesData, rule: string, most = 40): Example[] {
  return examples(data, most, ({ wrong }) => {
    const silent = wrong.find((one) => !one.told.includes(rule));
    return silent === undefined ? undefined : { steps: silent.steps, text: silent.what };
  });
}

function examples(
  { questions }: RulesData,
  most: number,
  of: (question: RuleQuestion) => { steps: number; text: string } | undefined,
): Example[] {
  const found = questions.flatMap((question) => {
    const example = of(question);
    return example === undefined ? [] : [{ ...example, command: question.command }];
  });
  return found.sort((a, b) => a.steps - b.steps).slice(0, most);
}

export interface Counts {
  readonly wrong: number;
  readonly right: number;
  /** No program sees anything wrong, and somebody waits for ever. */
  readonly stuck: number;
  readonly open: number;
}

export function countsOf({ questions }: RulesData): Counts {
  const of = (which: RulesData['questions'][number]['truth']): number =>
    questions.filter(({ truth }) => truth === which).length;
  return { wrong: of('breaks'), right: of('holds'), stuck: of('deadlock'), open: of('bounded') };
}
