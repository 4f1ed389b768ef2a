import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { TraceVerdict } from '../../trace/check/verdict.ts';
import type { WhatIf } from '../../whatif/what-if.ts';
import { type TraceShown, timesOf, windowOf } from '../compute/trace-address.ts';
import { chosenBy, nearestEvent } from '../compute/trace-filter.ts';
import { moved, seriesOf, type Window, wholeOf, zoomed } from '../compute/trace-series.ts';
import { firstFrom } from '../compute/trace-table.ts';
import { eventDetail, lengthText, parseTime } from '../compute/trace-text.ts';
import type { TracePicture } from '../work/trace-protocol.ts';
import { EventList } from './event-list.tsx';
import { useKeys, useWidth } from './hooks.ts';
import { type Mark, TraceCanvas } from './trace-canvas.tsx';
import type { Part } from './trace-page.tsx';
import { TraceVerdictPanel } from './trace-verdict.tsx';
import { TroubleNote } from './trouble-note.tsx';
import { WhatIfChart } from './what-if-chart.tsx';

interface Props {
  readonly picture: TracePicture;
  readonly verdict: Part<TraceVerdict>;
  readonly whatIf: Part<WhatIf> | undefined;
  readonly onWhatIf: () => void;
  /** What is shown first; and whenever it becomes another one by itself. */
  readonly address: TraceShown;
  readonly onShown: (shown: TraceShown) => void;
}

/** Milliseconds of rest after which the address follows: browsers bear some changes of it a second. */
const REST = 300;

