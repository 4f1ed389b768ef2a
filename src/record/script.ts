// Writes a recording plan as a POSIX shell script that needs nothing but what busybox has. It works in
// an instance of its own, so that other tracing on the target goes on, and leaves a trace.dat of version
// 6, which every reader of trace.dat takes; what only lufcheck needs is in one option more.

import { RECORDER_OPTION } from '../trace/formats/recorder-facts.ts';
import { GROUP, type RecordPlan } from './plan.ts';
import { BODY } from './script-body.ts';

export interface ScriptFacts {
  /** SHA-256 of the BTF that the offsets come from. */
  readonly checksum: string;
  readonly version: string;
  readonly profile: string;
  /** Kilobytes of ring buffer for each CPU. */
  readonly bufferKb: number;
}

/** The whole script. */
export function recorderScript(plan: RecordPlan, facts: ScriptFacts): string {
  const { style, missing } = plan;
  const head = [
    '#!/bin/sh',
    `# Records what lufcheck judges (lufcheck ${facts.version}, profile ${facts.profile}).`,
    '# For one kernel only: what is probed is from its BTF, and the script checks that it is the one.',
    style === 'names'
      ? '# This kernel looks up the names of arguments itself; offsets are left where there is no name.'
      : '# This kernel takes no names of arguments, only offsets.',
    '#',
    ...(missing.length === 0 ? ['# Nothing that the profile asks for is missing.'] : []),
    ...missing.map(({ event, why, rules }) => {
      const lost = rules.length === 0 ? 'no rule needs it' : `not judged: ${rules.join(' ')}`;
      return `# Not recorded: ${event} (${why}); ${lost}.`;
    }),
    '',
    `VERSION='${facts.version}'`,
    `PROFILE='${facts.profile}'`,
    `STYLE='${style}'`,
    `BTF_SHA256='${facts.checksum}'`,
    `GROUP='${GROUP}'`,
    `OPTION=${RECORDER_OPTION}`,
    `BUFFER_KB=${facts.bufferKb}`,
    '',
    '# EVENT|RULES THAT LOSE BY IT|DEFINITION',
    'probes() {',
    "  cat <<'LIST'",
    ...plan.probes.map(({ event, rules, line }) => `${event}|${rules.join(' ')}|${line}`),
    'LIST',
    '}',
    '',
    '# SYSTEM/EVENT|RULES THAT LOSE BY IT',
    'tracepoints() {',
    "  cat <<'LIST'",
    ...plan.tracepoints.map(({ name, rules }) => `${name}|${rules.join(' ')}`),
    'LIST',
    '}',
    '',
  ];
  return `${head.join('\n')}${BODY}`;
}
