import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { designs } from '../kernel/designs/all.ts';
import { labPoints } from './lab-points.ts';
import { idleReasons, modelPointOf, outOfReach, pointsBeyondLab } from './model-points.ts';

const header = readFileSync(new URL('./guest/luf/luf.h', import.meta.url), 'utf8');
const points = labPoints(header);
const lab = designs.filter(({ id }) => id === 'luf-v12' || id === 'luf-v11');

describe.each(lab)('$id', (design) => {
  test.each(points)('$param is a flush point of the model, or there is a reason', (point) => {
    const { point: found, because } = modelPointOf(point, design);
    if (found === undefined) expect(because).toMatch(/\w{3}/);
    else expect(design.points).toContain(found);
  });

  test('each of its points is in the module, or there is a reason', () => {
    const without = pointsBeyondLab(points, design);
    expect(without.filter(({ because }) => because === undefined)).toEqual([]);
    expect(without.length).toBeGreaterThan(0);
    const fewer = points.filter(({ param }) => param !== 'prep_new_page');
    expect(pointsBeyondLab(fewer, design).length).toBe(without.length + 1);
  });

  test('no two points of the module are the same point of the model', () => {
    const found = points.flatMap((point) => modelPointOf(point, design).point ?? []);
    expect(new Set(found).size).toBe(found.length);
  });
});

test('a point that is in no table is caught, and so is a reason for nothing', () => {
  const [design] = lab;
  if (design === undefined) throw new Error('no design');
  expect(() => modelPointOf({ param: 'new_point', names: ['new_point'] }, design)).toThrowError(
    'no model of the flush point new_point',
  );
  const repair = { param: 'new_repair', names: ['new_repair'], repair: true } as const;
  expect(modelPointOf(repair, design).because).toMatch(/^no LUF has it/);
  expect(idleReasons(points)).toEqual([]);
  expect(idleReasons(points.filter(({ param }) => param !== 'out_of_memory'))).toEqual([
    'out_of_memory',
  ]);
});

test('what is out of reach is a point of the module', () => {
  const params = points.map(({ param }) => param);
  expect(Object.keys(outOfReach).filter((param) => !params.includes(param))).toEqual([]);
});

test('the same point has another name in each version', () => {
  const taken = points.find(({ param }) => param === 'prep_new_page');
  if (taken === undefined) throw new Error('no prep_new_page');
  expect(lab.map((design) => [design.id, modelPointOf(taken, design).point])).toEqual([
    ['luf-v11', 'prep_new_page'],
    ['luf-v12', 'luf_takeoff'],
  ]);
});
