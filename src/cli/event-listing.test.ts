import { expect, test } from 'vitest';
import { refuseEventOptions } from './event-listing.ts';

const none = {
  events: false,
  format: undefined,
  cpu: undefined,
  from: undefined,
  to: undefined,
  mm: undefined,
  page: undefined,
  kind: undefined,
};

test('judging takes its own options, and none of those for events', () => {
  const judging = { ...none, json: false, all: false, quiet: true };
  expect(() => refuseEventOptions(judging)).not.toThrow();
  expect(() => refuseEventOptions({ ...judging, kind: 'pte.clear' })).toThrow(
    expect.objectContaining({ code: 'LUF-E104', message: '--kind is for --events' }),
  );
  expect(() => refuseEventOptions({ ...none, events: true, kind: 'pte.clear' })).not.toThrow();
});
