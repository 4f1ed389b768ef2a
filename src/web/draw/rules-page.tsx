// Which rules of a debugging kernel are enough, needed, or cry for nothing: a table whose numbers open as examples,
// and each example as a story.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { counted, listed } from '../../base/text.ts';
import { storyAddress } from '../../explain/story-address.ts';
import { addressOfCommand } from '../compute/board-model.ts';
import {
  catches,
  countsOf,
  type Example,
  misses,
  type RuleRow,
  type RulesData,
  type Witnesses,
} from '../compute/rules-model.ts';
import { propertyText } from '../compute/words.ts';
import type { PageProps } from './app.tsx';
import { siteData, siteFacts } from './fetch-json.ts';
import { latest, useAnswer } from './hooks.ts';
import { TableBox } from './table-box.tsx';
import { TroubleNote } from './trouble-note.tsx';
import '../styles/rules.css';

export function RulesPage({ hash, onHash }: PageProps): JSX.Element {
  const loaded = useAnswer('rules', () => siteData<RulesData>('rules.json'));
  const [fresh, setFresh] = useState<RulesData | undefined>(undefined);
  const data = fresh ?? latest(loaded);
  const open = new URLSearchParams(hash.split('?')[1] ?? '').get('rule') ?? '';
  return (
    <>
      <div class="row">
        <h1>Rules that tell when a deferred flush goes wrong</h1>
        <span class="grow" />
        <Live onData={setFresh} />
      </div>
      {loaded.state === 'trouble' && <TroubleNote trouble={loaded.trouble} />}
      {data === undefined ? (
        <p class="dim">
          {loaded.state === 'there'
            ? 'These pages came without computed answers: lufcheck serve can compute them.'
            : 'reading ...'}
        </p>
      ) : (
        <Answers data={data} isFresh={fresh !== undefined} open={open} onHash={onHash} />
      )}
    </>
  );
}

function Answers(props: {
  readonly data: RulesData;
  readonly isFresh: boolean;
  readonly open: string;
  readonly onHash: PageProps['onHash'];
}): JSX.Element {
  const { data, isFresh, open, onHash } = props;
  const { wrong, right, stuck, open: undecided } = countsOf(data);
  const [all] = data.enough;
  return (
    <>
      <p class="dim">
        {counted(data.questions.length, 'question')} asked of the model, each explored with all
        rules watching up to {data.bounds.maxStates.toLocaleString('en')} states: {wrong} go wrong,{' '}
        {right} do not,{stuck > 0 && ` ${stuck} only block for ever,`} {undecided} met the bound.{' '}
        {isFresh ? 'Computed by the server just now.' : 'Computed when these pages were made.'}
      </p>
      <div class="rules-short">
        {data.misses.map(({ name, rules, of, missed }) => (
          <div class="panel" key={name}>
            <h2>{name}</h2>
            <p>
              {rules.map((id) => (
                <code key={id}>{id} </code>
              ))}
            </p>
            <p>
              are not enough: in <strong>{missed.count}</strong> of {of} questions that go wrong,
              some interleaving does so before either has fired. <WitnessLinks witnesses={missed} />
            </p>
          </div>
        ))}
        {all !== undefined && (
          <div class="panel">
            <h2>Enough, without a false alarm</h2>
            <p>
              {listed((all.sets[0] ?? []).map((id) => id))}: the smallest set of quiet rules that
              speaks of all that any quiet rule speaks of.
            </p>
            <p>
              It leaves <strong>{all.missed.count}</strong> of {all.breaks} unannounced (
              {all.design}). <WitnessLinks witnesses={all.missed} />
            </p>
          </div>
        )}
      </div>
      <TableBox label="Rules" isWhole>
        <table class="board rules">
          <thead>
            <tr>
              <th scope="col">rule</th>
              <th scope="col" title="questions in which something could have broken it">
                put to the test
              </th>
              <th scope="col" title="questions in which it had spoken by some wrong access">
                catches
              </th>
              <th scope="col" title="wrong accesses of which no other rule had spoken">
                alone
              </th>
              <th scope="col" title="questions in which it speaks only after the harm">
                too late
              </th>
              <th scope="col" title="it fires where nothing can go wrong">
                false alarms
              </th>
            </tr>
          </thead>
          <tbody>
            {data.rules.map((rule) => (
              <Rule
                key={rule.id}
                rule={rule}
                data={data}
                isOpen={open === rule.id}
                onToggle={() =>
                  onHash(open === rule.id ? '#/rules' : `#/rules?rule=${rule.id}`, true)
                }
              />
            ))}
          </tbody>
        </table>
      </TableBox>
    </>
  );
}

