// The picture of a recording: an overview of all of it, and lanes of the CPUs for the part that is shown. Drawn on
// canvases, from counts for each column of pixels.

import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import {
  countsIn,
  moved,
  type TraceSeries,
  totalsIn,
  type Window,
  zoomed,
} from '../compute/trace-series.ts';
import { classes, firstFrom } from '../compute/trace-table.ts';
import { lengthText, ticksIn, timeText } from '../compute/trace-text.ts';
import type { TracePicture } from '../work/trace-protocol.ts';

export interface Mark {
  readonly at: number;
  readonly cpu: number;
  readonly index: number;
}

interface Props {
  readonly picture: TracePicture;
  readonly series: TraceSeries;
  readonly marks: readonly Mark[];
  readonly window: Window;
  readonly whole: Window;
  /** The moment of the event that is chosen. */
  readonly chosen: number | undefined;
  readonly width: number;
  readonly theme: string;
  readonly onWindow: (window: Window) => void;
  readonly onPick: (at: number, cpu: number) => void;
  readonly onMark: (index: number) => void;
}

const OVERVIEW = 46;
const LANE = 62;
const AXIS = 22;
const LEFT = 58;

/** What a frame is drawn from: the overview's counts stay as long as its width and filter. */
type Drawn = Props & { readonly totals: Uint32Array };

interface Colours {
  readonly text: string;
  readonly dim: string;
  readonly line: string;
  readonly panel: string;
  readonly accent: string;
  readonly owed: string;
  readonly wrong: string;
  readonly classes: readonly string[];
}

function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ...{ text: of('--text'), dim: of('--dim'), line: of('--line'), panel: of('--panel') },
    ...{ accent: of('--accent'), owed: of('--stale'), wrong: of('--wrong') },
    classes: [of('--stale'), of('--tlb'), of('--good'), of('--dim'), of('--line')],
  };
}

export function TraceCanvas(props: Props): JSX.Element {
  const { picture, width, window: shown, whole, onWindow, onPick, onMark, marks } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const cpus = Math.max(1, picture.table.cpuCount);
  const height = OVERVIEW + AXIS + cpus * LANE;
  const drag = useRef<{ x: number; window: Window; isOverview: boolean; far: boolean } | undefined>(
    undefined,
  );
  const { series } = props;
  const totals = useMemo(() => totalsIn(series, whole, columnsOf(width)), [series, whole, width]);
  const latestProps = useRef<Drawn>({ ...props, totals });
  latestProps.current = { ...props, totals };

  useLayoutEffect(() => {
    const frame = requestAnimationFrame(() => {
      if (canvas.current !== null) draw(canvas.current, latestProps.current, height);
    });
    return () => cancelAnimationFrame(frame);
  });

  const timeAt = (x: number, { from, to }: Window): number =>
    from + ((x - LEFT) / (width - LEFT)) * (to - from);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const wheel = (event: WheelEvent): void => {
      const { window: now, whole: all, onWindow: tell } = latestProps.current;
      event.preventDefault();
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        const by = (event.deltaX || event.deltaY) / (element.clientWidth - LEFT);
        tell(moved(now, by * (now.to - now.from), all));
        return;
      }
      const x = event.clientX - element.getBoundingClientRect().left;
      const share = Math.max(0, (x - LEFT) / (element.clientWidth - LEFT));
      const around = now.from + share * (now.to - now.from);
      tell(zoomed(now, around, Math.exp(event.deltaY / 400), all));
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, []);

  const place = (event: PointerEvent): { x: number; y: number } => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const down = (event: PointerEvent): void => {
    const { x, y } = place(event);
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    drag.current = { x, window: shown, isOverview: y < OVERVIEW, far: false };
    if (y < OVERVIEW) centre(x);
  };
  const centre = (x: number): void => {
    const middle = timeAt(x, whole);
    const half = (shown.to - shown.from) / 2;
    onWindow(moved({ from: middle - half, to: middle + half }, 0, whole));
  };
  const move = (event: PointerEvent): void => {
    const start = drag.current;
    if (start === undefined) return;
    const { x } = place(event);
    if (Math.abs(x - start.x) > 3) start.far = true;
    if (start.isOverview) centre(x);
    else if (start.far) {
      const size = start.window.to - start.window.from;
      onWindow(moved(start.window, ((start.x - x) / (width - LEFT)) * size, whole));
    }
  };
  const up = (event: PointerEvent): void => {
    const start = drag.current;
    drag.current = undefined;
    if (start === undefined || start.far || start.isOverview) return;
    const { x, y } = place(event);
    const cpu = Math.floor((y - OVERVIEW - AXIS) / LANE);
    const at = timeAt(x, shown);
    const near = ((shown.to - shown.from) / (width - LEFT)) * 6;
    const mark = marks.find((one) => one.cpu === cpu && Math.abs(one.at - at) <= near);
    if (mark !== undefined) onMark(mark.index);
    else if (cpu >= 0 && x >= LEFT) onPick(at, cpu);
  };

  return (
    <canvas
      ref={canvas}
      class="trace-canvas"
      role="img"
      aria-label={`${picture.facts}; shown: ${lengthText(shown.to - shown.from)} from ${timeText(shown.from, picture.base)} s. The list of events beside has the same as text.`}
      style={{ width: `${width}px`, height: `${height}px` }}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
    />
  );
}

