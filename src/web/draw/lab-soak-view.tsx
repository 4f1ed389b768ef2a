// A soak of the lab: whether anything was read that should not have been, and how much was tried.

import type { JSX } from 'preact';
import { duration, grouped, listed } from '../../base/text.ts';
import type { SoakShown } from '../compute/lab-file.ts';
import { LabHealth } from './lab-health.tsx';

const numbers = [
  ['reads', 'reads judged'],
  ['passes', 'passes through all programs'],
  ['rounds', 'rounds'],
  ['tried', 'rounds in which a reader could have kept an old translation'],
  ['reached', 'rounds in which one did'],
  ['wrongRounds', 'rounds with a read that nothing allows'],
  ['kills', 'tasks killed for memory, as was wanted'],
  ['reloads', 'times the module was unloaded and loaded under load'],
] as const;

export function LabSoakView({ soak }: { readonly soak: SoakShown }): JSX.Element {
  const { staleReads, reads, wrongIn, seconds, reached } = soak;
  return (
    <>
      <LabHealth {...soak} />
      <section class="panel" aria-label="What a long run found">
        <h2>Every flush point on, for {duration(seconds)}</h2>
        <p>
          {staleReads > 0 ? (
            <span class="bad">
              {grouped(staleReads)} of {grouped(reads)} reads were wrong, in {listed(wrongIn)}.
            </span>
          ) : reached === 0 ? (
            <span class="warn">No reader kept an old translation: nothing was tried.</span>
          ) : (
            <>No wrong read in {grouped(reads)}.</>
          )}
        </p>
        <table class="plain">
          <tbody>
            {numbers.map(([field, says]) => (
              <tr key={field}>
                <th scope="row">{says}</th>
                <td>{grouped(soak[field])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
