// Every cell of a campaign in a line: what is found wrong opens as a story.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { counted, grouped } from '../../base/text.ts';
import { storyAddress } from '../../explain/story-address.ts';
import {
  type CellFilter,
  type CellLine,
  countsByShelf,
  shelves,
} from '../compute/campaign-model.ts';
import type { GiveCampaign } from './campaign-view.tsx';
import { SavedStory } from './saved-story.tsx';
import { TableBox } from './table-box.tsx';

interface Props {
  readonly lines: readonly CellLine[];
  /** Those that pass the filter. */
  readonly shown: readonly CellLine[];
  readonly filter: CellFilter;
  readonly onGive: GiveCampaign;
  readonly story: (name: string) => Promise<string | undefined>;
}

/** Rows that are made at once. */
const PAGE = 200;

export function CampaignCells({ lines, shown, filter, onGive, story }: Props): JSX.Element {
  const [most, setMost] = useState(PAGE);
  const key = `${filter.words} ${filter.shelf} ${filter.group}`;
  useEffect(() => setMost(PAGE), [key]);
  const counts = countsByShelf(lines);
  const surprises = lines.filter(({ expected }) => expected !== undefined).length;
  return (
    <>
      <div class="row board-tools">
        <fieldset class="tabs" aria-label="Verdicts">
          <Shelf id="" name="all" count={lines.length} {...{ filter, onGive }} />
          {surprises > 0 && (
            <Shelf id="unexpected" name="unexpected" count={surprises} {...{ filter, onGive }} />
          )}
          {shelves.map(([id, name]) => (
            <Shelf key={id} {...{ id, name, filter, onGive }} count={counts.get(id) ?? 0} />
          ))}
        </fieldset>
        <input
          type="search"
          class="filter"
          value={filter.words}
          placeholder="filter: LUF-buddy, stale ..."
          aria-label="Filter cells by words"
          onInput={(event) => onGive({ filter: event.currentTarget.value }, false)}
        />
        {filter.group !== '' && (
          <button
            type="button"
            title="show cells of every kind"
            onClick={() => onGive({ group: '' }, true)}
          >
            {filter.group} ×
          </button>
        )}
        <span class="dim" role="status">
          {counted(shown.length, 'cell')}
        </span>
      </div>
      <TableBox label="Cells">
        <table class="plain cells">
          <thead>
            <tr>
              <th scope="col">verdict</th>
              <th scope="col">cell</th>
              <th scope="col">to what bound, or why</th>
              <th scope="col" class="number">
                CPU time
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, most).map((line) => (
              <Line key={`${line.group} ${line.name}`} line={line} story={story} />
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p class="dim empty">No cell is like that.</p>}
        {shown.length > most && (
          <button type="button" class="more" onClick={() => setMost(most + 5 * PAGE)}>
            Show more: {grouped(shown.length - most)} are left
          </button>
        )}
      </TableBox>
    </>
  );
}

function Shelf(props: {
  readonly id: string;
  readonly name: string;
  readonly count: number;
  readonly filter: CellFilter;
  readonly onGive: GiveCampaign;
}): JSX.Element | null {
  const { id, name, count, filter, onGive } = props;
  if (count === 0 && filter.shelf !== id) return null;
  return (
    <button
      type="button"
      aria-pressed={filter.shelf === id}
      onClick={() => onGive({ verdict: id }, true)}
    >
      {name} <span class="dim">{grouped(count)}</span>
    </button>
  );
}

function Line(props: {
  readonly line: CellLine;
  readonly story: (name: string) => Promise<string | undefined>;
}): JSX.Element {
  const { name, kind, word, about, expected, address, story, seconds, deaths } = props.line;
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <tr>
        <td>
          <span class={`tag ${kind}`}>{word}</span>
          {expected !== undefined && <span class="bad"> expected: {expected}</span>}
        </td>
        <td>
          {address !== undefined ? (
            <a href={storyAddress(address)} title="its story, step by step">
              <code>{name}</code>
            </a>
          ) : story !== undefined ? (
            <button
              type="button"
              class="plain-button"
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
            >
              {isOpen ? '▾' : '▸'} <code>{name}</code>
            </button>
          ) : (
            <code>{name}</code>
          )}
        </td>
        <td>
          {about}
          {deaths.map((how, i) => (
            <div key={`${i} ${how}`} class="warn">
              a worker died of it: {how}
            </div>
          ))}
        </td>
        <td class="number">{seconds === 0 ? '' : `${seconds.toFixed(1)} s`}</td>
      </tr>
      {isOpen && story !== undefined && (
        <tr>
          <td colSpan={4}>
            <SavedStory load={() => props.story(story)} name={story} />
          </td>
        </tr>
      )}
    </>
  );
}
