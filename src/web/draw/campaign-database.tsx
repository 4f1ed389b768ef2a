// A database that the server follows: which campaign of it is shown, and how it stands.

import type { JSX } from 'preact';
import { duration } from '../../base/text.ts';
import type { CampaignCell } from '../../campaign/store.ts';
import { summaryOf } from '../../campaign/summary.ts';
import type { Followed } from '../compute/campaign-model.ts';
import { CampaignView, type GiveCampaign } from './campaign-view.tsx';
import { latest, useAnswer } from './hooks.ts';
import { TroubleNote } from './trouble-note.tsx';
import { useFollowed } from './use-campaigns.ts';

interface Listed {
  readonly id: string;
  readonly begun: string;
  readonly cells: number;
  readonly state: string;
}

interface Props {
  readonly path: string;
  readonly given: URLSearchParams;
  readonly onGive: GiveCampaign;
}

export function CampaignDatabase({ path, given, onGive }: Props): JSX.Element {
  const loaded = useAnswer(path, () => part<{ campaigns: readonly Listed[] }>(path));
  if (loaded.state === 'trouble') return <TroubleNote trouble={loaded.trouble} />;
  const campaigns = latest(loaded)?.campaigns;
  if (campaigns === undefined) return <p class="dim">reading the database ...</p>;
  const id = given.get('id') ?? campaigns.at(-1)?.id;
  if (id === undefined) return <p>No campaign has been begun in this database.</p>;
  return (
    <>
      {campaigns.length > 1 && (
        <label class="row">
          campaign{' '}
          <select value={id} onChange={(event) => onGive({ id: event.currentTarget.value }, true)}>
            {campaigns.map((one) => (
              <option key={one.id} value={one.id}>
                {one.id}: {one.cells.toLocaleString('en')} cells, {one.state}
              </option>
            ))}
          </select>
        </label>
      )}
      <Live key={id} {...{ path, id, given, onGive, campaigns }} />
    </>
  );
}

function Live(
  props: Props & { readonly id: string; readonly campaigns: readonly Listed[] },
): JSX.Element {
  const { path, id, given, onGive, campaigns } = props;
  const { shown, trouble, isCut } = useFollowed(path, id);
  return (
    <>
      {trouble !== undefined && <TroubleNote trouble={trouble} />}
      {isCut && (
        <p class="warn" role="alert">
          The server does not answer any more: this is what was known until then.
        </p>
      )}
      {shown === undefined ? (
        trouble === undefined && <p class="dim">reading the campaign ...</p>
      ) : (
        <>
          <Standing shown={shown} />
          <CampaignView
            id={id}
            cells={shown.cells}
            record={{ ...shown.head, cells: shown.cells }}
            {...{ given, onGive }}
            story={async (name) => (await part<{ text: string }>(`${path}/blob/${name}`)).text}
            others={campaigns.filter((one) => one.id !== id).map((one) => one.id)}
            other={async (one) =>
              (await part<{ cells: readonly CampaignCell[] }>(`${path}/${one}`)).cells
            }
          />
        </>
      )}
    </>
  );
}

/** How far it is, while it runs and later. */
function Standing({ shown: { head, cells } }: { readonly shown: Followed }): JSX.Element {
  const { total } = summaryOf({ ...head, cells });
  return (
    <section class={head.isRunning ? 'panel running standing' : 'panel standing'}>
      <div class="row">
        <strong>{head.id}</strong>
        <span class={`tag ${head.isRunning ? 'bounded' : 'none'}`}>{head.stateText}</span>
        <progress
          max={Math.max(1, total.cells)}
          value={total.done}
          aria-label="cells looked at as far as was asked"
        />
        <span role="status">
          {total.done.toLocaleString('en')} of {total.cells.toLocaleString('en')} cells looked at as
          far as was asked
          {head.listed ? '' : ' (more are being listed)'}
        </span>
        <span class="grow" />
        <span class="dim">
          begun {head.begun.slice(0, 16).replace('T', ' ')} UTC, {duration(total.seconds)} of CPU
          time
        </span>
      </div>
      {head.spec.says !== undefined && <p class="dim">{head.spec.says}</p>}
      {head.forecast !== undefined && <p class="dim">{head.forecast}</p>}
    </section>
  );
}

async function part<T>(path: string): Promise<T> {
  const response = await fetch(path);
  const answer = (await response.json()) as T & { trouble?: { message: string; where?: string } };
  if (answer.trouble !== undefined) {
    const { message, where } = answer.trouble;
    throw new Error(where === undefined ? message : `${where}: ${message}`);
  }
  return answer;
}
