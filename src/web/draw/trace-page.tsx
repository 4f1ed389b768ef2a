// A recording of a real kernel: dropped on the page or offered by the server. It is read and judged in workers.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { grouped } from '../../base/text.ts';
import type { TraceVerdict } from '../../trace/check/verdict.ts';
import type { WhatIf } from '../../whatif/what-if.ts';
import {
  readTraceAddress,
  type TraceAddress,
  type TraceShown,
  traceAddress,
} from '../compute/trace-address.ts';
import { askTrace } from '../work/ask-trace.ts';
import { fetchOwn } from '../work/embedded.ts';
import type { Trouble } from '../work/protocol.ts';
import type { TracePicture } from '../work/trace-protocol.ts';
import type { PageProps } from './app.tsx';
import { FileDrop } from './file-drop.tsx';
import { asTrouble } from './hooks.ts';
import { TraceView } from './trace-view.tsx';
import { TroubleNote } from './trouble-note.tsx';
import { type OfferedRecording, useRecordings } from './use-recordings.ts';
import '../styles/trace.css';

export interface Opened {
  readonly name: string;
  readonly file: Blob;
}

/** What has become of a question about the recording. */
export type Part<T> =
  | { readonly state: 'waiting'; readonly text: string }
  | { readonly state: 'there'; readonly value: T }
  | { readonly state: 'trouble'; readonly trouble: Trouble };

export function TracePage({ hash, onHash }: PageProps): JSX.Element {
  const address = readTraceAddress(hash);
  const { recording: asked, file: wanted } = address;
  const recordings = useRecordings();
  const [opened, setOpened] = useState<Opened | undefined>(undefined);
  const [trouble, setTrouble] = useState<Trouble | undefined>(undefined);
  const open = (file: File): void => {
    setTrouble(undefined);
    setOpened({ name: file.name, file });
    // A link to what somebody saw in this file goes on.
    if (asked !== undefined || wanted !== file.name) {
      onHash(traceAddress({ file: file.name, filter: '' }), false);
    }
  };
  useEffect(() => {
    const one = recordings.find(({ id }) => String(id) === asked);
    if (one === undefined) return;
    let isCurrent = true;
    fetchOwn(one.path)
      .then(async (response) => {
        if (!response.ok) throw new Error(`${one.name}: ${response.status}`);
        const file = await response.blob();
        if (isCurrent) setOpened({ name: one.name, file });
      })
      .catch((error) => setTrouble(asTrouble(error)));
    return () => {
      isCurrent = false;
    };
  }, [asked, recordings]);
  return (
    <FileDrop
      title={opened?.name ?? 'A recording of a real kernel'}
      label="Recordings"
      offers={recordings}
      chosen={asked}
      onFile={open}
      onOffer={(id) => onHash(traceAddress({ recording: id, filter: '' }), true)}
    >
      {trouble !== undefined && <TroubleNote trouble={trouble} />}
      {opened === undefined ? (
        <Invitation wanted={wanted} offers={recordings} />
      ) : (
        <Recording
          key={opened.name}
          opened={opened}
          address={address}
          onShown={(shown) => onHash(traceAddress({ ...withoutShown(address), ...shown }), false)}
        />
      )}
    </FileDrop>
  );
}

/** Which recording, without what of it is shown. */
function withoutShown({ recording, file }: TraceAddress): TraceAddress {
  return {
    filter: '',
    ...(recording === undefined ? {} : { recording }),
    ...(file === undefined ? {} : { file }),
  };
}

function Invitation(props: {
  readonly wanted: string | undefined;
  readonly offers: readonly OfferedRecording[];
}): JSX.Element {
  const { wanted, offers } = props;
  return (
    <div class="panel invitation">
      {wanted !== undefined && (
        <p>
          This link shows a part of <code>{wanted}</code>, which is not among these pages: open that
          file.
        </p>
      )}
      <p>
        <strong>Drop a recording here</strong>: <code>trace.dat</code> of trace-cmd, or the text of{' '}
        <code>trace-cmd report</code>, ftrace or <code>perf script</code>. It is read in this
        browser; nothing leaves it.
      </p>
      <p class="dim">
        <code>npx lufcheck record --print</code> writes a script that records what the rules need.
      </p>
      {offers.length > 0 && (
        <>
          <p class="dim">Or look at one that is here:</p>
          <ul class="offers">
            {offers.map(({ id, name, says }) => (
              <li key={id}>
                <a href={traceAddress({ recording: String(id), filter: '' })}>{name}</a> {says}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Recording(props: {
  readonly opened: Opened;
  readonly address: TraceAddress;
  readonly onShown: (shown: TraceShown) => void;
}): JSX.Element {
  const { opened, address, onShown } = props;
  const [picture, setPicture] = useState<Part<TracePicture>>({ state: 'waiting', text: 'opening' });
  const [verdict, setVerdict] = useState<Part<TraceVerdict>>({ state: 'waiting', text: 'waiting' });
  const [whatIf, setWhatIf] = useState<Part<WhatIf> | undefined>(undefined);
  const cancelWhatIf = useRef(() => {});
  const { file, name } = opened;
  useEffect(() => {
    const reading = (records: number, n: number): string =>
      `${grouped(records)} events, reading ${n} of 2`;
    const drawing = askTrace('table', file, name, (records, n) =>
      setPicture({ state: 'waiting', text: reading(records, n) }),
    );
    const judging = askTrace('verdict', file, name, (records, n) =>
      setVerdict({ state: 'waiting', text: reading(records, n) }),
    );
    drawing.answer.then(
      (value) => setPicture({ state: 'there', value }),
      (error) => setPicture({ state: 'trouble', trouble: asTrouble(error) }),
    );
    judging.answer.then(
      (value) => setVerdict({ state: 'there', value }),
      (error) => setVerdict({ state: 'trouble', trouble: asTrouble(error) }),
    );
    return () => {
      drawing.cancel();
      judging.cancel();
      cancelWhatIf.current();
    };
  }, [file]);
  const askWhatIf = (): void => {
    const running = askTrace('whatif', file, name, (records, n) =>
      setWhatIf({ state: 'waiting', text: `${grouped(records)} events, reading ${n} of 2` }),
    );
    cancelWhatIf.current = running.cancel;
    setWhatIf({ state: 'waiting', text: 'opening' });
    running.answer.then(
      (value) => setWhatIf({ state: 'there', value }),
      (error) => setWhatIf({ state: 'trouble', trouble: asTrouble(error) }),
    );
  };
  if (picture.state === 'trouble') return <TroubleNote trouble={picture.trouble} />;
  if (picture.state === 'waiting') {
    return (
      <p class="panel running" role="status">
        reading: {picture.text}
      </p>
    );
  }
  return (
    <TraceView
      picture={picture.value}
      onWhatIf={askWhatIf}
      {...{ verdict, whatIf, address, onShown }}
    />
  );
}
