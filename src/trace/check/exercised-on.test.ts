import { expect, test } from 'vitest';
import { frameReusedBeforeFlush } from '../../rules/frame-reused-before-flush.ts';
import { NamedExercisedOn, PackedExercisedOn } from './exercised-on.ts';

const PAGE = 4096;

test('the same frame, page or address space counts once', () => {
  const [packed, named] = [
    new PackedExercisedOn(frameReusedBeforeFlush),
    new NamedExercisedOn(frameReusedBeforeFlush),
  ];
  const subjects = [
    [0, PAGE, 7],
    [0, PAGE, 8],
    [0, 2 ** 46, 8],
    [3, PAGE, 8],
    [3, PAGE, 8],
  ] as const;
  for (const one of subjects) {
    packed.note(Float64Array.from(one), 0);
    named.note(one);
  }
  expect(packed.result()).toEqual({ frames: 2, locations: 3, mms: 2 });
  expect(named.result()).toEqual(packed.result());
});

test('what has no room is not counted, and the counts say so', () => {
  const packed = new PackedExercisedOn(frameReusedBeforeFlush);
  const most = 1 << 17;
  for (let table = 0; table <= most; table++) {
    packed.note(Float64Array.of(0, table * 512 * PAGE, 1), 0);
  }
  expect(packed.result()).toEqual({ frames: 1, locations: most, mms: 1, atLeast: true });
});