export function TraceView(props: Props): JSX.Element {
  const { picture, verdict, whatIf, onWhatIf, address, onShown } = props;
  const { table, base } = picture;
  const whole = useMemo(() => wholeOf(table), [table]);
  const [shown, setShown] = useState<Window>(() => windowOf(address, base, whole));
  const [words, setWords] = useState(address.filter);
  const chosenEvents = useMemo(() => chosenBy(table, words), [table, words]);
  const series = useMemo(() => seriesOf(table, chosenEvents), [table, chosenEvents]);
  const [event, setEvent] = useState(eventOf(address, table.count));
  const [violation, setViolation] = useState(address.violation);
  const [box, width] = useWidth();
  const marks = useMemo(
    (): Mark[] =>
      verdict.state !== 'there'
        ? []
        : verdict.value.violations.map(({ reused }, index) => ({
            at: parseTime(reused.time, base),
            cpu: reused.cpu,
            index,
          })),
    [verdict, base],
  );
  const own: TraceShown = {
    ...timesOf(shown, base, whole),
    filter: words,
    ...(violation === undefined ? {} : { violation }),
    ...(event === undefined ? {} : { event }),
  };
  useAddress(own, address, onShown, () => {
    setShown(windowOf(address, base, whole));
    setWords(address.filter);
    setEvent(eventOf(address, table.count));
    setViolation(address.violation);
  });
  const middle = (shown.from + shown.to) / 2;
  const zoom = (factor: number): void => setShown(zoomed(shown, middle, factor, whole));
  const pan = (share: number): void =>
    setShown(moved(shown, share * (shown.to - shown.from), whole));
  const openViolation = (index: number): void => {
    setViolation(index);
    const one = verdict.state === 'there' ? verdict.value.violations[index] : undefined;
    if (one === undefined) return;
    const from = parseTime(one.unmapped.time, base);
    const to = parseTime(one.reused.time, base);
    const room = Math.max((to - from) * 0.2, 2000);
    setShown(moved({ from: from - room, to: to + room }, 0, whole));
    setEvent(Math.max(0, firstFrom(table.time, to) - (to > (table.time.at(-1) ?? 0) ? 1 : 0)));
  };
  const pick = (at: number, cpu: number): void => {
    const near = nearestEvent(table, chosenEvents, at, cpu);
    if (near !== undefined) setEvent(near);
  };
  const choose = (one: number): void => {
    setEvent(one);
    const at = table.time[one] as number;
    if (at < shown.from || at > shown.to) {
      const size = shown.to - shown.from;
      setShown(moved({ from: at - size / 2, to: at + size / 2 }, 0, whole));
    }
  };
  useKeys({
    '+': () => zoom(0.5),
    '=': () => zoom(0.5),
    '-': () => zoom(2),
    '0': () => setShown(whole),
    ArrowLeft: () => pan(-0.2),
    ArrowRight: () => pan(0.2),
    n: () => marks.length > 0 && openViolation(Math.min(marks.length - 1, (violation ?? -1) + 1)),
    p: () => marks.length > 0 && openViolation(Math.max(0, (violation ?? 1) - 1)),
  });
  const theme = document.documentElement.dataset.theme ?? '';
  return (
    <div class="trace">
      <p class="dim facts">{picture.facts}</p>
      <div class="row trace-tools" role="toolbar" aria-label="Picture">
        <button type="button" title="Closer (+)" aria-label="Zoom in" onClick={() => zoom(0.5)}>
          +
        </button>
        <button type="button" title="Farther (-)" aria-label="Zoom out" onClick={() => zoom(2)}>
          -
        </button>
        <button type="button" title="All of it (0)" onClick={() => setShown(whole)}>
          all
        </button>
        <span class="dim">shown: {lengthText(shown.to - shown.from)}</span>
        <input
          type="search"
          class="filter"
          value={words}
          placeholder="task:kswapd mm:ffff888... page:0x29e2 cpu:1 kind:tlb.flush"
          aria-label="Filter events"
          onInput={(input) => setWords(input.currentTarget.value)}
        />
        <span class="grow" />
        <Key look="unmap" text="unmapped" />
        <Key look="map" text="mapped" />
        <Key look="flush" text="flush" />
        <Key look="frame" text="frame, cache" />
        <Key look="owed" text="a flush is owed" />
        <Key look="wrong" text="violation" />
      </div>
      <div class="panel picture" ref={box}>
        {width > 0 && (
          <TraceCanvas
            {...{ picture, series, marks, whole, theme }}
            window={shown}
            chosen={event === undefined ? undefined : table.time[event]}
            width={width}
            onWindow={setShown}
            onPick={pick}
            onMark={openViolation}
          />
        )}
      </div>
      <div class="trace-below">
        <EventList
          picture={picture}
          chosenBy={chosenEvents}
          from={shown.from}
          chosen={event}
          onChoose={choose}
        />
        <div class="trace-side">
          {event !== undefined && (
            <section class="panel" aria-label="The chosen event" role="status">
              <h2>{table.kinds[table.kind[event] as number]}</h2>
              <p class="mono">{eventDetail(table, event)}</p>
              <p class="dim">
                CPU {table.cpu[event]} · {table.texts[table.task[event] as number] || 'hardware'}
              </p>
            </section>
          )}
          {verdict.state === 'there' ? (
            <TraceVerdictPanel
              verdict={verdict.value}
              chosen={violation}
              onChoose={openViolation}
            />
          ) : verdict.state === 'trouble' ? (
            <TroubleNote trouble={verdict.trouble} />
          ) : (
            <p class="panel running" role="status">
              judging: {verdict.text}
            </p>
          )}
          <section class="panel" aria-label="What if">
            <h2>What would a deferred flush have saved?</h2>
            {whatIf === undefined ? (
              <button type="button" onClick={onWhatIf}>
                Replay it under each design
              </button>
            ) : whatIf.state === 'there' ? (
              <WhatIfChart answer={whatIf.value} />
            ) : whatIf.state === 'trouble' ? (
              <TroubleNote trouble={whatIf.trouble} />
            ) : (
              <p role="status">{whatIf.text}</p>
            )}
          </section>
        </div>
      </div>
    </div>
  );
}

function eventOf({ event }: TraceShown, count: number): number | undefined {
  return event !== undefined && event < count ? event : undefined;
}

/** Keeps the address as the view is, once it rests; and the view as the address is, when that is another one. */
function useAddress(
  own: TraceShown,
  address: TraceShown,
  onShown: (shown: TraceShown) => void,
  follow: () => void,
): void {
  const textOf = ({ from, to, filter, violation, event }: TraceShown): string =>
    JSON.stringify([from, to, filter, violation, event]);
  const [mine, given] = [textOf(own), textOf(address)];
  const told = useRef(given);
  // The latest: it knows which recording the address has by then.
  const tell = useRef(onShown);
  tell.current = onShown;
  useEffect(() => {
    if (mine === told.current) return;
    const timer = setTimeout(() => {
      told.current = mine;
      tell.current(own);
    }, REST);
    return () => clearTimeout(timer);
  }, [mine]);
  useEffect(() => {
    if (given === told.current) return;
    told.current = given;
    follow();
  }, [given]);
}

function Key({ look, text }: { readonly look: string; readonly text: string }): JSX.Element {
  return (
    <span class="key">
      <span class={`swatch ${look}`} aria-hidden="true" />
      {text}
    </span>
  );
}