function columnsOf(width: number): number {
  return Math.max(1, Math.floor(width - LEFT));
}

function draw(canvas: HTMLCanvasElement, props: Drawn, height: number): void {
  const { width, window: shown, picture, series } = props;
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const to = canvas.getContext('2d');
  if (to === null) return;
  const colours = coloursOf(canvas);
  to.setTransform(ratio, 0, 0, ratio, 0, 0);
  to.clearRect(0, 0, width, height);
  to.font = '12px system-ui, sans-serif';
  const columns = columnsOf(width);
  overview(to, props, colours, columns);
  axis(to, props, colours, columns);
  const cpus = Math.max(1, picture.table.cpuCount);
  for (let cpu = 0; cpu < cpus; cpu++) {
    const top = OVERVIEW + AXIS + cpu * LANE;
    to.fillStyle = colours.text;
    to.fillText(`CPU ${cpu}`, 6, top + 24);
    to.strokeStyle = colours.line;
    to.beginPath();
    to.moveTo(0, top + 0.5);
    to.lineTo(width, top + 0.5);
    to.stroke();
    lane(to, series.times[cpu] ?? [], shown, { colours, columns, top: top + 4, height: LANE - 24 });
    debts(to, props, cpu, { colours, columns, top: top + LANE - 17 });
    gaps(to, props, cpu, { colours, columns, top });
    marksOf(to, props, cpu, { colours, columns, top });
  }
  const { chosen } = props;
  if (chosen !== undefined && chosen >= shown.from && chosen <= shown.to) {
    const x = LEFT + ((chosen - shown.from) / (shown.to - shown.from)) * columns;
    to.strokeStyle = colours.accent;
    to.beginPath();
    to.moveTo(x, OVERVIEW + AXIS);
    to.lineTo(x, height);
    to.stroke();
  }
}

type To = CanvasRenderingContext2D;

function overview(
  to: To,
  { whole, window: shown, marks, totals: sum }: Drawn,
  colours: Colours,
  columns: number,
): void {
  const most = sum.reduce((a, b) => Math.max(a, b), 1);
  to.fillStyle = colours.dim;
  for (let i = 0; i < columns; i++) {
    const size = sum[i] === 0 ? 0 : Math.max(1, ((sum[i] as number) / most) * (OVERVIEW - 14));
    to.fillRect(LEFT + i, OVERVIEW - 8 - size, 1, size);
  }
  const size = whole.to - whole.from;
  to.fillStyle = colours.wrong;
  for (const { at } of marks) to.fillRect(LEFT + ((at - whole.from) / size) * columns - 1, 0, 2, 6);
  const x = LEFT + ((shown.from - whole.from) / size) * columns;
  const w = Math.max(3, ((shown.to - shown.from) / size) * columns);
  to.strokeStyle = colours.accent;
  to.lineWidth = 1.5;
  to.strokeRect(x, 1, w, OVERVIEW - 8);
  to.lineWidth = 1;
  to.fillStyle = colours.text;
  to.fillText('all of it', 6, 24);
}

function axis(
  to: To,
  { window: { from, to: end }, picture }: Props,
  colours: Colours,
  columns: number,
): void {
  const size = end - from;
  const digits = Math.min(9, Math.max(3, Math.ceil(9 - Math.log10(size)) + 2));
  to.fillStyle = colours.dim;
  to.strokeStyle = colours.line;
  for (const tick of ticksIn(from, end, Math.max(2, columns / 140))) {
    const x = LEFT + ((tick - from) / size) * columns;
    to.beginPath();
    to.moveTo(x + 0.5, OVERVIEW + 12);
    to.lineTo(x + 0.5, OVERVIEW + AXIS);
    to.stroke();
    to.fillText(timeText(tick, picture.base, digits), x + 3, OVERVIEW + 13);
  }
  to.fillText('seconds', 6, OVERVIEW + 13);
}

interface LanePlace {
  readonly colours: Colours;
  readonly columns: number;
  readonly top: number;
}

