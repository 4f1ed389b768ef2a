// The board: what the catalogue has and what came of it. Three tables: the hazards and their variants, scenarios
// by designs, flush points by scenarios. Each says where its verdicts are from.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../work/ask.ts';
import type { PageProps } from './app.tsx';
import { DesignsTable } from './board-designs.tsx';
import { HazardList } from './board-hazards.tsx';
import { PointsTable } from './board-points.tsx';
import { latest, useAnswer, useKeys } from './hooks.ts';
import { TroubleNote } from './trouble-note.tsx';

const tabs = [
  ['', 'Hazards', 'each hazard, its broken and its repaired variants'],
  ['designs', 'Designs', 'every scenario under every design as posted'],
  ['points', 'Flush points', 'what goes wrong without each flush point'],
] as const;

export function BoardPage({ hash, onHash }: PageProps): JSX.Element {
  const given = new URLSearchParams(hash.split('?')[1] ?? '');
  const tab = given.get('by') ?? '';
  const words = given.get('filter') ?? '';
  const kind = given.get('verdict') ?? '';
  const [focus, setFocus] = useState(0);
  const loaded = useAnswer('index', () => ask('index', {}));
  const index = latest(loaded);
  useKeys({ '/': () => setFocus(focus + 1) });
  const go = (changes: Record<string, string>, isNew: boolean): void => {
    const next = new URLSearchParams(given);
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') next.delete(name);
      else next.set(name, value);
    }
    onHash(`#/${next.size === 0 ? '' : `?${next}`}`, isNew);
  };
  return (
    <>
      <div class="board-head">
        <h1>What can go wrong when a TLB flush is late</h1>
        <p class="dim intro">
          Each hazard is a small model of Linux mm, explored through every interleaving of its CPUs
          and their TLBs. Click a verdict: the shortest interleaving that goes wrong opens, step by
          step, and any step can be changed.
        </p>
      </div>
      <div class="row board-tools">
        <fieldset class="tabs" aria-label="Tables">
          {tabs.map(([id, name, about]) => (
            <button
              key={id}
              type="button"
              aria-pressed={tab === id}
              title={about}
              onClick={() => go({ by: id }, true)}
            >
              {name}
            </button>
          ))}
        </fieldset>
        <FilterBox
          key={focus}
          words={words}
          hasFocus={focus > 0}
          onWords={(filter) => go({ filter }, false)}
        />
        <select
          aria-label="Only rows with this verdict"
          value={kind}
          onChange={(event) => go({ verdict: event.currentTarget.value }, false)}
        >
          <option value="">every verdict</option>
          <option value="violated">violated</option>
          <option value="holds">holds</option>
          <option value="bounded">bounded</option>
        </select>
      </div>
      {loaded.state === 'trouble' && <TroubleNote trouble={loaded.trouble} />}
      {index === undefined ? (
        <p class="dim">reading the catalogue ...</p>
      ) : tab === 'designs' ? (
        <DesignsTable index={index} filter={{ words, kind }} />
      ) : tab === 'points' ? (
        <PointsTable
          index={index}
          filter={{ words, kind }}
          design={given.get('design') ?? 'luf-v11'}
          onDesign={(design) => go({ design }, true)}
        />
      ) : (
        <HazardList index={index} filter={{ words, kind }} />
      )}
    </>
  );
}

function FilterBox(props: {
  readonly words: string;
  readonly hasFocus: boolean;
  readonly onWords: (words: string) => void;
}): JSX.Element {
  return (
    <input
      type="search"
      class="filter"
      autofocus={props.hasFocus}
      ref={(element) => {
        if (props.hasFocus) element?.focus();
      }}
      value={props.words}
      placeholder="filter: munmap, swap, v12 ...   ( / )"
      aria-label="Filter by words"
      onInput={(event) => props.onWords(event.currentTarget.value)}
    />
  );
}
