import { describe, expect, test } from 'vitest';
import { DEADLOCK, type SearchResult, search } from '../../explore/search.ts';
import { Declarations } from '../declare.ts';
import { type Bool, me } from '../expr.ts';
import { Machine, type ModelText } from '../machine.ts';
import type { Code, Stmt } from '../nodes.ts';
import type { Observer } from '../observer.ts';
import { type Codes, flatStmts, loop, pickStep, step, waitStep, when } from '../program.ts';
import { bool, int, maybe, setOf } from '../sorts.ts';
import type { Plan } from './plan.ts';
import { brokenDiamonds } from './testing/diamonds.ts';

const both = { fusion: true, localFirst: true };

function model(d: Declarations, codes: readonly Codes[], more: Partial<ModelText> = {}): ModelText {
  return {
    sizes: { thread: codes.length, cpu: 2 },
    declarations: d,
    init: [],
    threads: codes.map((code, i) => ({
      name: `t${i}`,
      code: (code as readonly unknown[]).flat(9) as Code[],
    })),
    ambient: [],
    observers: [],
    ...more,
  };
}

function emit(event: string, fields: Record<string, Bool> = {}): Stmt {
  const given = Object.entries(fields).map(([name, { sort, node }]) => [name, { sort, node }]);
  return { op: 'emit', event, fields: Object.fromEntries(given) };
}
function report(id: string): Stmt {
  return { op: 'report', id, parties: {} };
}
function watching(
  id: string,
  event: string,
  hear: (fields: Record<string, Bool>) => Stmt[],
): Observer {
  return {
    id,
    reports: [id],
    declarations: new Declarations(),
    hears: { [event]: (fields) => hear(fields as Record<string, Bool>) },
    init: [],
  };
}

function answer(machine: Machine, targets: readonly string[]): SearchResult {
  return search(machine, { targets });
}
function plan(text: ModelText): Plan {
  return new Machine(text, { reductions: both }).plan as Plan;
}
/** Claims that do not hold, over all states of the model as it is. */
function brokenClaims(text: ModelText, claimed: Plan): string[] {
  const machine = new Machine(text);
  const looking = new Machine(text);
  const broken = new Set<string>();
  search(
    {
      words: machine.words,
      properties: machine.properties,
      initial: () => machine.initial(),
      finished: (state) => machine.finished(state),
      isThreadAction: (action) => machine.isThreadAction(action),
      successors: (state, visit) => {
        for (const { claim, step, other } of brokenDiamonds(looking, claimed, state)) {
          broken.add(`${step} ${claim} ${other}`);
        }
        machine.successors(state, visit);
      },
    },
    { targets: [] },
  );
  return [...broken].sort();
}
/** A plan that trusts one thread: it says of every step that nobody notices it. */
function trusting(honest: Plan, thread: number): Plan {
  const threads = honest.threads.map((one, t) => {
    if (t !== thread) return one;
    const rows = honest.threads.map((other, u) =>
      new Uint8Array(u === t ? 0 : other.places + 1).fill(1),
    );
    const all = one.before.map(() => rows);
    return { ...one, before: all, after: all, waits: all };
  });
  return { ...honest, threads };
}

/** Two cells that are equal whenever the lock is free, unless `reader` looks without it. */
function twoCells(reader: 'locks' | 'does not lock'): ModelText {
  const d = new Declarations();
  const lock = d.scalar('lock', maybe('thread'));
  const a = d.scalar('a', bool);
  const b = d.scalar('b', bool);
  const held = (...body: readonly Codes[]): Codes => [
    waitStep('lock', lock.isNone(), lock.set(me)),
    ...body,
    step('unlock', lock.clear()),
  ];
  const look = [step('look', emit('look', { same: a.is(b) }))];
  return model(
    d,
    [
      held([step('write a', a.set(a.not())), step('write b', b.set(b.not()))]),
      reader === 'locks' ? held(look) : look,
    ],
    {
      observers: [
        watching('torn', 'look', ({ same }) =>
          flatStmts([when((same as Bool).not(), [report('torn')])]),
        ),
      ],
    },
  );
}

