import { describe, expect, test } from 'vitest';
import type { ConcreteEvent } from '../../events/concrete.ts';
import { eventFromJson } from '../../events/json-lines.ts';
import { type SetSort, setOf } from '../../lang/sorts.ts';
import { rules } from '../../rules/all.ts';
import { type Rule, rule, violatedIf } from '../../rules/rule.ts';
import { type RuleReport, RuleRunner, type Telling } from './rule-runner.ts';

function runnerOf(id: string): { runner: RuleRunner; reports: RuleReport[] } {
  const rule = rules.find((one) => one.id === id);
  if (rule === undefined) throw new Error(id);
  const reports: RuleReport[] = [];
  return { runner: new RuleRunner(rule, (report) => reports.push(report)), reports };
}

function tell(runner: RuleRunner, ...events: (ConcreteEvent | [ConcreteEvent, Telling])[]): void {
  for (const one of events) {
    if (Array.isArray(one)) runner.tell(...one);
    else runner.tell(one);
  }
}

const at = { at: 1, cpu: 1 };
const where = { mm: 'a', va: 0x1000, frame: 7, writable: false };
const clear = (cpus: number[], more: object = {}): ConcreteEvent =>
  ({ ...at, event: 'pte.clear', ...where, cpus, ...more }) as ConcreteEvent;
const alloc: ConcreteEvent = { ...at, event: 'frame.alloc', frame: 7 };

describe('frame reuse', () => {
  test('fires for a frame handed out unflushed, once, with the CPUs that owe', () => {
    const { runner, reports } = runnerOf('frame-reused-before-flush');
    tell(runner, clear([0, 40]), { ...at, event: 'tlb.flush', cpus: [0] }, alloc, alloc);
    expect(reports.map(({ parties }) => parties)).toEqual([
      { mm: 'a', va: 0x1000, frame: 7, cpus: new Set([40]) },
    ]);
    expect(runner.live).toBe(0);
  });

  test('runs JSON lines as it runs objects', () => {
    const { runner, reports } = runnerOf('frame-reused-before-flush');
    const lines = [
      '{"event":"pte.clear","at":1,"cpu":1,"mm":"a","va":4096,"frame":7,"writable":false,"cpus":[0]}',
      '{"event":"frame.alloc","at":2,"cpu":1,"frame":7}',
    ];
    tell(runner, ...lines.map((line) => eventFromJson(line, 'test')));
    expect(reports).toHaveLength(1);
    expect(reports[0]?.born.at).toBe(1);
    expect(reports[0]?.now.at).toBe(2);
  });

  test.each<[string, object, boolean]>([
    ['of everything', {}, true],
    ['of its mm', { mm: 'a' }, true],
    ['of another mm', { mm: 'b' }, false],
    ['of its page', { mm: 'a', va: 0x1000 }, true],
    ['of its page in any mm', { va: 0x1000 }, true],
    ['of the page before', { mm: 'a', va: 0 }, false],
    ['of a range that ends with it', { mm: 'a', va: 0, pages: 2 }, true],
    ['of a range that ends before it', { mm: 'a', va: 0, pages: 1 }, false],
    [
      'of a range larger than what is looked up page by page',
      { mm: 'a', va: 0, pages: 5000 },
      true,
    ],
    ['of a large range after it', { mm: 'a', va: 0x2000, pages: 5000 }, false],
  ])('a flush %s pays: %s %s', (_, fields, pays) => {
    const { runner, reports } = runnerOf('frame-reused-before-flush');
    tell(runner, clear([0]), { ...at, event: 'tlb.flush', cpus: [0], ...fields } as ConcreteEvent);
    expect(runner.live).toBe(pays ? 0 : 1);
    tell(runner, alloc);
    expect(reports).toHaveLength(pays ? 0 : 1);
  });

  test('a flush that began before the entry was emptied does not cover it', () => {
    const { runner } = runnerOf('frame-reused-before-flush');
    const flush: ConcreteEvent = { event: 'tlb.flush', at: 9, cpu: 0, cpus: [0] };
    tell(runner, clear([0], { at: 5 }), [flush, { covers: 4 }]);
    expect(runner.live).toBe(1);
    tell(runner, [flush, { covers: 5 }]);
    expect(runner.live).toBe(0);
  });

  test('an entry that may have been emptied earlier is covered from then on', () => {
    const { runner } = runnerOf('frame-reused-before-flush');
    const flush: ConcreteEvent = { event: 'tlb.flush', at: 9, cpu: 0, cpus: [0] };
    tell(runner, [clear([0], { at: 5 }), { notBefore: 3 }], [flush, { covers: 4 }]);
    expect(runner.live).toBe(0);
  });

  test('counts a frame whose translations were flushed in time, and none without a history', () => {
    const { runner } = runnerOf('frame-reused-before-flush');
    tell(runner, alloc, clear([]), alloc);
    expect(runner.exercised).toBe(0);
    tell(runner, clear([0]), { ...at, event: 'tlb.flush', cpus: [0] }, alloc, alloc);
    expect(runner.exercised).toBe(1);
    tell(runner, clear([0]), { ...at, event: 'tlb.flush', cpus: [0] }, alloc);
    expect(runner.exercised).toBe(2);
  });

  test('keeps nothing for what was paid', () => {
    const { runner } = runnerOf('frame-reused-before-flush');
    for (let frame = 0; frame < 1000; frame++) tell(runner, clear([0, 1], { frame }));
    expect(runner.live).toBe(1000);
    tell(runner, { ...at, event: 'tlb.flush', cpus: [1], mm: 'a' });
    expect(runner.live).toBe(1000);
    tell(runner, { ...at, event: 'tlb.flush', cpus: [0], mm: 'a' });
    expect(runner.live).toBe(0);
  });
});

