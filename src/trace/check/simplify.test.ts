import { expect, test } from 'vitest';
import type { ConcreteEvent } from '../../events/concrete.ts';
import { rules } from '../../rules/all.ts';
import { PreparedRule } from './prepared-rule.ts';

const moment = { at: 0, cpu: 0 };
const prepared = new Map(rules.map((rule) => [rule.id, new PreparedRule(rule)]));

test.each(rules.map(({ id }) => id))('%s: a flush is told only to those that owe', (id) => {
  const flush: ConcreteEvent = { ...moment, event: 'tlb.flush', cpus: [0], mm: 'a' };
  const handler = prepared.get(id)?.handler(flush);
  expect(handler).toMatchObject({ inert: true, judges: false });
  expect(handler?.takesFrom).toBeDefined();
});

test('a page-cache position is told only to the frames that left it', () => {
  const add: ConcreteEvent = { ...moment, event: 'slot.add', slot: 's', frame: 1 };
  const handler = prepared.get('slot-refilled-before-flush')?.handler(add);
  expect(handler).toMatchObject({ inert: true, judges: true });
  expect(handler?.guard).toBeDefined();
});

test('what brings a subject to life is not inert', () => {
  const rest = { mm: 'a', va: 0, frame: 1, writable: false, cpus: [0] };
  const clear: ConcreteEvent = { ...moment, event: 'pte.clear', ...rest };
  for (const one of prepared.values()) expect(one.handler(clear)?.inert).toBe(false);
  const remove: ConcreteEvent = { ...moment, event: 'slot.remove', slot: 's', frame: 1 };
  expect(prepared.get('slot-refilled-before-flush')?.handler(remove)?.inert).toBe(false);
});

test('events that a rule does not hear have no handler', () => {
  const free: ConcreteEvent = { ...moment, event: 'frame.free', frame: 1 };
  expect(prepared.get('frame-reused-before-flush')?.handler(free)).toBeUndefined();
});
