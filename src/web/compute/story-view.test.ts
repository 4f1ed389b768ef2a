import { beforeAll, expect, test } from 'vitest';
import { scenarios } from '../../catalogue/all.ts';
import { judge } from '../../explain/judge.ts';
import { statesOf } from './cells.ts';
import { columnsOf, pixelOf, rowHeights, topsOf } from './columns.ts';
import { allRows, condensedRows, pairsThatMatter, placeOfStep } from './rows.ts';
import { type Segment, segmentsOf } from './segments.ts';
import { besideView, choicesAt, type StoryView, storyView, viewAfter } from './story-view.ts';
import { bracketsOf, strokesOf } from './strokes.ts';
import { subjectNamed } from './subject.ts';

const broken = subjectNamed(scenarios, { variant: 'LUF-buddy:broken' });
const repaired = subjectNamed(scenarios, { variant: 'LUF-buddy:repaired' });
let schedule = '';
let view: StoryView;

beforeAll(() => {
  schedule = judge(broken.scenario, broken.variant).violation?.schedule ?? '';
  view = storyView(broken, schedule);
});

function stretches(of: StoryView, lane: string): string[] {
  return segmentsOf(of)
    .segments.filter((one) => one.lane === lane)
    .map(({ from, to, look }: Segment) => `${from}-${to} ${look}`);
}

test('a view has every step, its words, and the story', () => {
  expect(view.schedule).toBe(schedule);
  expect(view.ending).toBe('violated');
  expect(view.told?.title).toBe('leak: frame handed out before the flush');
  expect(view.steps.at(-1)).toMatchObject({ who: 'reader', label: 'load', wrong: ['leak'] });
  expect(view.others[0]).toMatchObject({ name: 'LUF-buddy:repaired', holds: true });
});

test('a TLB entry is true, then stale, then wrong from the step that hands its frame out', () => {
  const at = (event: string): number =>
    1 + view.steps.findIndex((step) => step.events.some(({ name }) => name === event));
  const end = view.steps.length + 1;
  expect(stretches(view, 'tlb:1,0,0')).toEqual([
    `${at('tlb.fill')}-${at('pte.clear')} true`,
    `${at('pte.clear')}-${at('frame.alloc')} unmapped`,
    `${at('frame.alloc')}-${end} wrong`,
  ]);
});

test('a flush ends the entries that it covers, and its stroke touches those lanes only', () => {
  const { b } = besideView(broken, repaired, schedule);
  const { lanes } = segmentsOf(b);
  const strokes = strokesOf(b, lanes);
  expect(strokes.length).toBeGreaterThan(0);
  const states = statesOf(b);
  for (const { step, lanes: hit } of strokes) {
    for (const key of hit) {
      const cell = `tlb.frame[${key.replace('tlb:', '')}]`;
      expect(states[step]?.[cell]).toBeNull();
    }
  }
  // A flush of no CPU of a lane does not touch it.
  const moved = lanes.map((lane) => ({ ...lane, cpu: 7 }));
  expect(strokesOf(b, moved).every((stroke) => stroke.lanes.length === 0)).toBe(true);
});

test('locks are brackets from taking to releasing', () => {
  expect(bracketsOf(view)).toContainEqual({
    ...{ lock: 'ptl', who: 'kswapd', cpu: 0, from: 4, to: 7, depth: 0 },
  });
  const unreleased = { ...view, steps: view.steps.slice(0, 5) };
  expect(bracketsOf(unreleased)).toContainEqual(
    expect.objectContaining({ lock: 'ptl', to: undefined }),
  );
});

test('rows are those of the story, or every step, in the order of time', () => {
  expect(condensedRows(view)?.at(-1)?.mark).toBe('wrong');
  expect(allRows(view).map(({ from }) => from)).toEqual(view.steps.map((_, i) => i + 1));
  for (const rows of [allRows(view), condensedRows(view) ?? []]) {
    const places = view.steps.map((_, i) => placeOfStep(rows, i + 1));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places.at(-1)).toBeLessThan(rows.length);
  }
});

test('a step taken elsewhere leaves the counterexample, and can be taken back', () => {
  const { ways } = choicesAt(broken, schedule, 1);
  const other = ways.find((way) => way.action !== view.steps[1]?.action);
  if (other === undefined) throw new Error('there is only one way');
  const next = viewAfter(broken, schedule, 1, [other.action]);
  expect(next.steps.map(({ action }) => action)).toEqual([view.steps[0]?.action, other.action]);
  expect(next.told).toBeUndefined();
  expect(viewAfter(broken, next.schedule, 1, []).schedule).toBe('H1');
  expect(choicesAt(broken, schedule, view.steps.length)).toMatchObject({
    ...{ ways: [], ending: 'violated' },
  });
});

test('two kernels side by side: every step of both once, in order', () => {
  const { a, b, pairs } = besideView(broken, repaired, schedule);
  const side = (of: 'a' | 'b'): number[] => pairs.flatMap((pair) => pair[of] ?? []);
  expect(side('a')).toEqual(a.steps.map((_, i) => i + 1));
  expect(side('b')).toEqual(b.steps.map((_, i) => i + 1));
  expect(pairs.some(({ same }) => !same)).toBe(true);
  expect(b.steps.flatMap(({ wrong }) => wrong)).toEqual([]);
  const few = pairsThatMatter(pairs, a);
  expect(few.length).toBeLessThan(pairs.length);
  expect(pairs.filter(({ same }) => !same).every((pair) => few.includes(pair))).toBe(true);
});

test('lanes do not overlap, and places grow with steps', () => {
  const { lanes } = segmentsOf(view);
  for (const width of [400, 900, 1600]) {
    const columns = columnsOf({ width, threads: view.threads, lanes });
    const all = [...columns.cpus, ...columns.lanes.values()].sort((a, b) => a.x - b.x);
    all.slice(1).forEach((one, i) => {
      expect(one.x).toBeGreaterThanOrEqual((all[i]?.x ?? 0) + (all[i]?.width ?? 0));
    });
    const heights = rowHeights(allRows(view), columns.cpus[0]?.width ?? 0);
    const tops = topsOf(heights);
    expect(pixelOf(tops, 1.5)).toBe((tops[1] as number) + (heights[1] as number) / 2);
    expect(pixelOf(tops, heights.length)).toBe(tops.at(-1));
  }
});

test('a variant under another design, and names that are not there', () => {
  const name = { variant: 'LUF-write2:broken', design: 'luf-v12' };
  expect(subjectNamed(scenarios, name).variant.design.design.id).toBe('luf-v12');
  expect(() => subjectNamed(scenarios, { variant: 'LUF-write3:broken' })).toThrow(
    'no such variant',
  );
  expect(() => storyView(broken, 'S7')).toThrow();
});
