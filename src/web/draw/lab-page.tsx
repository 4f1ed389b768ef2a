// A saved run of the lab: what programs saw on a real kernel, what the rules found in its recording, what the
// model says of the same flush point; and how many shootdowns deferring saved.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { counted } from '../../base/text.ts';
import { type LabFile, type RunShown, readLabFile } from '../compute/lab-file.ts';
import { fetchOwn } from '../work/embedded.ts';
import type { Trouble } from '../work/protocol.ts';
import { troubleOf } from '../work/trouble.ts';
import type { PageProps } from './app.tsx';
import { FileDrop } from './file-drop.tsx';
import { asTrouble } from './hooks.ts';
import { LabConformView } from './lab-conform-view.tsx';
import { LabRunView } from './lab-run-view.tsx';
import { LabSoakView } from './lab-soak-view.tsx';
import { LabWorkloadView } from './lab-workload-view.tsx';
import { TroubleNote } from './trouble-note.tsx';
import { type OfferedRun, useLabRuns } from './use-lab-runs.ts';
import '../styles/lab.css';

interface Opened {
  readonly name: string;
  readonly file: LabFile;
}

export function LabPage({ hash, onHash }: PageProps): JSX.Element {
  const asked = new URLSearchParams(hash.split('?')[1] ?? '').get('run');
  const runs = useLabRuns();
  const [opened, setOpened] = useState<Opened | undefined>(undefined);
  const [trouble, setTrouble] = useState<Trouble | undefined>(undefined);
  const show = (name: string, text: string): void => {
    try {
      setOpened({ name, file: readLabFile(name, text) });
      setTrouble(undefined);
    } catch (error) {
      setOpened(undefined);
      setTrouble(troubleOf(error));
    }
  };
  const drop = (file: File): void => {
    void file.text().then((text) => show(file.name, text));
    if (asked !== null) onHash('#/lab', false);
  };
  useEffect(() => {
    // Unless one is asked for, the latest; a file that was dropped stays.
    const one = asked === null ? runs?.[0] : runs?.find(({ id }) => id === asked);
    if (one === undefined || (asked === null && opened !== undefined)) return;
    let isCurrent = true;
    textOf(one).then(
      (text) => isCurrent && show(one.name, text),
      (error) => isCurrent && setTrouble(asTrouble(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [asked, runs]);
  const isMissing = asked !== null && runs !== undefined && !runs.some(({ id }) => id === asked);
  return (
    <FileDrop
      title="The lab: LUF on a real kernel"
      label="Saved runs"
      offers={runs ?? []}
      chosen={runs?.find(({ id, name }) => id === asked || name === opened?.name)?.id}
      onFile={drop}
      onOffer={(id) => onHash(`#/lab?run=${encodeURIComponent(id)}`, true)}
    >
      {isMissing && <p class="warn">The run that the address names is not here.</p>}
      {trouble !== undefined && <TroubleNote trouble={trouble} />}
      {opened === undefined ? (
        trouble === undefined && runs !== undefined && <Invitation />
      ) : (
        <>
          <p class="dim facts">
            <code>{opened.name}</code> · {factsOf(opened.file)}
          </p>
          <Shown file={opened.file} />
          <details class="lab-words">
            <summary class="dim">make a run of your own</summary>
            <HowTo />
          </details>
        </>
      )}
    </FileDrop>
  );
}

function Shown({ file }: { readonly file: LabFile }): JSX.Element {
  switch (file.kind) {
    case 'run':
      return <LabRunView run={file.run} />;
    case 'workload':
      return <LabWorkloadView work={file.work} />;
    case 'soak':
      return <LabSoakView soak={file.soak} />;
    case 'conform':
      return <LabConformView conform={file.conform} />;
  }
}

function Invitation(): JSX.Element {
  return (
    <div class="panel invitation">
      <p>
        <strong>Drop a saved run of the lab here.</strong> It stays in this browser.
      </p>
      <HowTo />
    </div>
  );
}

function HowTo(): JSX.Element {
  return (
    <>
      <p>
        <code>npx lufcheck lab setup</code> fetches a Debian kernel and builds LUF as a module for
        it; <code>npx lufcheck lab run</code> boots it in QEMU, takes its flush points away one by
        one, and saves what came of it. <code>npx lufcheck serve</code> then lists it here.
      </p>
      <p class="dim">
        What <code>lab workload</code>, <code>lab soak</code> and <code>lab conform</code> print
        with <code>--json</code> opens here, too:{' '}
        <code>npx lufcheck lab workload --json &gt; saved.json</code>.
      </p>
    </>
  );
}

function factsOf(file: LabFile): string {
  if (file.kind === 'conform') {
    const { design, files } = file.conform;
    return `${counted(files.length, 'recording')} held against the paths of ${design}`;
  }
  const of = file.kind === 'run' ? file.run : file.kind === 'soak' ? file.soak : file.work;
  const { release, design, cpus, accel } = of;
  const machine = `Linux ${release}, ${counted(cpus, 'CPU')} (QEMU, ${accel}), ${design}`;
  if (file.kind === 'workload') {
    const { stock, luf, seconds } = file.work;
    return `${machine}; ${counted(stock.length, 'run')} of ${seconds} s on the stock kernel, ${luf.length} with LUF`;
  }
  const { rounds, programs, date } = file.kind === 'run' ? file.run : file.soak;
  const by = file.kind === 'run' ? madeBy(file.run) : 'lufcheck lab soak';
  return `${machine}; ${counted(rounds, 'round')} of ${programs.join(', ')}; made by ${by}, ${date.slice(0, 16).replace('T', ' ')} UTC`;
}

function madeBy({ version, boots, stopped }: RunShown): string {
  const ended = stopped === undefined ? '' : ` (${stopped} stopped when the time was over)`;
  const times = boots === undefined ? '' : ` in ${counted(boots, 'boot')}${ended}`;
  return `lufcheck ${version === undefined ? '' : `${version} `}lab run${times}`;
}

async function textOf({ path, name }: OfferedRun): Promise<string> {
  const response = await fetchOwn(path);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return await response.text();
}
