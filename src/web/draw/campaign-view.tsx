// A campaign: how far everything is known by kind of cell, then each cell with its verdict, its bound and its story;
// or what differs from another campaign.

import type { JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { compareCampaigns } from '../../campaign/compare.ts';
import type { CampaignCell, CampaignRecord } from '../../campaign/store.ts';
import { summaryOf } from '../../campaign/summary.ts';
import { expectedText } from '../../report/campaign-status-text.ts';
import { readCampaignFile } from '../compute/campaign-file.ts';
import { cellLine, linesThatPass, recordOf } from '../compute/campaign-model.ts';
import type { Trouble } from '../work/protocol.ts';
import { troubleOf } from '../work/trouble.ts';
import { CampaignCells } from './campaign-cells.tsx';
import { CampaignDifferences } from './campaign-differences.tsx';
import { CampaignSummary } from './campaign-summary.tsx';
import { latest, useAnswer } from './hooks.ts';
import { TroubleNote } from './trouble-note.tsx';

/** Changes of the address. */
export type GiveCampaign = (changes: Readonly<Record<string, string>>, isNew: boolean) => void;

interface Props {
  readonly id: string;
  readonly cells: readonly CampaignCell[];
  /** With what was asked; left out where only the cells are known. */
  readonly record?: CampaignRecord;
  /** The file that they are from. */
  readonly from?: string;
  readonly given: URLSearchParams;
  readonly onGive: GiveCampaign;
  /** A story as it was saved. */
  readonly story: (name: string) => Promise<string | undefined>;
  /** Campaigns beside it, for differences. */
  readonly others: readonly string[];
  readonly other?: (id: string) => Promise<readonly CampaignCell[]>;
}

export function CampaignView(props: Props): JSX.Element {
  const { id, cells, record, from, given, onGive, story, others } = props;
  const summary = useMemo(() => summaryOf(record ?? recordOf(id, cells)), [cells, record]);
  const lines = useMemo(() => cells.map(cellLine), [cells]);
  const filter = {
    words: given.get('filter') ?? '',
    shelf: given.get('verdict') ?? '',
    group: given.get('group') ?? '',
  };
  const shown = useMemo(
    () => linesThatPass(lines, filter),
    [lines, filter.words, filter.shelf, filter.group],
  );
  const expected = expectedText(summary.total);
  return (
    <>
      {from !== undefined && (
        <p class="dim facts">
          <code>{from}</code> · campaign {id}, {cells.length.toLocaleString('en')} cells. What was
          asked of them is not in the file.
        </p>
      )}
      <CampaignSummary {...summary} group={filter.group} onGive={onGive} />
      {expected !== undefined && (
        <p class={summary.total.unexpected > 0 ? 'bad' : 'dim'}>{expected}</p>
      )}
      <Against {...{ cells, given, onGive, others }} other={props.other} />
      <CampaignCells {...{ lines, shown, filter, onGive, story }} />
    </>
  );
}

interface AgainstProps {
  readonly cells: readonly CampaignCell[];
  readonly given: URLSearchParams;
  readonly onGive: GiveCampaign;
  readonly others: readonly string[];
  readonly other: Props['other'];
}

/** Another campaign to hold it against: of the same database, or from an export. */
function Against({ cells, given, onGive, others, other }: AgainstProps): JSX.Element {
  const [file, setFile] = useState<{ name: string; cells: readonly CampaignCell[] } | undefined>();
  const [trouble, setTrouble] = useState<Trouble | undefined>(undefined);
  const input = useRef<HTMLInputElement>(null);
  const asked = given.get('with') ?? '';
  const loaded = useAnswer(asked, async () =>
    asked === '' || !others.includes(asked) ? undefined : await other?.(asked),
  );
  const before = file ?? namedIf(asked, latest(loaded));
  const differences = useMemo(
    () => (before === undefined ? undefined : compareCampaigns({ cells: before.cells }, { cells })),
    [before?.cells, cells],
  );
  const read = async (one: File): Promise<void> => {
    try {
      setFile({ name: one.name, ...readCampaignFile(one.name, await one.text()) });
      setTrouble(undefined);
    } catch (error) {
      setTrouble(troubleOf(error));
    }
  };
  return (
    <section class="against" aria-label="Differences">
      <div class="row">
        {others.length > 0 && (
          <label>
            differences from{' '}
            <select
              value={asked}
              onChange={(event) => {
                setFile(undefined);
                onGive({ with: event.currentTarget.value }, true);
              }}
            >
              <option value="">no other campaign</option>
              {others.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </label>
        )}
        <input
          ref={input}
          class="hidden"
          type="file"
          tabIndex={-1}
          aria-label="A file: an earlier campaign"
          onChange={(event) => {
            const one = event.currentTarget.files?.[0];
            if (one !== undefined) void read(one);
            event.currentTarget.value = '';
          }}
        />
        <button
          type="button"
          title="An export of an earlier campaign: what has changed since"
          onClick={() => input.current?.click()}
        >
          Compare with a file
        </button>
        {before !== undefined && (
          <button
            type="button"
            onClick={() => {
              setFile(undefined);
              onGive({ with: '' }, true);
            }}
          >
            Compare with nothing
          </button>
        )}
      </div>
      {loaded.state === 'trouble' && <TroubleNote trouble={loaded.trouble} />}
      {trouble !== undefined && <TroubleNote trouble={trouble} />}
      {before !== undefined && differences !== undefined && (
        <CampaignDifferences name={before.name} differences={differences} />
      )}
    </section>
  );
}

function namedIf(
  name: string,
  cells: readonly CampaignCell[] | undefined,
): { readonly name: string; readonly cells: readonly CampaignCell[] } | undefined {
  return name === '' || cells === undefined ? undefined : { name, cells };
}
