// Recordings held against the model's paths: for each path how many recorded calls are runs of it, and the first of
// each way in which one is not.

import type { JSX } from 'preact';
import { counted, grouped } from '../../base/text.ts';
import type { ConformShown, DifferingCall } from '../compute/lab-file.ts';
import { TableBox } from './table-box.tsx';

export function LabConformView({ conform }: { readonly conform: ConformShown }): JSX.Element {
  const { files, paths, neverSeen } = conform;
  const different = paths.filter(({ unmatched }) => unmatched > 0).length;
  const [kind, says] =
    paths.length === 0
      ? (['bounded', 'no call was judged'] as const)
      : different === 0
        ? (['holds', 'every call that was judged is a run of its path'] as const)
        : ([
            'violated',
            `${counted(different, 'path')} with calls that are no run of them`,
          ] as const);
  return (
    <>
      <p>
        <span class={`tag ${kind}`}>{says}</span>{' '}
        {files.map(({ file, records }) => `${file}: ${grouped(records)} events`).join(', ')}
      </p>
      <TableBox label="Paths" isWhole={paths.length < 40}>
        <table class="plain lab">
          <thead>
            <tr>
              <th scope="col">path</th>
              <th scope="col">calls</th>
              <th scope="col">runs of it</th>
              <th scope="col">not</th>
              <th scope="col">how they differ, the first of each way</th>
            </tr>
          </thead>
          <tbody>
            {paths.map(({ path, occurrences, matched, unmatched, differences }) => (
              <tr key={path}>
                <th scope="row">
                  <code>{path}</code>
                </th>
                <td>{grouped(occurrences)}</td>
                <td>{grouped(matched)}</td>
                <td class={unmatched > 0 ? 'bad' : ''}>{grouped(unmatched)}</td>
                <td>
                  {differences.map((one, i) => (
                    <Different key={`${i} ${one.from}`} call={one} />
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      {neverSeen.length > 0 && (
        <p class="dim lab-words">Of these paths no recording has a call: {neverSeen.join(', ')}.</p>
      )}
    </>
  );
}

function Different({ call }: { readonly call: DifferingCall }): JSX.Element {
  const { count, file, task, cpu, from, before, seen, allowed, mayReturn } = call;
  const may = [...allowed, ...(mayReturn ? ['return'] : [])];
  return (
    <div>
      {grouped(count)}×: {task} on CPU {cpu} at {from} s ({file}): after{' '}
      {before.length === 0 ? 'nothing' : before.join(', ')}{' '}
      {seen === undefined ? 'it returned' : `${seen.letter} at ${seen.at} s`}; the path allows{' '}
      {may.length === 0 ? 'nothing more' : may.join(', ')}
    </div>
  );
}
