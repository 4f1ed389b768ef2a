// Which functions a variant that holds is about: those that read otherwise in the variants of its
// scenario that must fail. A slip in one of them is looked for there first.

import { modelOf } from '../../catalogue/build.ts';
import type { Scenario, Variant } from '../../catalogue/scenario.ts';
import type { Code } from '../../lang/nodes.ts';
import { eachCall, unitOf } from './programs.ts';

/** Functions that differ from the nearest variants that must fail. */
export function functionsAbout(scenario: Scenario, variant: Variant): ReadonlySet<string> {
  const own = functionTexts(codesOf(scenario, variant));
  const others = scenario.variants
    .filter(({ expect }) => expect !== 'holds')
    .map((broken) => differing(own, functionTexts(codesOf(scenario, broken))));
  const fewest = Math.min(...others.filter((one) => one.length > 0).map((one) => one.length));
  return new Set(others.filter((one) => one.length === fewest).flat());
}

function codesOf(scenario: Scenario, variant: Variant): Code[] {
  return modelOf(scenario, variant).threads.flatMap(({ code }) => code);
}

type Texts = ReadonlyMap<string, ReadonlySet<string>>;

/** How each function reads, in each of its calls; what it calls by name only. */
function functionTexts(codes: readonly Code[]): Texts {
  const texts = new Map<string, Set<string>>();
  eachCall(codes, (call) => {
    const known = texts.get(unitOf(call)) ?? new Set();
    texts.set(unitOf(call), known.add(textOf(call.body)));
  });
  return texts;
}

function textOf(body: readonly Code[]): string {
  return JSON.stringify(body, (key, value: unknown) => {
    if (key === 'cell') return (value as { name: string }).name;
    if (isCall(value)) return unitOf(value);
    return key === 'place' ? undefined : value;
  });
}

function isCall(value: unknown): value is Extract<Code, { op: 'call' }> {
  return typeof value === 'object' && value !== null && 'op' in value && value.op === 'call';
}

function differing(one: Texts, other: Texts): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter((unit) => {
    const [mine, theirs] = [one.get(unit), other.get(unit)];
    if (mine === undefined || theirs === undefined) return true;
    return mine.size !== theirs.size || [...mine].some((text) => !theirs.has(text));
  });
}
