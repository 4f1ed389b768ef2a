import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStoryAddress, type StoryAddress, storyAddress } from './story-address.ts';

test('an address can be read', () => {
  expect(storyAddress({ variant: 'LUF-buddy:broken', schedule: 'H1S0-15S2=1', at: 3 })).toBe(
    '#/story/LUF-buddy:broken?at=3&schedule=H1S0-15S2%3D1',
  );
});

test('what was written is read back, whatever the names', () => {
  const text = fc.string({ minLength: 1, unit: 'grapheme' });
  const address = fc.record(
    {
      variant: text,
      schedule: fc.oneof(fc.constant(''), text),
      at: fc.nat(999_999),
      design: text,
      without: text,
      with: text,
      cut: text,
      beside: text,
      show: text,
    },
    { requiredKeys: ['variant', 'schedule'] },
  );
  fc.assert(
    fc.property(address, (one) => {
      expect(readStoryAddress(storyAddress(one as StoryAddress))).toEqual(one);
    }),
  );
});

test('what is no address of a story is none', () => {
  for (const hash of ['', '#/rules', '#/story/', '#/story/%E0%A4%A', '#/story/?at=1']) {
    expect(readStoryAddress(hash)).toBeUndefined();
  }
  expect(readStoryAddress('#/story/a:b?at=-1')).toEqual({ variant: 'a:b', schedule: '' });
});
