import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ConcreteEvent } from './concrete.ts';
import { eventFromJson, eventToJson } from './json-lines.ts';
import { type FieldSort, type Optional, vocabulary } from './vocabulary.ts';

const idValue = fc.oneof(fc.nat(), fc.string());

function arbitraryOf(sort: FieldSort): fc.Arbitrary<unknown> {
  if (sort === 'text') return fc.string();
  switch (sort.kind) {
    case 'bool':
      return fc.boolean();
    case 'int':
      return fc.nat();
    case 'id':
      return idValue;
    case 'maybe':
      return fc.option(idValue);
    case 'set':
      return fc.array(idValue, { maxLength: 4 });
  }
}

function fieldOf(sort: FieldSort | Optional<FieldSort>): fc.Arbitrary<unknown> {
  if (typeof sort === 'object' && 'optional' in sort) {
    return fc.option(arbitraryOf(sort.optional), { nil: undefined });
  }
  return arbitraryOf(sort);
}

const anyEvent = fc.oneof(
  ...Object.entries(vocabulary).map(([event, { fields }]) =>
    fc
      .record({
        at: fc.nat(),
        cpu: fc.nat(),
        by: fc.option(fc.string(), { nil: undefined }),
        ...Object.fromEntries(
          Object.entries(fields)
            .filter(([name]) => name !== 'cpu')
            .map(([name, sort]) => [name, fieldOf(sort)]),
        ),
      })
      .map((given) => ({ event, ...given }) as unknown as ConcreteEvent),
  ),
);

const defined = (event: ConcreteEvent): unknown => JSON.parse(JSON.stringify(event));

test('every event round-trips', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const line = eventToJson(event);
      expect(line).not.toContain('\n');
      expect(eventFromJson(line, 'test:1')).toEqual(defined(event));
      expect(eventToJson(eventFromJson(line, 'test:1'))).toBe(line);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['nonsense', 'not JSON'],
  ['[]', 'not a JSON object'],
  ['{"event":"toString","at":1,"cpu":0}', '`event` is no event we know'],
  ['{"event":"frame.free","at":"1","cpu":0,"frame":1}', '`at` is no number'],
  ['{"event":"frame.free","at":1,"cpu":-1,"frame":1}', '`cpu` is no CPU number'],
  ['{"event":"frame.free","at":1,"cpu":0}', '`frame` of frame.free is missing'],
  [
    '{"event":"frame.free","at":1,"cpu":0,"frame":true}',
    '`frame` of frame.free is of another kind',
  ],
  ['{"event":"frame.free","at":1,"cpu":0,"frame":1,"x":1}', 'frame.free has no field `x`'],
])('%s is refused', (line, message) => {
  expect(() => eventFromJson(line, 'test:1')).toThrowError(
    expect.objectContaining({ code: 'LUF-E203', message, where: 'test:1' }),
  );
});

test('every event says what it means', () => {
  for (const [name, { means }] of Object.entries(vocabulary)) {
    expect(means, name).toMatch(/^[A-Z].*\.$/);
  }
});
