// Campaigns: many cells explored at once. A database that the server follows, or an export from any file.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type CampaignFile, readCampaignFile } from '../compute/campaign-file.ts';
import { fetchOwn } from '../work/embedded.ts';
import type { Trouble } from '../work/protocol.ts';
import { troubleOf } from '../work/trouble.ts';
import type { PageProps } from './app.tsx';
import { CampaignDatabase } from './campaign-database.tsx';
import { CampaignView } from './campaign-view.tsx';
import { FileDrop } from './file-drop.tsx';
import { asTrouble } from './hooks.ts';
import { TroubleNote } from './trouble-note.tsx';
import { type OfferedCampaign, useCampaigns } from './use-campaigns.ts';
import '../styles/campaign.css';

interface Opened {
  readonly name: string;
  readonly file: CampaignFile;
}

export function CampaignPage({ hash, onHash }: PageProps): JSX.Element {
  const given = new URLSearchParams(hash.split('?')[1] ?? '');
  const asked = given.get('db');
  const offers = useCampaigns();
  const [opened, setOpened] = useState<Opened | undefined>(undefined);
  const [trouble, setTrouble] = useState<Trouble | undefined>(undefined);
  const read = (name: string, text: string): void => {
    try {
      setOpened({ name, file: readCampaignFile(name, text) });
      setTrouble(undefined);
    } catch (error) {
      setOpened(undefined);
      setTrouble(troubleOf(error));
    }
  };
  const drop = (file: File): void => {
    void file.text().then((text) => read(file.name, text));
    if (given.size > 0) onHash('#/campaign', false);
  };
  const chosen = chosenOf(offers, asked, opened !== undefined || trouble !== undefined);
  useEffect(() => {
    if (chosen?.kind !== 'export') return;
    let isCurrent = true;
    textOf(chosen).then(
      (text) => isCurrent && read(chosen.name, text),
      (error) => isCurrent && setTrouble(asTrouble(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [chosen?.path]);
  const go = (changes: Readonly<Record<string, string>>, isNew: boolean): void => {
    const next = new URLSearchParams(given);
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') next.delete(name);
      else next.set(name, value);
    }
    onHash(`#/campaign${next.size === 0 ? '' : `?${next}`}`, isNew);
  };
  const isMissing = asked !== null && offers !== undefined && chosen === undefined;
  const isOpen = opened !== undefined && chosen?.kind !== 'database';
  return (
    <FileDrop
      title="Campaigns: many cells, and to what bound each is known"
      label="Campaigns"
      offers={offers ?? []}
      chosen={chosen?.id}
      onFile={drop}
      onOffer={(id) => onHash(`#/campaign?db=${encodeURIComponent(id)}`, true)}
    >
      {isMissing && <p class="warn">The campaign that the address names is not offered here.</p>}
      {trouble !== undefined && chosen?.kind !== 'database' && <TroubleNote trouble={trouble} />}
      {chosen?.kind === 'database' && (
        <CampaignDatabase key={chosen.path} path={chosen.path} given={given} onGive={go} />
      )}
      {isOpen && (
        <CampaignView
          key={opened.name}
          id={opened.file.id}
          cells={opened.file.cells}
          from={opened.name}
          given={given}
          onGive={go}
          story={async (name) => opened.file.blobs.get(name)}
          others={[]}
        />
      )}
      {chosen === undefined && opened === undefined && trouble === undefined && offers && (
        <Invitation />
      )}
    </FileDrop>
  );
}

/** The one that the address names; without one the first, unless a file was dropped. */
function chosenOf(
  offers: readonly OfferedCampaign[] | undefined,
  asked: string | null,
  hasFile: boolean,
): OfferedCampaign | undefined {
  if (asked !== null) return offers?.find(({ id }) => id === asked);
  return hasFile ? undefined : offers?.[0];
}

function Invitation(): JSX.Element {
  return (
    <div class="panel invitation">
      <p>
        <strong>Drop an export of a campaign here.</strong> It stays in this browser.
      </p>
      <p>
        <code>npx lufcheck campaign run examples/campaign.json</code> explores many cells on all
        cores; <code>npx lufcheck serve lufcheck.campaigns</code> shows them here while it runs.
      </p>
      <p class="dim">
        <code>npx lufcheck campaign export --stories -o cells.jsonl</code> writes the file to drop.
      </p>
    </div>
  );
}

async function textOf({ path, name }: OfferedCampaign): Promise<string> {
  const response = await fetchOwn(path);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return await response.text();
}