function Rule(props: {
  readonly rule: RuleRow;
  readonly data: RulesData;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}): JSX.Element {
  const { rule, data, isOpen, onToggle } = props;
  const { id, says, tested, told, only, after, falseAlarms } = rule;
  return (
    <>
      <tr class={isOpen ? 'is-open' : ''}>
        <th scope="row">
          <button type="button" class="plain-button" aria-expanded={isOpen} onClick={onToggle}>
            <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> <code>{id}</code>
          </button>
          <span class="says">{says}</span>
        </th>
        <td class="number">{tested}</td>
        <td class={`number ${told > 0 ? 'good' : ''}`}>{told}</td>
        <td class="number">{only.count}</td>
        <td class="number">{after}</td>
        <td class={`number ${falseAlarms.count > 0 ? 'bad' : ''}`}>{falseAlarms.count}</td>
      </tr>
      {isOpen && (
        <tr class="detail">
          <td colSpan={6}>
            <p>
              Asked for by: {rule.askedBy}. It cannot see {rule.cannotSee}.
              {rule.inAdvance > 0 &&
                ` In ${rule.inAdvance} questions it fires early: where a flush point is missing that is needed elsewhere.`}
            </p>
            <div class="examples">
              <Examples title="Catches" kind="violated" examples={catches(data, id)} />
              <Examples title="Misses" kind="bounded" examples={misses(data, id)} />
              <Examples
                title="False alarms"
                kind="holds"
                examples={falseAlarms.perScenario.map(({ command, steps }) => ({
                  command,
                  steps,
                  text: 'fires, nothing wrong',
                }))}
              />
            </div>
          </td>
        </tr>
      )}
    </>
  );
}

function Examples(props: {
  readonly title: string;
  readonly kind: string;
  readonly examples: readonly Example[];
}): JSX.Element {
  const { title, kind, examples } = props;
  return (
    <section>
      <h2>{title}</h2>
      {examples.length === 0 && <p class="dim">none</p>}
      <ul>
        {examples.map(({ command, steps, text }) => (
          <li key={command.join(' ')}>
            <a href={storyAddress(addressOfCommand(command))}>{command.slice(1).join(' ')}</a>{' '}
            <span class={`tag ${kind}`}>{propertyText(text)}</span>{' '}
            <span class="dim">{steps} steps</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function WitnessLinks({ witnesses }: { readonly witnesses: Witnesses }): JSX.Element {
  return (
    <>
      {witnesses.perScenario.slice(0, 3).map(({ command, scenario }, i) => (
        <span key={scenario}>
          {i > 0 && ', '}
          <a href={storyAddress(addressOfCommand(command))}>{command[1]}</a>
        </span>
      ))}
    </>
  );
}

/** Asks the server to compute the table now; where there is no such server there is no button. */
function Live({ onData }: { readonly onData: (data: RulesData) => void }): JSX.Element | null {
  const [isServed, setServed] = useState(false);
  const [progress, setProgress] = useState<string | undefined>(undefined);
  const events = useRef<EventSource | undefined>(undefined);
  useEffect(() => {
    siteFacts().then(
      ({ server }) => setServed(server),
      () => {},
    );
    return () => events.current?.close();
  }, []);
  const stop = (): void => {
    events.current?.close();
    setProgress(undefined);
  };
  const start = (): void => {
    const source = new EventSource('./runs/rules');
    events.current = source;
    setProgress('starting');
    source.addEventListener('progress', (event) => setProgress(JSON.parse(event.data) as string));
    source.addEventListener('answer', (event) => {
      onData(JSON.parse(event.data) as RulesData);
      stop();
    });
    source.addEventListener('trouble', (event) => {
      source.close();
      setProgress(`it failed: ${JSON.parse(event.data)}`);
    });
  };
  if (!isServed) return null;
  if (progress === undefined) {
    return (
      <button
        type="button"
        title="The catalogue's own variants, by threads of this machine: some minutes"
        onClick={start}
      >
        Compute now
      </button>
    );
  }
  return (
    <span class="row" role="status">
      <span class="dim">{progress}</span>
      <button type="button" onClick={stop}>
        Cancel
      </button>
    </span>
  );
}
