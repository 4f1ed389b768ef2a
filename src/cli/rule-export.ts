// `lufcheck rules --export`: rules in the words of other tools, to stdout or one file each.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { closeMatches } from '../base/close-match.ts';
import { Problem } from '../base/problem.ts';
import { bpftraceProgram } from '../monitor/bpftrace.ts';
import type { Kernel } from '../monitor/bpftrace-probes.ts';
import { ruleAutomaton } from '../monitor/rule-automaton.ts';
import { monitorName, rvDot } from '../monitor/rv-dot.ts';
import { allRules, recommendedRules } from '../rules/all.ts';
import type { AnyRule } from '../rules/rule.ts';
import type { Surroundings } from './command.ts';
import { openOutput } from './file-output.ts';

const WHERE = 'lufcheck rules --export';

interface Exported {
  readonly file: string;
  readonly lines: readonly string[];
}

/** A rule in a tool's words, or why it has none there. */
type Writer = (rule: AnyRule) => Exported | string;

const writers: Readonly<Record<string, Writer>> = {
  rv: (rule) => ({ file: `${monitorName(rule.id)}.dot`, lines: rvDot(ruleAutomaton(rule)) }),
  bpftrace: bpftraceFor('folios'),
  'bpftrace-6.1': bpftraceFor('pages'),
};

function bpftraceFor(kernel: Kernel): Writer {
  return (rule) => {
    const program = bpftraceProgram(rule, kernel);
    const file = `${monitorName(rule.id)}${kernel === 'folios' ? '' : '-6.1'}.bt`;
    return typeof program === 'string' ? program : { file, lines: program };
  };
}

export interface ExportWish {
  readonly form: string;
  /** Ids; none: those recommended. */
  readonly rules: readonly string[];
  /** A folder; left out: stdout, for one rule. */
  readonly output: string | undefined;
}

/** @throws Problem LUF-E102 for an unknown form or rule, LUF-E104 where several would go to stdout. */
export function exportRules({ form, rules, output }: ExportWish, io: Surroundings): void {
  const write = Object.hasOwn(writers, form) ? writers[form] : undefined;
  if (write === undefined) {
    throw new Problem('LUF-E102', 'no such form', {
      where: `--export ${form}`,
      hint: `one of ${Object.keys(writers).join(', ')}`,
    });
  }
  const chosen = rules.length === 0 ? recommendedRules : rules.map(ruleNamed);
  const results = chosen.map((rule) => ({ rule, result: write(rule) }));
  if (output === undefined) {
    const [one] = results;
    if (one === undefined || results.length > 1) {
      throw new Problem('LUF-E104', `${results.length} rules are as many files`, {
        where: WHERE,
        hint: `name one, as in ${WHERE} ${form} ${results[0]?.rule.id ?? ''}, or give --output FOLDER`,
      });
    }
    if (typeof one.result === 'string') {
      throw new Problem('LUF-E104', `${one.rule.id} cannot be exported: ${one.result}`, {
        where: `${WHERE} ${form}`,
        hint: 'docs/rules.md says for each rule where it can go',
      });
    }
    for (const line of one.result.lines) io.out(line);
    return;
  }
  mkdirSync(output, { recursive: true });
  for (const { rule, result } of results) {
    if (typeof result === 'string') {
      io.out(`${rule.id}: no file: ${result}`);
      continue;
    }
    const path = join(output, result.file);
    const file = openOutput(path);
    file.write(`${result.lines.join('\n')}\n`);
    file.close();
    io.out(`${rule.id}: ${path}`);
  }
}

/** @throws Problem LUF-E102 if there is none. */
export function ruleNamed(name: string): AnyRule {
  const found = allRules.find(({ id }) => id === name);
  if (found !== undefined) return found;
  const ids = allRules.map(({ id }) => id);
  const near = closeMatches(name, ids);
  throw new Problem('LUF-E102', 'no such rule', {
    where: name,
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : `one of ${ids.join(', ')}`,
  });
}
