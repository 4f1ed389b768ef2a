// The workbench: a path or a scenario of one's own, explored in workers, its story below.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { counted } from '../../base/text.ts';
import { readStoryAddress, type StoryAddress, storyAddress } from '../../explain/story-address.ts';
import type { BoardIndex } from '../compute/board-index.ts';
import { packText, unpackText } from '../compute/packed-text.ts';
import { kindOf, propertyText } from '../compute/words.ts';
import { type Running, run } from '../work/ask.ts';
import type { Found, Progress, Trouble } from '../work/protocol.ts';
import type { PageProps } from './app.tsx';
import { CodeEditor, type TypeTrouble } from './code-editor.tsx';
import { asTrouble } from './hooks.ts';
import { progressText } from './story-explorer.tsx';
import { StoryPage } from './story-page.tsx';
import { TroubleNote } from './trouble-note.tsx';
import '../styles/workbench.css';

const examples = import.meta.glob<string>('../../../examples/*.ts', {
  query: '?raw',
  import: 'default',
});
const exampleNames = Object.keys(examples).map((path) => path.replace(/^.*\//, ''));
const FIRST = 'hasty-munmap.ts';
const MOST_STATES = 3_000_000;
const MOST_SECONDS = 120;
/** A text that is still not read after this many milliseconds will not be. */
const PATIENCE = 10_000;

type Outcome =
  | { readonly kind: 'running'; readonly progress?: Progress }
  | { readonly kind: 'done'; readonly found: Found }
  | { readonly kind: 'trouble'; readonly trouble: Trouble };

export function WorkbenchPage({ hash, onHash }: PageProps): JSX.Element {
  const [text, setText] = useState<string | undefined>(undefined);
  /** The text that was read last, and what is in it. */
  const [read, setRead] = useState<{ text: string; index: BoardIndex } | undefined>(undefined);
  const [trouble, setTrouble] = useState<Trouble | undefined>(undefined);
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const [types, setTypes] = useState<readonly TypeTrouble[] | undefined>(undefined);
  const [isForeign, setForeign] = useState(false);
  const running = useRef<Running<unknown>[]>([]);
  const reading = useRef<{ text: string; index: Promise<BoardIndex | undefined> } | undefined>(
    undefined,
  );
  const given = new URLSearchParams(hash.split('?')[1] ?? '');
  const story = readStoryAddress(given.get('story') ?? '');

  useEffect(() => {
    const packed = given.get('text');
    void (packed === null ? Promise.resolve(undefined) : unpackText(packed)).then(async (sent) => {
      setForeign(sent !== undefined);
      setText(sent ?? (await example(FIRST)));
    });
    return stop;
  }, []);

  useEffect(() => {
    // What came with a link runs when its reader says so.
    if (text === undefined || isForeign || read?.text === text) return;
    const timer = setTimeout(() => void understand(text), 500);
    return () => clearTimeout(timer);
  }, [text, isForeign]);

  function stop(): void {
    for (const one of running.current) one.cancel();
    running.current = [];
  }

  /** Reads a text; once, however often it is asked for. */
  function understand(source: string): Promise<BoardIndex | undefined> {
    if (reading.current?.text !== source) {
      reading.current = { text: source, index: readText(source) };
    }
    return reading.current.index;
  }

  async function readText(source: string): Promise<BoardIndex | undefined> {
    const question = run('index', { source });
    const late = new Promise<never>((_, failed) => {
      setTimeout(() => failed(new Error('the text does not come to an end')), PATIENCE);
    });
    try {
      const index = await Promise.race([question.answer, late]);
      setRead({ text: source, index });
      setTrouble(undefined);
      return index;
    } catch (error) {
      question.cancel();
      setRead(undefined);
      setTrouble(asTrouble(error));
      return undefined;
    }
  }

  async function address(changes: { text?: string; story?: StoryAddress }): Promise<void> {
    const next = new URLSearchParams();
    next.set('text', await packText(changes.text ?? text ?? ''));
    if (changes.story !== undefined) next.set('story', storyAddress(changes.story));
    onHash(`#/workbench?${next}`, changes.story !== undefined && story === undefined);
  }

  const edit = (next: string): void => {
    if (next === text) return;
    stop();
    setText(next);
    setForeign(false);
    setOutcomes(new Map());
  };

  const exploreAll = async (): Promise<void> => {
    if (text === undefined) return;
    stop();
    setForeign(false);
    const index = await understand(text);
    if (index === undefined) return;
    await address({ text });
    for (const name of namesIn(index)) {
      const one = run(
        'find',
        {
          subject: { variant: name },
          source: text,
          maxStates: MOST_STATES,
          maxSeconds: MOST_SECONDS,
        },
        (progress) => note(name, { kind: 'running', progress }),
      );
      running.current.push(one);
      note(name, { kind: 'running' });
      await one.answer.then(
        (found) => note(name, { kind: 'done', found }),
        (error) => note(name, { kind: 'trouble', trouble: asTrouble(error) }),
      );
    }
    running.current = [];
  };
  const note = (name: string, outcome: Outcome): void =>
    setOutcomes((old) => new Map(old).set(name, outcome));
  const cancel = (): void => {
    stop();
    setOutcomes((old) => new Map([...old].filter(([, one]) => one.kind !== 'running')));
  };
  const choose = async (name: string): Promise<void> => {
    stop();
    setForeign(false);
    edit(await example(name));
    onHash('#/workbench', false);
  };
  const isRunning = [...outcomes.values()].some(({ kind }) => kind === 'running');
  if (text === undefined) return <p class="dim">reading ...</p>;
  return (
    <>
      <div class="row">
        <h1>Workbench</h1>
        <p class="dim grow">
          A kernel path of your own against reclaim, the hardware and every interleaving. It runs in
          this browser.
        </p>
        <span class="dim">examples</span>
        {exampleNames.map((name) => (
          <button key={name} type="button" onClick={() => void choose(name)}>
            {name.replace(/\.ts$/, '')}
          </button>
        ))}
        {isRunning ? (
          <button type="button" onClick={cancel}>
            Cancel
          </button>
        ) : (
          <button type="button" class="main" title="Ctrl-Enter" onClick={() => void exploreAll()}>
            Explore
          </button>
        )}
      </div>
      <div class="workbench">
        <CodeEditor
          text={text}
          trouble={trouble}
          onText={edit}
          onRun={() => void exploreAll()}
          onTypes={setTypes}
        />
        <section class="panel" aria-label="Variants">
          <h2>Variants</h2>
          {isForeign && (
            <p>This text came with a link. It runs when you press Explore, or change it.</p>
          )}
          {trouble !== undefined && <TroubleNote trouble={trouble} />}
          {read === undefined && trouble === undefined && !isForeign && (
            <p class="dim">
              Explore (Ctrl-Enter) looks at every interleaving of each variant in this file, and
              lists here what goes wrong; a click opens its story.
            </p>
          )}
          <Types errors={types} />
          {read?.index.scenarios.map((scenario) => (
            <div key={scenario.id}>
              <p>
                <code>{scenario.id}</code> {scenario.title}
              </p>
              <ul class="results">
                {scenario.variants.map(({ id, says, expect }) => {
                  const name = `${scenario.id}:${id}`;
                  return (
                    <Result
                      key={id}
                      id={id}
                      says={says}
                      expect={expect}
                      outcome={outcomes.get(name)}
                      isOpen={story?.variant === name}
                      onOpen={(schedule) => void address({ story: { variant: name, schedule } })}
                    />
                  );
                })}
              </ul>
            </div>
          ))}
        </section>
      </div>
      {story !== undefined && read?.text === text && (
        <Below name={story.variant}>
          <StoryPage
            address={story}
            source={text}
            onAddress={(next) => void address({ story: next })}
          />
        </Below>
      )}
    </>
  );
}

/** So many are told in words; the others are marked in the text. */
const TOLD = 3;

function Types({ errors }: { readonly errors: readonly TypeTrouble[] | undefined }): JSX.Element {
  if (errors === undefined) return <p class="dim">types: looking ...</p>;
  return (
    <div role="status" class="types">
      {errors.length === 0 ? (
        <p class="dim">types: no error</p>
      ) : (
        <p class="bad">types: {counted(errors.length, 'error')}</p>
      )}
      {errors.slice(0, TOLD).map(({ line, message }) => (
        <p key={`${line} ${message}`}>
          line {line}: {message}
        </p>
      ))}
    </div>
  );
}

/** Comes into view when another story is opened. */
function Below({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.scrollIntoView({ block: 'start' }), [name]);
  return (
    <div class="below" ref={box}>
      {children}
    </div>
  );
}

function Result(props: {
  readonly id: string;
  readonly says: string;
  readonly expect: string;
  readonly outcome: Outcome | undefined;
  readonly isOpen: boolean;
  readonly onOpen: (schedule: string) => void;
}): JSX.Element {
  const { id, says, expect, outcome, isOpen, onOpen } = props;
  return (
    <li class={isOpen ? 'is-open' : ''}>
      <button
        type="button"
        title={says}
        onClick={() => onOpen(outcome?.kind === 'done' ? (outcome.found.schedule ?? '') : '')}
      >
        {id}
      </button>{' '}
      {outcome === undefined && <span class="dim">expected: {propertyText(expect)}</span>}
      {outcome?.kind === 'running' && (
        <span role="status" class="dim">
          {progressText(outcome.progress)}
        </span>
      )}
      {outcome?.kind === 'trouble' && <TroubleNote trouble={outcome.trouble} />}
      {outcome?.kind === 'done' && <Verdict found={outcome.found} expect={expect} />}
    </li>
  );
}

function Verdict({
  found,
  expect,
}: {
  readonly found: Found;
  readonly expect: string;
}): JSX.Element {
  const { verdict, property, states, depth, seconds, bound } = found;
  const came = verdict === 'violated' ? (property ?? verdict) : verdict;
  return (
    <>
      <span class={`tag ${kindOf(verdict)}`}>{propertyText(came)}</span>{' '}
      <span class="dim">
        {states.toLocaleString('en')} states, depth {depth}, {seconds.toFixed(1)} s
        {bound === undefined ? '' : `, stopped at ${bound}`}
      </span>
      {came !== expect && verdict !== 'bounded' && (
        <span class="warn"> not as expected: {propertyText(expect)}</span>
      )}
    </>
  );
}

function namesIn({ scenarios }: BoardIndex): string[] {
  return scenarios.flatMap(({ id, variants }) => variants.map((one) => `${id}:${one.id}`));
}

async function example(name: string): Promise<string> {
  const load = Object.entries(examples).find(([path]) => path.endsWith(`/${name}`))?.[1];
  return (await load?.()) ?? '';
}
