import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStoryAddress, type StoryAddress, storyAddress } from './story-address.ts';

test('looks as agreed, and names with a colon and schedules with = survive', () => {
  const address = { variant: 'LUF-buddy:broken', at: 19, schedule: 'H1S0-15S2=1--S1' };
  const text = '#/story/LUF-buddy%3Abroken?at=19&schedule=H1S0-15S2%3D1--S1';
  expect(storyAddress(address)).toBe(text);
  expect(readStoryAddress(text)).toEqual(address);
  // As people type it, and as forms send blanks.
  expect(readStoryAddress('#/story/LUF-buddy:broken?schedule=H1+S0')).toEqual({
    variant: 'LUF-buddy:broken',
    schedule: 'H1 S0',
  });
});

test('what is made is read again, whatever a name or a schedule holds', () => {
  const name = fc.string({ minLength: 1, unit: 'grapheme' });
  const address = fc.record(
    { variant: name, at: fc.nat(999_999_999), schedule: name },
    { requiredKeys: ['variant'] },
  );
  fc.assert(
    fc.property(address, (one) => {
      expect(readStoryAddress(storyAddress(one as StoryAddress))).toEqual(one);
    }),
  );
});

test.each([
  ['#/trace/x', 'it names no variant'],
  ['#/story/', 'it names no variant'],
  ['#/story/a?at=-1', "'-1' is no step"],
  ['#/story/a?at=1e9', "'1e9' is no step"],
  ['#/story/%E0%A4%A', 'a % in it begins nothing'],
  ['#/story/a?schedule=%', 'a % in it begins nothing'],
])('%s is refused: %s', (text, why) => {
  expect(() => readStoryAddress(text)).toThrow(why);
});