describe('a section under a lock', () => {
  test('is one step where everybody locks', () => {
    const text = twoCells('locks');
    expect(answer(new Machine(text), ['torn'])).toMatchObject({ verdict: 'holds', states: 14 });
    const reduced = answer(new Machine(text, { reductions: both }), ['torn', DEADLOCK]);
    // The start and the end: whoever is first, the other one's section follows at once.
    expect(reduced).toMatchObject({ verdict: 'holds', states: 2, transitions: 2 });
  });

  test('is cut where somebody looks without the lock', () => {
    const text = twoCells('does not lock');
    const reduced = new Machine(text, { reductions: both });
    const result = answer(reduced, ['torn']);
    expect(result.violation?.properties).toEqual(['torn']);
    const labels = reduced.singleSteps(result.violation?.path ?? []);
    expect(labels.map((action) => reduced.actions[action]?.label)).toContain('look');
  });

  test('taken on trust, an unlocked look is missed, and the check of the claims tells', () => {
    const text = twoCells('does not lock');
    const trusted = trusting(plan(text), 0);
    expect(answer(new Machine(text, { reductions: both, plan: trusted }), ['torn']).verdict).toBe(
      'holds',
    );
    expect(brokenClaims(text, plan(text))).toEqual([]);
    expect(brokenClaims(text, trusted)).toContain('write a before look');
  });

  test('is not joined with the next one: what is between can be seen', () => {
    const d = new Declarations();
    const lock = d.scalar('lock', maybe('thread'));
    const a = d.scalar('a', int(2));
    const under = (label: string, ...does: Stmt[]): Codes => [
      waitStep('lock', lock.isNone(), lock.set(me)),
      step(label, does),
      step('unlock', lock.clear()),
    ];
    const observers = [
      watching('between', 'look', ({ one }) => flatStmts([when(one as Bool, [report('between')])])),
    ];
    const text = model(
      d,
      [
        [under('one', a.set(1)), under('two', a.set(2))].flat(),
        under('look', emit('look', { one: a.is(1) })),
      ],
      { observers },
    );
    expect(answer(new Machine(text, { reductions: both }), ['between']).verdict).toBe('violated');
  });

  test('may be shared: readers do not hinder each other, and keep the writer out', () => {
    const d = new Declarations();
    const lock = d.table('lock', [], { writer: maybe('thread'), readers: setOf('thread') });
    const a = d.scalar('a', bool);
    const b = d.scalar('b', bool);
    const read = [
      waitStep('read lock', lock().writer.isNone(), lock().readers.add(me.only())),
      step('look', emit('look', { same: a.is(b) })),
      step('read unlock', lock().readers.remove(me.only())),
    ];
    const write = [
      waitStep(
        'write lock',
        lock().writer.isNone().and(lock().readers.isEmpty()),
        lock().writer.set(me),
      ),
      step('write a', a.set(a.not())),
      step('write b', b.set(b.not())),
      step('write unlock', lock().writer.clear()),
    ];
    const observers = [
      watching('torn', 'look', ({ same }) =>
        flatStmts([when((same as Bool).not(), [report('torn')])]),
      ),
    ];
    const text = model(d, [read, read, write], { observers });
    const full = answer(new Machine(text), ['torn', DEADLOCK]);
    const reduced = answer(new Machine(text, { reductions: both }), ['torn', DEADLOCK]);
    expect(reduced).toMatchObject({ verdict: 'holds', completed: full.completed });
    expect(full.states).toBeGreaterThan(5 * reduced.states);
    expect(brokenClaims(text, plan(text))).toEqual([]);
  });
});

describe('a deadlock is found', () => {
  test('of two locks in opposite order', () => {
    const d = new Declarations();
    const one = d.scalar('one', maybe('thread'));
    const two = d.scalar('two', maybe('thread'));
    const take = (lock: typeof one): Code => waitStep('lock', lock.isNone(), lock.set(me));
    const text = model(d, [
      [take(one), take(two), step('u', two.clear()), step('u', one.clear())],
      [take(two), take(one), step('u', one.clear()), step('u', two.clear())],
    ]);
    const machine = new Machine(text, { reductions: both });
    expect(answer(machine, [DEADLOCK]).violation).toMatchObject({ properties: [DEADLOCK] });
  });

  test('of a lock that is never given back', () => {
    const d = new Declarations();
    const lock = d.scalar('lock', maybe('thread'));
    const take = waitStep('lock', lock.isNone(), lock.set(me));
    const machine = new Machine(model(d, [[take], [take]]), { reductions: both });
    expect(answer(machine, [DEADLOCK]).verdict).toBe('violated');
  });
});

describe('events that an observer hears are part of a step', () => {
  const text = (): ModelText => {
    const d = new Declarations();
    const seen = new Declarations();
    const pinged = seen.scalar('pinged', bool);
    const observer: Observer = {
      id: 'order',
      reports: ['order'],
      declarations: seen,
      hears: {
        ping: () => [pinged.set(true)],
        pong: () => flatStmts([when(pinged.not(), [report('order')])]),
      },
      init: [],
    };
    return model(d, [[step('ping', emit('ping'))], [step('pong', emit('pong'))]], {
      observers: [observer],
    });
  };
  test('so that their order is explored', () => {
    expect(answer(new Machine(text(), { reductions: both }), ['order']).verdict).toBe('violated');
  });
  test('taken for local steps, the wrong order is missed, and the check of the claims tells', () => {
    const deaf = plan({ ...text(), observers: [] });
    const machine = new Machine(text(), { reductions: both, plan: deaf });
    expect(answer(machine, ['order']).verdict).toBe('holds');
    expect(brokenClaims(text(), deaf)).toEqual(['ping before pong', 'pong before ping']);
  });
});

