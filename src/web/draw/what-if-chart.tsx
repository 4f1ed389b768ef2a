// What each design would have done on a recording: bars beside their numbers.

import type { JSX } from 'preact';
import { grouped } from '../../base/text.ts';
import type { WhatIf } from '../../whatif/what-if.ts';
import { Bar } from './bar.tsx';

export function WhatIfChart({ answer }: { readonly answer: WhatIf }): JSX.Element {
  const { designs, batched, others, assumptions, seconds } = answer;
  const happened = { flushes: batched.flushes, shootdowns: batched.shootdowns, ipis: batched.ipis };
  const most = Math.max(1, happened.ipis, ...designs.map(({ ipis }) => ipis));
  return (
    <>
      <p>
        In {seconds.toFixed(1)} s reclaim flushed {grouped(batched.flushes)} times,{' '}
        {grouped(batched.shootdowns)} of them with interrupts to other CPUs; everything else flushed{' '}
        {grouped(others.flushes)} times.
      </p>
      <table class="plain bars">
        <thead>
          <tr>
            <th scope="col">design</th>
            <th scope="col">interrupts to other CPUs for reclaim's unmaps</th>
            <th scope="col">flushes</th>
            <th scope="col">put off</th>
            <th scope="col">merged</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">as it happened</th>
            <Bar value={happened.ipis} most={most} />
            <td>{grouped(happened.flushes)}</td>
            <td />
            <td />
          </tr>
          {designs.map(({ design, says, ipis, flushes, deferred, merged }) => (
            <tr key={design}>
              <th scope="row" title={says}>
                {design}
              </th>
              <Bar value={ipis} most={most} />
              <td>{grouped(flushes)}</td>
              <td>{grouped(deferred)}</td>
              <td>{grouped(merged)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <details>
        <summary class="dim">assumptions</summary>
        <ul>
          {assumptions.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </details>
    </>
  );
}