describe('what is said to every subject', () => {
  const watching: Rule<'frame', { on: SetSort<'cpu'> }> = rule({
    id: 'test',
    says: '',
    askedBy: '',
    misses: '',
    keptFor: ['frame'],
    knows: { on: setOf('cpu') },
    hears: {
      'mm.load': { of: () => ({}), does: (s, e) => [s.on.add(e.cpu.only())] },
      'frame.free': { of: (e) => ({ frame: e.frame }), does: (s) => [s.on.clear()] },
      'frame.alloc': {
        of: (e) => ({ frame: e.frame }),
        does: (s, _, subject) => [
          violatedIf(s.on.isSome(), 'test', { ...subject, cpus: s.on }, []),
        ],
      },
    },
    fires: [],
    silent: [],
  });
  const load = (cpu: number): ConcreteEvent => ({ ...at, event: 'mm.load', cpu, mm: 'a' });
  const free: ConcreteEvent = { ...at, event: 'frame.free', frame: 7 };
  const firings = (events: readonly ConcreteEvent[]): number => {
    const reports: RuleReport[] = [];
    const runner = new RuleRunner(watching, (report) => reports.push(report), { exact: true });
    tell(runner, ...events);
    return reports.length;
  };

  test('counts for a subject that is heard of later', () => {
    expect(firings([load(0), alloc])).toBe(1);
  });
  test('is not said again to a subject that was left with nothing of it', () => {
    expect(firings([load(0), free, alloc])).toBe(0);
  });
  test('counts for such a subject when it is said again', () => {
    expect(firings([load(0), free, load(0), alloc])).toBe(1);
  });
});

describe('the other rules', () => {
  test('a page-cache position filled again while its old frame was let go unflushed', () => {
    const { runner, reports } = runnerOf('slot-refilled-before-flush');
    tell(
      runner,
      clear([0]),
      { ...at, event: 'slot.remove', slot: 'f:1', frame: 7 },
      { ...at, event: 'frame.free', frame: 7 },
      { ...at, event: 'slot.add', slot: 'f:2', frame: 8 },
    );
    expect(reports).toHaveLength(0);
    tell(runner, { ...at, event: 'slot.add', slot: 'f:1', frame: 9 });
    expect(reports.map(({ parties }) => parties.slot)).toEqual(['f:1']);
  });

  test('an entry set again while its old frame was let go unflushed', () => {
    const { runner, reports } = runnerOf('pte-rewritten-before-flush');
    tell(
      runner,
      clear([0]),
      { ...at, event: 'frame.free', frame: 7 },
      { ...at, event: 'pte.set', ...where, va: 0x2000, frame: 8 },
    );
    expect(reports).toHaveLength(0);
    tell(runner, { ...at, event: 'pte.set', ...where, frame: 8 });
    expect(reports.map(({ parties }) => parties.now)).toEqual([8]);
  });
});

test.each(rules.map((rule) => [rule.id, rule] as const))(
  '%s fires on a trace as it does when every event is told to every subject',
  (_, rule) => {
    // The indexes only save work: a store of one subject at a time has nothing to leave out.
    const fired: string[] = [];
    const runner = new RuleRunner(rule, ({ now }) => fired.push(`${now.at}`));
    const many = new RuleRunner(rule, ({ now, subject }) => {
      if (subject.va === 0x1000) again.push(`${now.at}`);
    });
    const again: string[] = [];
    let random = 42;
    const pick = (n: number): number => {
      random = (random * 1103515245 + 12345) % 2147483648;
      return Math.floor(random / 65536) % n;
    };
    const munmap = (at: number): ConcreteEvent => ({
      ...{ at, cpu: 0, event: 'vma.change', mm: 'a', va: 0x1000, thread: 't' },
      ...{ content: null, writable: false, shared: false, fresh: false },
    });
    for (let i = 0; i < 3000; i++) {
      const frame = pick(3);
      const cpus = [pick(2)];
      const moment = { at: i, cpu: 0 };
      const slot = `s${pick(2)}`;
      const choices: ConcreteEvent[] = [
        { ...moment, event: 'pte.clear', mm: 'a', va: 0x1000, frame, writable: false, cpus },
        { ...moment, event: 'pte.set', mm: 'a', va: 0x1000, frame, writable: false },
        { ...moment, event: 'tlb.flush', cpus, mm: 'a' },
        { ...moment, event: 'tlb.flush', cpus, mm: 'a', va: 0x1000, pages: 1 },
        { ...moment, event: 'frame.alloc', frame },
        { ...moment, event: 'frame.free', frame },
        { ...moment, event: 'slot.add', slot, frame },
        { ...moment, event: 'slot.remove', slot, frame },
        munmap(i),
        { ...moment, event: 'call.return', name: 'munmap', thread: 't' },
      ];
      const event = choices[pick(choices.length)] as ConcreteEvent;
      runner.tell(event);
      many.tell(event);
      const other = { ...event, va: 0x2000, frame: frame + 10 } as ConcreteEvent;
      if (event.event === 'pte.clear') many.tell(other);
    }
    expect(fired.length).toBeGreaterThan(0);
    expect(again).toEqual(fired);
  },
);
