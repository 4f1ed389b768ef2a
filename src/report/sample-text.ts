// What random runs found, as text. Nothing here can be read as "holds".

import { counted, grouped, padEnd, wrap } from '../base/text.ts';
import type { Sampled } from '../explain/sampling.ts';
import type { Look } from './look.ts';

export const SAMPLE_SCHEMA = 'lufcheck.sample/1';

/** `  ?? repaired   nothing found   1,000 random runs   longest 97`, and what that is worth. */
export function sampleLines(
  { variant, walk, most, violation, asExpected }: Sampled,
  look: Look,
): string[] {
  const { paint, columns } = look;
  const found = violation === undefined ? 'nothing found' : `violated: ${violation.property}`;
  const mark = violation === undefined ? '??' : asExpected ? 'ok' : 'NO';
  const runs = counted(walk.runs, 'random run');
  const line = `  ${mark} ${padEnd(variant.id, 20)} ${padEnd(found, 28)} ${runs}, seed ${walk.seed}, longest ${grouped(walk.longest)}`;
  if (violation !== undefined) return [asExpected ? line : paint.bad(line)];
  return [
    paint.warn(line),
    ...wrap(
      `     sampled: this does not show that it holds. ${worth(walk, most)}`,
      columns,
      '     ',
    ).map(paint.dim),
  ];
}

export function sampleJson(samples: readonly Sampled[]): object {
  return {
    schema: SAMPLE_SCHEMA,
    scenarios: samples.map(({ scenario, variant, design, walk, most, violation, asExpected }) => ({
      id: scenario.id,
      variant: variant.id,
      design,
      expected: variant.expect,
      verdict: walk.verdict,
      asExpected,
      runs: walk.runs,
      steps: walk.steps,
      longest: walk.longest,
      maxDepth: most,
      seed: walk.seed,
      ...(walk.guarantee === undefined ? {} : { guarantee: walk.guarantee }),
      ...(violation === undefined
        ? {}
        : {
            violation: {
              property: violation.property,
              steps: violation.steps.map(({ n, who, cpu, label }) => ({ n, who, cpu, label })),
            },
          }),
    })),
  };
}

function worth({ guarantee }: Sampled['walk'], most: number): string {
  if (guarantee === undefined) return '';
  const { actors, orderings, perRun, allRuns } = guarantee;
  return `A bug that needs ${orderings} orderings among the ${actors} threads, and of the hardware what is drawn, is met within ${grouped(most)} steps with a probability of at least ${percent(perRun)} by one run, ${percent(allRuns)} by all.`;
}

function percent(chance: number): string {
  return `${Number((100 * chance).toPrecision(2))} %`;
}
