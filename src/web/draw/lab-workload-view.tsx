// A workload of the lab: shootdowns on the stock kernel and with LUF, for the same number of pages read.

import type { JSX } from 'preact';
import { counted, grouped } from '../../base/text.ts';
import type { WorkloadShown } from '../compute/lab-file.ts';
import { workloadBars } from '../compute/lab-model.ts';
import { Bar } from './bar.tsx';
import { LabHealth } from './lab-health.tsx';

const columns = [
  ['pages', 'pages read'],
  ['wrong', 'of them wrong'],
  ['interrupts', 'shootdown interrupts'],
  ['kernelFlushes', 'batches reclaim flushed'],
  ['deferred', 'batches put off'],
  ['flushes', 'flushes for what was put off'],
] as const;

export function LabWorkloadView({ work }: { readonly work: WorkloadShown }): JSX.Element {
  const bars = workloadBars(work);
  const most = Math.max(0, ...bars.map(({ rate }) => rate));
  const runs = [
    ...work.stock.map((run) => ({ name: 'stock', run })),
    ...work.luf.map((run) => ({ name: work.design, run })),
  ];
  return (
    <>
      <LabHealth {...work} />
      <section class="panel" aria-label="Shootdowns saved">
        <h2>TLB shootdown interrupts for each 1,000 pages read</h2>
        {bars.length === 0 ? (
          <p class="dim">No run came to its end: there is nothing to compare.</p>
        ) : (
          <table class="plain bars">
            <thead>
              <tr>
                <th scope="col">kernel</th>
                <th scope="col">all its runs together</th>
                <th scope="col">single runs</th>
                <th scope="col">against the stock kernel</th>
              </tr>
            </thead>
            <tbody>
              {bars.map(({ name, rate, runs: n, least, most: largest, change }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <Bar value={rate} most={most} text={rate.toFixed(1)} />
                  <td>
                    {counted(n, 'run')}: {least.toFixed(1)} to {largest.toFixed(1)}
                  </td>
                  <td>{change === undefined ? '' : `${change.toFixed(0)} %`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <p class="dim">
          In an emulator times say nothing about hardware, and counts follow from them: take the
          shares, not the numbers.
        </p>
      </section>
      <section class="panel" aria-label="Runs">
        <h2>Run by run</h2>
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">kernel</th>
              {columns.map(([field, says]) => (
                <th key={field} scope="col">
                  {says}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {runs.map(({ name, run }, i) => (
              <tr key={`${name} ${i}`}>
                <th scope="row">{name}</th>
                {columns.map(([field]) => (
                  <td key={field} class={field === 'wrong' && run.wrong > 0 ? 'bad' : ''}>
                    {grouped(run[field])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