describe('a thread that spins by itself', () => {
  const text = (): ModelText => {
    const d = new Declarations();
    const mine = d.scalar('mine', setOf('cpu'));
    const spin = loop(
      'for ever',
      pickStep('spin', {
        pick: ['cpu'],
        does: ({ cpu }) => [when(mine.has(cpu), [mine.remove(cpu.only())], [mine.add(cpu.only())])],
      }),
    );
    const observers = [watching('seen', 'other', () => [report('seen')])];
    return model(d, [[spin], [step('other', emit('other'))]], { observers });
  };
  test('does not keep others from being looked at', () => {
    expect(answer(new Machine(text(), { reductions: both }), ['seen']).verdict).toBe('violated');
  });
  test('would, were there no stop in its loop', () => {
    const honest = plan(text());
    expect(honest.threads[0]?.stops).toEqual(Uint8Array.of(1));
    const endless = {
      ...honest,
      threads: honest.threads.map((one) => ({ ...one, stops: new Uint8Array(one.places) })),
    };
    // The other thread's step, too, is one that may come first: here it may not.
    const spinning = {
      ...honest,
      threads: endless.threads.map((one, t) =>
        t === 0 ? one : { ...one, before: one.before.map(() => undefined) },
      ),
    };
    const machine = new Machine(text(), { reductions: both, plan: spinning });
    expect(answer(machine, ['seen']).verdict).toBe('holds');
  });
});

describe('what the hardware does is put off', () => {
  const late = { lateHardware: true };
  /** It clears a flag at any time; a thread waits for the flag, or only looks at it. */
  const clears = (does: 'waits' | 'looks'): ModelText => {
    const d = new Declarations();
    const flag = d.scalar('flag', bool);
    const done = d.scalar('done', bool);
    const look = emit('look', { off: flag.not() });
    const observers = [
      watching('off', 'look', ({ off }) => flatStmts([when(off as Bool, [report('off')])])),
    ];
    const thread = [
      step('something else', done.set(done.not())),
      does === 'waits' ? waitStep('wait', flag, done.set(true)) : step('look', look),
    ];
    const clear = { label: 'clear', params: [], when: flag.node, body: [flag.set(false)].flat() };
    const text = model(d, [thread], { observers, ambient: [clear] });
    return { ...text, init: [flag.set(true)].flat() };
  };
  const without = (text: ModelText, part: 'notices' | 'heeds'): Plan => {
    const honest = plan(text);
    return {
      ...honest,
      threads: honest.threads.map((one) => ({
        ...one,
        ...(part === 'heeds'
          ? { heeds: one.heeds.map(() => 0) }
          : { notices: one.notices.map((ways) => ways.map(() => ({ ways: [], roots: [] }))) }),
      })),
    };
  };
  const found = (text: ModelText, targets: string[], wrong?: Plan): SearchResult =>
    answer(
      new Machine(text, { reductions: late, ...(wrong === undefined ? {} : { plan: wrong }) }),
      targets,
    );

  test('until right before the step that can tell', () => {
    const text = clears('looks');
    expect(found(text, []).transitions).toBeLessThan(answer(new Machine(text), []).transitions);
    const { violation } = found(text, ['off']);
    const machine = new Machine(text, { reductions: late });
    const steps = machine.singleSteps(violation?.path ?? [], ['off']);
    const labels = steps.map((action) => machine.actions[action]?.label);
    expect(labels).toEqual(['something else', 'clear', 'look']);
  });
  test('but not the deadlock that it makes', () => {
    expect(found(clears('waits'), [DEADLOCK]).verdict).toBe('violated');
  });
  test('and the ends are all there', () => {
    const text = clears('looks');
    expect(found(text, []).completed).toBe(answer(new Machine(text), []).completed);
  });
  test('broken on purpose: never asked, or not heeded, it is missed, and the claims tell', () => {
    const looks = clears('looks');
    expect(found(looks, ['off'], without(looks, 'notices')).verdict).toBe('holds');
    expect(brokenClaims(looks, plan(looks))).toEqual([]);
    expect(brokenClaims(looks, without(looks, 'notices'))).toEqual(['look notices clear']);
    const waits = clears('waits');
    expect(found(waits, [DEADLOCK], without(waits, 'heeds')).verdict).toBe('holds');
  });
});
