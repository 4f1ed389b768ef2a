// Exported automata, read by the kernel's own tools: LUFCHECK_KERNEL=/path/to/linux vitest run src/monitor.
// Any tree since 6.0 will do (tools/verification/dot2 until 6.16, tools/verification/rvgen since). They
// must make the same of each file as our own reader, by which the other tests go.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { allRules } from '../rules/all.ts';
import { ruleAutomaton } from './rule-automaton.ts';
import { monitorName, rvDot } from './rv-dot.ts';
import { type ReadAutomaton, readDot } from './testing/read-dot.ts';

const tree = process.env.LUFCHECK_KERNEL;

const script = `
import json, sys
tools = sys.argv[1] + '/tools/verification/'
sys.path[:0] = [tools + 'rvgen', tools + 'dot2']
try:
    from rvgen.automata import Automata
except ImportError:
    from automata import Automata
a = Automata(sys.argv[2])
edges = [[a.states[i], a.events[j], to] for i, row in enumerate(a.function)
         for j, to in enumerate(row) if to != a.invalid_state_str]
print(json.dumps({'states': a.states, 'final': a.final_states, 'events': a.events, 'edges': edges}))
`;

interface FromTools {
  readonly states: readonly string[];
  readonly final: readonly string[];
  readonly events: readonly string[];
  readonly edges: readonly (readonly string[])[];
}

const folder = mkdtempSync(join(tmpdir(), 'lufcheck-rv-'));
afterAll(() => rmSync(folder, { recursive: true }));

function byTools(name: string, lines: readonly string[]): FromTools | string {
  const file = join(folder, `${name}.dot`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  const run = spawnSync('python3', ['-c', script, tree ?? '', file], { encoding: 'utf8' });
  return run.status === 0 ? (JSON.parse(run.stdout) as FromTools) : run.stderr;
}

function asTools({ states, final, events, next }: ReadAutomaton): FromTools {
  const edges = [...next].flatMap(([from, row]) =>
    [...row].map(([event, to]) => [from, event, to]),
  );
  return { states, final, events, edges };
}

function sorted(one: FromTools | string): FromTools | string {
  return typeof one === 'string' ? one : { ...one, edges: [...one.edges].sort() };
}

describe.skipIf(tree === undefined)("the kernel's own reader (skipped without a tree)", () => {
  test.each(allRules.map((rule) => [rule.id, rule] as const))('%s', (_, rule) => {
    const lines = rvDot(ruleAutomaton(rule));
    expect(sorted(byTools(monitorName(rule.id), lines))).toEqual(sorted(asTools(readDot(lines))));
  });

  test('broken on purpose: without an edge they say something else, and without a head nothing', () => {
    const [rule] = allRules;
    if (rule === undefined) return;
    const lines = rvDot(ruleAutomaton(rule));
    const edge = lines.findLastIndex((line) => line.includes(' -> '));
    const fewer = byTools('fewer', lines.toSpliced(edge, 1));
    expect(sorted(fewer)).not.toEqual(sorted(asTools(readDot(lines))));
    expect(byTools('headless', lines.slice(1))).toContain('Not a valid .dot');
  });
});
