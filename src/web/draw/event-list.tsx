// The events that are shown, as a list: only the rows that can be seen are made, however many there are.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { grouped } from '../../base/text.ts';
import { rowOf } from '../compute/trace-filter.ts';
import { firstFrom } from '../compute/trace-table.ts';
import { eventDetail, timeText } from '../compute/trace-text.ts';
import type { TracePicture } from '../work/trace-protocol.ts';

interface Props {
  readonly picture: TracePicture;
  /** Indexes of the events of a filter; left out: all. */
  readonly chosenBy: Uint32Array | undefined;
  /** The moment at which the list begins when it changes. */
  readonly from: number;
  readonly chosen: number | undefined;
  readonly onChoose: (event: number) => void;
}

const ROW = 22;

export function EventList({ picture, chosenBy, from, chosen, onChoose }: Props): JSX.Element {
  const { table, base } = picture;
  const total = chosenBy?.length ?? table.count;
  const box = useRef<HTMLDivElement>(null);
  const [rows, setRows] = useState(20);
  const [first, setFirst] = useState(0);
  const most = Math.max(0, total - rows);
  const eventAt = (row: number): number =>
    chosenBy === undefined ? row : (chosenBy[row] as number);
  useEffect(() => {
    const note = (): void =>
      setRows(Math.max(4, Math.floor((box.current?.clientHeight ?? 440) / ROW)));
    note();
    const observer = new ResizeObserver(note);
    if (box.current !== null) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const event = firstFrom(table.time, from);
    setFirst(Math.min(most, chosenBy === undefined ? event : rowOf(chosenBy, event)));
  }, [from, chosenBy, table]);
  useEffect(() => {
    if (chosen === undefined) return;
    const row = chosenBy === undefined ? chosen : rowOf(chosenBy, chosen);
    setFirst((old) =>
      row >= old && row < old + rows ? old : Math.max(0, Math.min(most, row - 3)),
    );
  }, [chosen]);
  const scroll = (by: number): void => setFirst((old) => Math.max(0, Math.min(most, old + by)));
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      scroll(Math.round(event.deltaY / ROW) || Math.sign(event.deltaY));
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [most]);
  const keys = (event: KeyboardEvent): void => {
    const row =
      chosen === undefined ? first : chosenBy === undefined ? chosen : rowOf(chosenBy, chosen);
    const to = { ArrowDown: row + 1, ArrowUp: row - 1, PageDown: row + rows, PageUp: row - rows }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const at = Math.max(0, Math.min(total - 1, to));
    if (total > 0) onChoose(eventAt(at));
  };
  const shown = Array.from({ length: Math.min(rows, total) }, (_, i) => Math.min(first, most) + i);
  return (
    <section class="panel events" aria-label="Events">
      <h2>
        Events <span class="dim">{grouped(total)}</span>
      </h2>
      <div class="events-box">
        <div
          ref={box}
          class="events-rows"
          role="listbox"
          tabIndex={0}
          aria-label="Events in the order of time"
          onKeyDown={keys}
        >
          {shown.map((row) => {
            const event = eventAt(row);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the focus, and keys of its own
              <div
                key={row}
                class="event"
                role="option"
                tabIndex={-1}
                aria-selected={event === chosen}
                title={eventDetail(table, event)}
                onClick={() => onChoose(event)}
              >
                <span class="mono dim">{timeText(table.time[event] as number, base)}</span>
                <span>{table.cpu[event]}</span>
                <span class="kind">{table.kinds[table.kind[event] as number]}</span>
                <span class="dim">{table.texts[table.task[event] as number]}</span>
                <span class="mono detail">{eventDetail(table, event)}</span>
              </div>
            );
          })}
          {total === 0 && <p class="dim">No event passes the filter.</p>}
        </div>
        <input
          type="range"
          class="events-scroll"
          aria-label="Place in the list of events"
          min={0}
          max={most}
          value={most - Math.min(first, most)}
          onInput={(event) => setFirst(most - Number(event.currentTarget.value))}
        />
      </div>
    </section>
  );
}
