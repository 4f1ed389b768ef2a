// `lufcheck rules SCENARIO:VARIANT --witness RULE`: a shortest interleaving in which a rule fires, whether
// anything goes wrong there or not: what a false alarm, or a timely one, looks like.

import { Problem } from '../base/problem.ts';
import { counted, grouped, wrap } from '../base/text.ts';
import { type Redesign, redesigned } from '../explain/redesign.ts';
import { RULE_STATES } from '../explain/rule-answers.ts';
import { ruleWitness } from '../explain/rule-witness.ts';
import { nameOfChoice } from '../kernel/kernel.ts';
import { stepLines } from '../report/step-text.ts';
import type { Surroundings } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { ruleNamed } from './rule-export.ts';
import type { Selected } from './select.ts';

interface WitnessWish extends Pick<Redesign, 'design' | 'without'> {
  readonly rule: string;
  readonly json: boolean;
  readonly 'max-states'?: number | undefined;
}

/** @throws Problem LUF-E104 unless one variant was selected. */
export function showWitness(
  selected: readonly Selected[],
  wish: WitnessWish,
  io: Surroundings,
): ExitCode {
  const rule = ruleNamed(wish.rule);
  const { design, without } = wish;
  const [one, ...more] = redesigned(selected, { design, without });
  if (one === undefined || more.length > 0) {
    throw new Problem('LUF-E104', '--witness is about one variant', {
      where: 'lufcheck rules',
      hint: `for example lufcheck rules ${one?.scenario.id ?? 'LUF-write2'}:${one?.variant.id ?? 'repaired'} --witness ${rule.id}`,
    });
  }
  const { scenario, variant } = one;
  const found = ruleWitness(scenario, variant, rule, wish['max-states'] ?? RULE_STATES);
  const name = `${scenario.id}:${variant.id}`;
  const kernel = nameOfChoice(variant.design);
  if (wish.json) {
    const { verdict, states, bound, steps } = found;
    io.out(
      JSON.stringify(
        {
          schema: 'lufcheck.rule-witness/1',
          rule: rule.id,
          name,
          kernel,
          verdict,
          states,
          bound,
          steps,
        },
        null,
        2,
      ),
    );
  } else if (found.steps !== undefined) {
    for (const line of wrap(`${rule.id}: ${rule.says}`, io.look.columns)) io.out(line);
    io.out(`${name} · ${kernel} · ${counted(found.steps.length, 'step')}, shortest`);
    io.out('');
    for (const [i, step] of found.steps.entries()) {
      for (const line of stepLines(step, i + 1, io.look)) io.out(line);
    }
  } else {
    io.out(
      found.verdict === 'bounded'
        ? `${rule.id} did not fire in ${grouped(found.states)} states of ${name} (${kernel}), and then ${found.bound ?? 'the bound'} was met`
        : `${rule.id} fires in no interleaving of ${name} (${kernel}), ${grouped(found.states)} states`,
    );
  }
  return found.verdict === 'bounded' ? exitCodes.bounded : exitCodes.asExpected;
}
