// The packed form of a rule must say, of every event, what the rule run with maps says; and the
// comparison must be able to see a difference.

import { describe, expect, test } from 'vitest';
import { when } from '../../lang/program.ts';
import { addressChangedBeforeFlush } from '../../rules/address-changed-before-flush.ts';
import { allRules, rules } from '../../rules/all.ts';
import type { AnyRule } from '../../rules/rule.ts';
import { slotRefilledBeforeFlush } from '../../rules/slot-refilled-before-flush.ts';
import { namesFor } from '../profiles/names.ts';
import type { ExercisedOn } from './exercised-on.ts';
import { concreteOf, form, Happening } from './happening.ts';
import { LoadLog } from './load-log.ts';
import { packedRule } from './packed-rule.ts';
import { PackedRunner } from './packed-runner.ts';
import { type RuleReport, RuleRunner } from './rule-runner.ts';
import { SlotNames } from './slot-names.ts';
import { SubjectTable } from './subject-table.ts';

const PAGE = 4096;

/** Random events of few subjects, CPUs with holes in their numbers. */
class Tape {
  readonly names;
  readonly event: Happening;
  #random: number;
  #at = 0;

  constructor(seed: number, cpus: number) {
    this.#random = seed;
    this.names = namesFor(Array.from({ length: cpus }, (_, i) => i * 3));
    for (const low of [1, 2, 3]) this.names.mms.of({ low, high: 0xffff_8880 | 0 });
    this.event = new Happening(this.names.cpus.words);
  }