/** Bars of the classes on top of each other, by the square root of their number: one event is still seen. */
function lane(
  to: To,
  times: readonly Float64Array[],
  shown: Window,
  { colours, columns, top, height }: LanePlace & { readonly height: number },
): void {
  const counts = times.map((one) => countsIn(one, shown, columns));
  let most = 1;
  for (let i = 0; i < columns; i++) {
    let sum = 0;
    for (const one of counts) sum += one[i] as number;
    most = Math.max(most, sum);
  }
  const scale = height / Math.sqrt(most);
  for (let c = 0; c < classes.length; c++) {
    to.fillStyle = colours.classes[c] as string;
    for (let i = 0; i < columns; i++) {
      const own = counts[c]?.[i] as number;
      if (own === 0 || own === undefined) continue;
      let [below, sum] = [0, 0];
      for (let k = 0; k < counts.length; k++) {
        const n = counts[k]?.[i] as number;
        if (k < c) below += n;
        sum += n;
      }
      const full = Math.max(3, Math.sqrt(sum) * scale);
      const size = Math.max(1, (own / sum) * full);
      to.fillRect(LEFT + i, top + height - (below / sum) * full - size, 1, size);
    }
  }
}

/** A band while the CPU owes a flush, thicker for more pages. */
function debts(to: To, { picture, window: shown }: Props, cpu: number, place: LanePlace): void {
  const spans = picture.debts[cpu];
  if (spans === undefined) return;
  const { colours, columns, top } = place;
  const size = shown.to - shown.from;
  to.fillStyle = colours.owed;
  let lastX = -1;
  for (let i = firstFrom(spans.to, shown.from); i < spans.from.length; i++) {
    const from = spans.from[i] as number;
    if (from > shown.to) break;
    const x = LEFT + Math.max(0, ((from - shown.from) / size) * columns);
    const end = LEFT + Math.min(columns, (((spans.to[i] as number) - shown.from) / size) * columns);
    const isSame = Math.floor(end) === lastX;
    if (isSame) {
      // Nothing of it would be seen: go to the first that ends beyond this column.
      i = firstFrom(spans.to, shown.from + ((lastX + 1 - LEFT) / columns) * size, i + 1) - 1;
      continue;
    }
    // As thick as there are pages; with room for a text where there is one.
    const hasText = end - x > 70;
    const thick = hasText ? 13 : Math.min(13, 4 + Math.log2(spans.pages[i] as number));
    to.fillRect(x, top + (13 - thick), Math.max(1, end - x), thick);
    lastX = Math.floor(end);
    if (hasText) {
      to.fillStyle = colours.panel;
      to.fillText(`owes ${spans.pages[i]}`, x + 4, top + 10);
      to.fillStyle = colours.owed;
    }
  }
}

function gaps(to: To, { picture, window: shown }: Props, cpu: number, place: LanePlace): void {
  const { colours, columns, top } = place;
  const size = shown.to - shown.from;
  for (const gap of picture.gaps) {
    if (gap.cpu !== cpu || gap.from > shown.to || gap.until < shown.from) continue;
    const from = Math.max(gap.from, shown.from);
    const until = Math.min(gap.until, shown.to);
    const x = LEFT + ((from - shown.from) / size) * columns;
    const w = Math.max(2, ((until - from) / size) * columns);
    to.save();
    to.beginPath();
    to.rect(x, top + 2, w, LANE - 4);
    to.clip();
    to.fillStyle = colours.panel;
    to.fillRect(x, top + 2, w, LANE - 4);
    to.strokeStyle = colours.dim;
    for (let at = Math.floor((x - LANE) / 8) * 8; at < x + w; at += 8) {
      to.beginPath();
      to.moveTo(at, top + LANE);
      to.lineTo(at + LANE, top);
      to.stroke();
    }
    if (w > 60) {
      to.fillStyle = colours.text;
      to.fillText('records lost', x + 6, top + 20);
    }
    to.restore();
  }
}

function marksOf(to: To, { marks, window: shown }: Props, cpu: number, place: LanePlace): void {
  const { colours, columns, top } = place;
  to.fillStyle = colours.wrong;
  for (const mark of marks) {
    if (mark.cpu !== cpu || mark.at < shown.from || mark.at > shown.to) continue;
    const x = LEFT + ((mark.at - shown.from) / (shown.to - shown.from)) * columns;
    to.beginPath();
    to.moveTo(x, top + 2);
    to.lineTo(x + 5, top + 8);
    to.lineTo(x, top + 14);
    to.lineTo(x - 5, top + 8);
    to.fill();
    to.fillRect(x - 0.5, top + 8, 1, LANE - 14);
  }
}
