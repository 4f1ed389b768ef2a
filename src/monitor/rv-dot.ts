// An automaton in the DOT form that tools/verification of the kernel reads (rvgen, dot2k before it;
// rvgen/rvgen/automata.py). That reader goes by lines: the first, the nodes, the initial edge, the
// edges. What it skips, the lines between the first one and the nodes, says what is lost.

import { wrap } from '../base/text.ts';
import { vocabulary } from '../events/vocabulary.ts';
import { hasTracepoint, sourceText } from './event-sources.ts';
import type { RuleAutomaton } from './rule-automaton.ts';

const COLUMNS = 96;

/** A monitor's name, within MAX_DA_NAME_LEN: `luf_frame_reused`. */
export function monitorName(rule: string): string {
  return `luf_${rule.replace(/-before-flush$/, '').replaceAll('-', '_')}`;
}

/** The file `NAME.dot`, line by line. */
export function rvDot(automaton: RuleAutomaton): string[] {
  const { states, letters, next } = automaton;
  const initial = states[0] as string;
  const edges = states.flatMap((from, i) => {
    const labels = new Map<string, string[]>();
    letters.forEach(({ name }, j) => {
      const to = next[i]?.[j];
      if (to === undefined) return;
      const target = states[to] as string;
      labels.set(target, [...(labels.get(target) ?? []), name]);
    });
    return [...labels].map(
      ([to, names]) => `\t"${from}" -> "${to}" [ label = "${names.join('\\n')}" ];`,
    );
  });
  return [
    'digraph state_automaton {',
    ...about(automaton).map((line) => `\t// ${line}`.trimEnd()),
    '\tcenter = true;',
    '\tsize = "7,11";',
    `\t{node [shape = doublecircle] "${initial}"};`,
    ...states.map((name) => `\t{node [shape = circle] "${name}"};`),
    `\t{node [shape = plaintext, style=invis, label=""] "__init_${initial}"};`,
    `\t"__init_${initial}" -> "${initial}";`,
    ...states.map((name) => `\t"${name}" [label = "${name}"];`),
    ...edges,
    '\t{ rank = min ;',
    `\t\t"__init_${initial}";`,
    `\t\t"${initial}";`,
    '\t}',
    '}',
  ];
}

/** What the automaton is, what its events are, and what it does not know. */
function about({ rule, letters, data, ears }: RuleAutomaton): string[] {
  const name = monitorName(rule.id);
  const subject = rule.keptFor.join(', ');
  const silent = [...new Set(letters.map(({ event }) => event))].filter(
    (event) => !hasTracepoint(event),
  );
  const large = [
    ...new Set(
      ears.flatMap(({ event, trees }) =>
        trees.given.length === 0 && trees.concerns === undefined && rule.keptFor.includes('mm')
          ? [event]
          : [],
      ),
    ),
  ].filter((event) => event.startsWith('mm.'));
  return [
    ...paragraph(`${name}: ${rule.says}`),
    '-',
    ...paragraph(
      `Made by lufcheck from its rule ${rule.id}. One automaton for each (${subject}, CPU): rvgen monitor -c da -t per_obj -s ${name}.dot. The rule is violated where an event comes that the state has no edge for. Other events of these names do not concern the automaton: they are not given to it. What the rule asks of all CPUs at once each automaton asks of its own: where one CPU comes to owe while another one still does, it may speak when the rule does not, or not when it does.`,
    ),
    '-',
    ...letters.flatMap(({ name: letter, event, when }) => {
      const conditions = when.map((all) => all.join(', ')).join('; or: ');
      return paragraph(
        `${letter}: ${event}${conditions === '' ? '' : ` where ${conditions}`} (${sourceText(event)})`,
        '    ',
      );
    }),
    '-',
    ...paragraph(
      data.length === 0
        ? 'An automaton has no data. This one needs none but its own key.'
        : `An automaton has no data. Who feeds it keeps for each subject: ${data.map(({ name: one, of, isSet }) => `${one} (${isSet ? `a set of ${of}s` : `a ${of} or none`})`).join(', ')}; as src/rules/${rule.id}.ts sets them.`,
    ),
    ...(silent.length === 0
      ? paragraph('All of its events are tracepoints.')
      : [
          ...paragraph(
            'No tracepoint of a stock kernel shows these; one has to be added wherever each happens:',
          ),
          ...silent.flatMap((event) =>
            paragraph(`    ${event}: ${vocabulary[event].means}`, '        '),
          ),
        ]),
    ...(large.length === 0
      ? []
      : paragraph(
          `An automaton that begins later is to be told anew what was said of its CPU at large: ${large.join(', ')}.`,
        )),
    ...paragraph(`The rule cannot see ${rule.misses}.`),
  ];
}

function paragraph(text: string, indent = ''): string[] {
  return wrap(text, COLUMNS, indent);
}
