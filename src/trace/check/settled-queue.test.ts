// The oldest that is still settled, whatever has lived again and settled again in between.

import { expect, test } from 'vitest';
import { SettledQueue } from './settled-queue.ts';

test('what is out of date is passed over, also when the room is full', () => {
  const since = new Map<number, number>();
  const queue = new SettledQueue((id, at) => since.get(id) === at);
  let clock = 0;
  const settles = (id: number): void => {
    since.delete(id);
    since.set(id, ++clock);
    queue.add(id, clock);
  };
  // A Map keeps the order in which its keys came: what the queue must say.
  const oldest = (): number => since.keys().next().value as number;
  for (let step = 0; step < 20_000; step++) {
    settles((step * 7919) % 3001);
    if (step % 3 === 0) {
      expect(queue.oldest()).toBe(oldest());
      since.delete(oldest());
    }
  }
  while (since.size > 0) {
    expect(queue.oldest()).toBe(oldest());
    since.delete(oldest());
  }
  expect(() => queue.oldest()).toThrow('no subject is settled');
});
