// Verdicts on recordings as one page like that of html.ts: of each kind of violation the first, with a
// column for each CPU that had to do with it, times, tasks and kernel functions as recorded.

import { counted, grouped, listed } from '../base/text.ts';
import type { TraceVerdict, TraceViolation, ViolationGroup } from '../trace/check/verdict.ts';
import { framed } from './html.ts';
import { escaped } from './junit.ts';
import type { TraceFailure } from './trace-json.ts';
import { capital, momentsOf, ruleTitles, whatItSaw } from './trace-text.ts';

export function traceHtml(
  version: string,
  results: readonly (TraceVerdict | TraceFailure)[],
): string {
  const title = `lufcheck: ${listed(results.map(({ file }) => file))}`;
  return framed(title, version, results.flatMap(recording));
}

function recording(result: TraceVerdict | TraceFailure): string[] {
  const head = `<h1>${escaped(result.file)}</h1>`;
  if ('error' in result) return [head, `<pre>${escaped(result.error.render())}</pre>`];
  const { verdict, events, lost, cpus, release, format } = result;
  const facts = [
    counted(events, 'event'),
    `${grouped(lost)} lost`,
    counted(cpus, 'CPU'),
    ...(release === undefined ? [] : [`Linux ${release}`]),
    format,
  ];
  return [
    head,
    `<p class="facts"><strong>${verdict.toUpperCase()}</strong> · ${escaped(facts.join(' · '))}</p>`,
    ...result.groups.flatMap((group) => section(result, group)),
    ...result.reasons.map(({ text }) => `<p>${escaped(text)}</p>`),
    '<dl>',
    ...result.rules.map(
      (rule) => `<dt>Rule</dt><dd>${escaped(`${rule.id}: ${whatItSaw(rule)}`)}</dd>`,
    ),
    '</dl>',
  ];
}

function section(verdict: TraceVerdict, group: ViolationGroup): string[] {
  const violation = verdict.violations[group.first];
  if (violation === undefined) return [];
  const count = group.count === 1 ? 'once' : `${grouped(group.count)} like it`;
  return [
    '<section>',
    `<h2><span class="violated">VIOLATED</span> ${escaped(ruleTitles[group.rule] ?? group.rule)}</h2>`,
    `<p class="facts">${escaped(`${count}, first at ${group.from} s, last at ${group.to} s`)}</p>`,
    ...lanes(violation),
    '<ul class="why">',
    `<li>${escaped(capital(violation.text))}.</li>`,
    ...violation.proofs.map(
      ({ cpu, how, time, lastFlush }) =>
        `<li>${escaped(`CPU ${cpu} could still use the old translation: ${how} (${time}); last flush before: ${lastFlush ?? 'none seen'}.`)}</li>`,
    ),
    `<li>${escaped(capital(violation.missing))}.</li>`,
    '</ul>',
    '</section>',
  ];
}

function lanes(violation: TraceViolation): string[] {
  const moments = momentsOf(violation);
  const { cpus } = violation;
  const shown = [...new Set([...cpus, ...moments.map(({ cpu }) => cpu)])].sort((a, b) => a - b);
  const head = shown.map((cpu) => `<th scope="col">CPU ${cpu}</th>`).join('');
  return [
    `<div class="wide"><table class="lanes"><thead><tr><th scope="col">s</th>${head}</tr></thead><tbody>`,
    ...moments.map((one) => {
      const text = `${one.isWrong ? '✗ ' : ''}${one.task}: ${one.says}`;
      const cells = shown.map((cpu) => {
        if (cpu !== one.cpu) return '<td></td>';
        const { stack = [] } = one;
        const calls = stack.map((name) => `<br>${escaped(name)}`).join('');
        const from =
          calls === '' ? '' : `<details><summary>called from</summary>${calls}</details>`;
        return `<td>${escaped(text)}${from}</td>`;
      });
      const mark = one.isWrong ? ' class="wrong"' : '';
      return `<tr${mark}><td class="n">${escaped(one.time)}</td>${cells.join('')}</tr>`;
    }),
    '</tbody></table></div>',
  ];
}
