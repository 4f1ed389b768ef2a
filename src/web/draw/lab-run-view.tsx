// One run of the lab: flush point by flush point its three answers, and the shootdowns of each kernel as bars.

import type { JSX } from 'preact';
import { grouped } from '../../base/text.ts';
import { storyAddress } from '../../explain/story-address.ts';
import { addressOfCommand } from '../compute/board-model.ts';
import type { RunShown } from '../compute/lab-file.ts';
import { type AnswerShown, type LabLine, labLines, savingsOf } from '../compute/lab-model.ts';
import { Bar } from './bar.tsx';
import { LabHealth } from './lab-health.tsx';
import { TableBox } from './table-box.tsx';

export function LabRunView({ run }: { readonly run: RunShown }): JSX.Element {
  const savings = savingsOf(run);
  const most = Math.max(0, ...savings.map(({ interrupts }) => interrupts));
  return (
    <>
      <LabHealth {...run} />
      <TableBox label="What each flush point is for, by three witnesses" isWhole>
        <table class="plain lab">
          <thead>
            <tr>
              <th scope="col">without</th>
              <th scope="col">the programs saw</th>
              <th scope="col">the rules found</th>
              <th scope="col">the model said</th>
              <th scope="col">together</th>
            </tr>
          </thead>
          <tbody>
            {labLines(run).map((line) => (
              <Line key={line.id} line={line} />
            ))}
          </tbody>
        </table>
      </TableBox>
      <p class="dim lab-words">
        kept: rounds in which a reader went on by a translation that reclaim had taken away; where
        there is none, nothing was tried. The rules judge the recording of the same minutes; the
        model explores every interleaving of small machines.
      </p>
      <section class="panel" aria-label="Shootdowns saved">
        <h2>TLB shootdowns of the same programs, counted once</h2>
        {savings.length === 0 ? (
          <p class="dim">They were not counted in this run.</p>
        ) : (
          <table class="plain bars">
            <thead>
              <tr>
                <th scope="col">kernel</th>
                <th scope="col">shootdown interrupts</th>
                <th scope="col">against the stock kernel</th>
              </tr>
            </thead>
            <tbody>
              {savings.map(({ name, interrupts, change }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <Bar value={interrupts} most={most} />
                  <td>{change === undefined ? '' : `${change.toFixed(0)} %`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </>
  );
}

function Line({ line }: { readonly line: LabLine }): JSX.Element {
  const { name, row, programs, rules, model, witness, agreement } = line;
  const remarks = [row.because, ...row.failures].filter((text) => text !== '');
  return (
    <tr>
      <th scope="row">
        <code>{name}</code>
        <span class="dim">
          kept {row.reached} of {row.tried ?? row.rounds} rounds
        </span>
      </th>
      <td>
        <Said answer={programs} />
        {row.staleReads > 0 && (
          <div>
            {grouped(row.staleReads)} stale reads in {row.wrongRounds} rounds
          </div>
        )}
      </td>
      <td>
        <Said answer={rules} />
      </td>
      <td>
        {model !== undefined && <Said answer={model} />}
        {witness !== undefined && (
          <div>
            <a href={storyAddress(addressOfCommand(witness))}>its counterexample</a>
          </div>
        )}
      </td>
      <td>
        <Said answer={agreement} />
        {remarks.map((text) => (
          <div key={text} class="dim">
            {text}
          </div>
        ))}
      </td>
    </tr>
  );
}

function Said({ answer }: { readonly answer: AnswerShown }): JSX.Element {
  return (
    <>
      <span class={`tag ${answer.kind}`}>{answer.text}</span>
      {answer.by.length > 0 && <div>{answer.by.join(', ')}</div>}
    </>
  );
}