  pick(n: number): number {
    this.#random = (this.#random * 1103515245 + 12345) % 2147483648;
    return Math.floor(this.#random / 65536) % n;
  }

  next(): Happening {
    const { event, names } = this;
    const places = names.cpus.numbers.length;
    const place = this.pick(places);
    const weights = [form.pteClear, form.pteClear, form.pteSet, form.frameAlloc, form.frameFree];
    const others = [form.slotAdd, form.slotRemove, form.load, form.load, form.flush + this.pick(4)];
    const calls = [form.vmaChange, form.vmaChange, form.callReturn];
    const which = [...weights, ...others, ...calls][this.pick(13)] ?? form.load;
    const at = ++this.#at;
    event.begin(which, at, names.cpus.numbers[place] ?? 0, place, `t/${this.pick(3)}`);
    event.what = 'it';
    event.mm = this.pick(3);
    event.va = this.pick(4) * PAGE;
    event.pages = this.pick(8) === 0 ? 100 : 1 + this.pick(3);
    event.frame = 0x1_0000_0000 + this.pick(5);
    event.writable = this.pick(2);
    event.thread = this.pick(3);
    event.onlyCpu(place);
    if (which === form.pteClear && this.pick(3) === 0) event.cpus.fill(0);
    else if (this.pick(2) === 0) event.cpus[0] = (event.cpus[0] ?? 0) | (1 << this.pick(places));
    event.place.hasDevice = true;
    event.place.inode.low = this.pick(2);
    event.place.index = this.pick(2);
    if (which === form.pteClear) event.notBefore = at - this.pick(3);
    if (which >= form.flush && this.pick(3) === 0) event.covers = at - this.pick(20);
    return event;
  }
}

interface Sides {
  readonly tape: Tape;
  readonly packed: string[];
  readonly plain: string[];
  readonly exercised: readonly [number, number];
  readonly on: readonly [ExercisedOn, ExercisedOn];
}

function both(rule: AnyRule, seed: number, cpus: number, forgetLoads = false): Sides {
  const tape = new Tape(seed, cpus);
  const { names } = tape;
  const loads = new LoadLog(cpus);
  const table = new SubjectTable(rule.keptFor);
  const text = packedRule(rule, names.cpus.words);
  if (text === undefined) throw new Error(`${rule.id} is not packed`);
  const [packed, plain]: [string[], string[]] = [[], []];
  const shared = { names, slots: new SlotNames(), loads, tableFor: () => table };
  const fast = new PackedRunner(text, shared, (report) => packed.push(line(report)));
  const slow = new RuleRunner(rule, (report) => plain.push(line(report)));
  for (let i = 0; i < 4000; i++) {
    const event = tape.next();
    if (tape.pick(1500) === 0) {
      fast.forget();
      slow.forget();
    }
    const { what, notBefore, covers } = event;
    slow.tell(concreteOf(event, names), {
      what,
      notBefore,
      ...(Number.isFinite(covers) ? { covers } : {}),
    });
    if (event.form !== form.load) fast.hear(event);
    else {
      fast.loads(event);
      if (!forgetLoads) loads.loads(event.cpuPlace, event.mm);
    }
  }
  return {
    tape,
    packed,
    plain,
    exercised: [fast.exercised, slow.exercised],
    on: [fast.on(), slow.on()],
  };
}

function line({ subject, parties, born, now }: RuleReport): string {
  const plain = Object.entries(parties).map(([name, value]) => [
    name,
    value instanceof Set ? [...value].sort() : value,
  ]);
  return JSON.stringify([subject, plain, born, now]);
}

const packable = [...rules, addressChangedBeforeFlush];

describe.each(packable.map((rule) => [rule.id, rule] as const))('%s', (_, rule) => {
  test.each([2, 3, 40])('packed and with maps says the same on %i CPUs', (cpus) => {
    for (const seed of [1, 42, 7919]) {
      const { packed, plain, exercised, on } = both(rule, seed, cpus);
      expect(packed.sort()).toEqual(plain.sort());
      expect(exercised[0]).toBe(exercised[1]);
      expect(on[0]).toEqual(on[1]);
      expect(on[0].frames).toBeGreaterThan(1);
      expect(on[0].frames).toBeLessThan(exercised[0]);
      expect(on[0].locations).toBeGreaterThan(1);
      expect(on[0].mms).toBeGreaterThan(1);
      expect(plain.length).toBeGreaterThan(5);
      expect(exercised[1]).toBeGreaterThan(100);
    }
  });

  test('the comparison sees that switches go untold', () => {
    const { packed, plain } = both(rule, 42, 3, true);
    expect(packed.sort()).not.toEqual(plain.sort());
  });
});

test.each(packable.map((rule) => [rule.id, rule] as const))(
  '%s: a flush takes its CPUs, and no code of the rule is asked',
  (_, rule) => {
    for (const which of [0, 1, 2, 3]) {
      expect(packedRule(rule, 1)?.handlers[form.flush + which]?.takes).toBeGreaterThanOrEqual(0);
    }
  },
);

test('what cannot be packed is refused, not run wrongly', () => {
  const refused = allRules.filter((rule) => packedRule(rule, 1) === undefined);
  expect(refused.map(({ id }) => id)).toContain('content-changed-before-flush');
  expect(rules.filter((rule) => refused.includes(rule))).toEqual([]);
});

// What remembers the slot forgets it, and what did not comes to remember it, in one and the same event.
test('a slot that is forgotten and remembered by one event keeps its name', () => {
  const names = namesFor([0, 1]);
  for (const low of [1, 2]) names.mms.of({ low, high: 0 });
  const { hears } = slotRefilledBeforeFlush;
  const rule: typeof slotRefilledBeforeFlush = {
    ...slotRefilledBeforeFlush,
    hears: {
      ...hears,
      'slot.remove': {
        of: (e) => ({ frame: e.frame }),
        does: (s, e) => [when(s.owed.isSome(), [s.left.set(e.slot)], [s.left.clear()])],
      },
    },
  };
  const text = packedRule(rule, names.cpus.words);
  if (text === undefined) throw new Error('not packed');
  const table = new SubjectTable(rule.keptFor);
  const shared = {
    names,
    slots: new SlotNames(),
    loads: new LoadLog(2),
    tableFor: () => table,
  };
  const said: unknown[] = [];
  const runner = new PackedRunner(text, shared, ({ parties }) => said.push(parties.slot));
  const event = new Happening(names.cpus.words);
  let at = 0;
  const tell = (which: number, mm: number, frame: number, index = 0): void => {
    event.begin(which, ++at, 0, 0, 't/1');
    event.mm = mm;
    event.va = PAGE;
    event.frame = frame;
    event.place.index = index;
    event.onlyCpu(1);
    runner.hear(event);
  };
  tell(form.pteClear, 0, 7);
  tell(form.slotRemove, 0, 7);
  tell(form.flush + 1, 0, 7);
  tell(form.pteClear, 1, 7);
  tell(form.slotRemove, 0, 7);
  // Another slot would get the number of one that was given up.
  tell(form.pteClear, 0, 8, 1);
  tell(form.slotRemove, 0, 8, 1);
  tell(form.frameFree, 0, 7);
  tell(form.slotAdd, 0, 9);
  expect(said).toEqual(['?:0:0']);
});
