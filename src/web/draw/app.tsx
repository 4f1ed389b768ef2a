// The frame of all views: the address decides which is shown.

import type { ComponentType, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { readStoryAddress, storyAddress } from '../../explain/story-address.ts';
import { BoardPage } from './board-page.tsx';
import { useKeys } from './hooks.ts';
import { KeysHelp } from './keys-help.tsx';
import { StoryPage } from './story-page.tsx';
import { applyTheme, nextTheme, type Theme, themeNow } from './theme.ts';

/** The part of the page's address behind `#`, and how it is changed. */
export function useHash(): [string, (hash: string, isNew: boolean) => void] {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const note = (): void => setHash(window.location.hash);
    window.addEventListener('hashchange', note);
    window.addEventListener('popstate', note);
    return () => {
      window.removeEventListener('hashchange', note);
      window.removeEventListener('popstate', note);
    };
  }, []);
  const go = (next: string, isNew: boolean): void => {
    if (isNew) window.history.pushState(null, '', next);
    else window.history.replaceState(null, '', next);
    setHash(next);
  };
  return [hash, go];
}

export interface PageProps {
  readonly hash: string;
  readonly onHash: (hash: string, isNew: boolean) => void;
}

interface ViewEntry {
  /** In the address: `#/rules`. */
  readonly id: string;
  readonly name: string;
  readonly about: string;
  /** Read when it is wanted; the board, which comes first, is there at once. */
  readonly load?: () => Promise<ComponentType<PageProps>>;
}

/** All views, in the order of their links; a new one needs a line here and nothing else. */
const views: readonly ViewEntry[] = [
  { id: '', name: 'Board', about: 'Every hazard, under every design' },
  {
    ...{ id: 'rules', name: 'Rules', about: 'What each rule catches, misses and wrongly reports' },
    load: async () => (await import('./rules-page.tsx')).RulesPage,
  },
  {
    ...{ id: 'trace', name: 'Trace', about: 'A recording of a real kernel' },
    load: async () => (await import('./trace-page.tsx')).TracePage,
  },
  {
    ...{ id: 'lab', name: 'Lab', about: 'LUF on a real kernel, flush point by flush point' },
    load: async () => (await import('./lab-page.tsx')).LabPage,
  },
  {
    ...{ id: 'campaign', name: 'Campaigns', about: 'Many cells, and to what bound each is known' },
    load: async () => (await import('./campaign-page.tsx')).CampaignPage,
  },
  {
    ...{ id: 'workbench', name: 'Workbench', about: 'A path of your own, explored here' },
    load: async () => (await import('./workbench-page.tsx')).WorkbenchPage,
  },
];

export function App(): JSX.Element {
  const [hash, go] = useHash();
  const [isHelp, setHelp] = useState(false);
  const [theme, setTheme] = useState<Theme>(themeNow());
  const main = useRef<HTMLElement>(null);
  const view = /^#\/([a-z]+)/.exec(hash)?.[1] ?? '';
  useEffect(() => applyTheme(theme), [theme]);
  useEffect(() => {
    document.title = titleOf(view, hash);
  }, [view, hash]);
  useKeys({
    '?': () => setHelp(true),
    t: () => setTheme(nextTheme(theme)),
    g: () => main.current?.focus(),
  });
  return (
    <>
      <a
        class="skip"
        href={hash}
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        To the content
      </a>
      <header class="top">
        <a class="name" href="#/">
          lufcheck
        </a>
        <nav aria-label="Views">
          {views.map(({ id, name, about }) => (
            <a
              key={id}
              href={`#/${id}`}
              title={about}
              aria-current={(view === 'story' ? '' : view) === id ? 'page' : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
        <button type="button" title="Keys (?)" onClick={() => setHelp(true)}>
          Keys
        </button>
        <button type="button" title="Light or dark (t)" onClick={() => setTheme(nextTheme(theme))}>
          {theme === 'dark' ? 'Light' : 'Dark'}
        </button>
      </header>
      <main class="page" ref={main} tabIndex={-1}>
        <View view={view} hash={hash} onHash={go} />
      </main>
      {isHelp && <KeysHelp onClose={() => setHelp(false)} />}
    </>
  );
}

function View({ view, hash, onHash }: PageProps & { readonly view: string }): JSX.Element {
  const story = readStoryAddress(hash);
  if (story !== undefined) {
    return (
      <StoryPage
        address={story}
        href={storyAddress}
        onAddress={(address, isNew) => onHash(storyAddress(address), isNew)}
      />
    );
  }
  const load = views.find(({ id }) => id === view)?.load;
  if (load !== undefined) return <Later key={view} load={load} hash={hash} onHash={onHash} />;
  if (view === '') return <BoardPage hash={hash} onHash={onHash} />;
  return (
    <p>
      There is no such view. <a href="#/">The board</a> has everything.
    </p>
  );
}

function Later({
  load,
  ...props
}: PageProps & { readonly load: () => Promise<ComponentType<PageProps>> }): JSX.Element {
  const [Page, setPage] = useState<ComponentType<PageProps> | undefined>(undefined);
  useEffect(() => {
    void load().then((page) => setPage(() => page));
  }, [load]);
  return Page === undefined ? <p class="dim">reading ...</p> : <Page {...props} />;
}

function titleOf(view: string, hash: string): string {
  const story = readStoryAddress(hash);
  if (story !== undefined) return `${story.variant} · lufcheck`;
  const name = views.find(({ id }) => id === view)?.name ?? 'Board';
  return `${name} · lufcheck`;
}
