// Symmetry together with fewer interleavings: what the plan must not depend on, and what is lost
// where it does.

import { describe, expect, test } from 'vitest';
import { type Explorable, type SearchResult, search } from '../../explore/search.ts';
import { immediate } from '../../kernel/designs/immediate.ts';
import { mainline } from '../../kernel/designs/mainline.ts';
import { Declarations } from '../declare.ts';
import { type Bool, me, theId } from '../expr.ts';
import { Machine, type ModelText } from '../machine.ts';
import type { Code, Stmt } from '../nodes.ts';
import type { Observer } from '../observer.ts';
import { type Codes, flatStmts, loop, path, pickStep, step, when } from '../program.ts';
import { type Plan, placeOf, planOf, type Rows } from '../reduce/plan.ts';
import { bool, maybe } from '../sorts.ts';
import { placesOf } from './action.ts';
import { orderOf, type Symmetry, symmetryOf } from './derive.ts';
import { type Element, imageOf } from './group.ts';
import { type Canonical, quotient } from './quotient.ts';
import { realSteps } from './real-steps.ts';
import { PlacesOfPlan, sharedPlan, withSharedStops } from './shared-plan.ts';
import { generated } from './testing/compare.ts';
import { symmetricWorld } from './testing/symmetric-world.ts';

const all = { fusion: true, localFirst: true, lateHardware: true };

interface Ready {
  readonly text: ModelText;
  readonly plain: Machine;
  readonly symmetry: Symmetry;
  readonly canonical: Canonical;
  readonly plan: Plan;
}

function ready(text: ModelText): Ready {
  const plain = new Machine(text, { resetDead: true });
  const symmetry = symmetryOf(plain);
  const plan = sharedPlan(plain, symmetry);
  return { text, plain, symmetry, canonical: generated(plain, symmetry), plan };
}

function together(
  { text, canonical }: Ready,
  plan: Plan,
): { stepping: Machine; system: Explorable } {
  const stepping = new Machine(text, { resetDead: true, reductions: all, plan });
  return { stepping, system: quotient(stepping, canonical) };
}

function answer(one: Ready, plan = one.plan, targets = one.plain.properties): SearchResult {
  return search(together(one, plan).system, { targets });
}

/** What differs between a plan and its image: nothing may, if names are to make no difference. */
function differences({ plain, symmetry }: Ready, plan: Plan): string[] {
  const places = new PlacesOfPlan(plan, placesOf(plain));
  const found = new Set<string>();
  const rowsDiffer = (element: Element, mine: Rows, theirs: Rows): boolean => {
    if (mine === undefined || theirs === undefined) return mine !== theirs;
    return mine.some((row, u) => {
      const image = theirs[imageOf(element, 'thread', u)] as Uint8Array;
      return row.some((free, q) => image[places.image(element, u, q)] !== free);
    });
  };
  for (const element of symmetry.components.flatMap((component) => component.elements)) {
    plan.threads.forEach((thread, t) => {
      const other = plan.threads[imageOf(element, 'thread', t)];
      for (let p = 0; p < thread.places; p++) {
        const q = places.image(element, t, p);
        if (q < 0 || other === undefined) {
          found.add('a place without an image');
          continue;
        }
        for (const table of ['before', 'after', 'waits'] as const) {
          if (rowsDiffer(element, thread[table][p], other[table][q])) found.add(table);
        }
        for (const table of ['stops', 'heeds'] as const) {
          if (thread[table][p] !== other[table][q]) found.add(table);
        }
      }
    });
  }
  return [...found].sort();
}

const world = { cpus: 2, pages: 2, frames: 2, design: { design: immediate } };

describe('a world in which everything of a kind is alike', () => {
  const one = ready(symmetricWorld({ ...world, does: ['reclaim', 'load'] }));
  const { plain, plan, symmetry, canonical } = one;

  test('the plan is the same under every name', () => {
    expect(orderOf(symmetry)).toBe(8);
    expect(differences(one, plan)).toEqual([]);
  });

  test('broken on purpose: a plan with a stop for one thread only is told', () => {
    const [first, ...others] = plan.threads;
    if (first === undefined) throw new Error('no thread');
    const stops = first.stops.slice();
    stops[stops.indexOf(0)] = 1;
    const wrong = { ...plan, threads: [{ ...first, stops }, ...others] };
    expect(differences(one, wrong)).toEqual(['stops']);
    expect(differences(one, withSharedStops(wrong, plain, symmetry))).toEqual([]);
  });

  test('every thread of every representative stands where the plan knows of a place', () => {
    const { system } = together(one, plan);
    const nowhere = new Set<string>();
    const { states } = search(
      {
        ...system,
        successors: (state, visit) => {
          plan.threads.forEach((thread, t) => {
            if (placeOf(thread, plain.counter(t), state) < 0) nowhere.add(`thread ${t}`);
          });
          system.successors(state, visit);
        },
      },
      { targets: [] },
    );
    expect([...nowhere]).toEqual([]);
    const alone = search(quotient(plain, canonical), { targets: [] });
    expect(states * 4).toBeLessThan(alone.states);
    expect(answer(one).completed).toBe(alone.completed);
  });
});

/** As a world of the kernel with its flush left out: found only by a translation read in time. */
describe('a translation that outlives its page', () => {
  const forgetful = { design: mainline, without: ['try_to_unmap_flush'] } as const;
  const one = ready(symmetricWorld({ ...world, design: forgetful, does: ['reclaim', 'load'] }));

  test('is found, and told in names that can be taken one by one', () => {
    const { stepping, system } = together(one, one.plan);
    const { plain, canonical } = one;
    const { violation } = search(system, { targets: plain.properties });
    const run = realSteps(
      { plain, stepping, canonical },
      violation?.path ?? [],
      violation?.properties,
    );
    const real = new Machine(one.text);
    let state = real.initial();
    let last: string[] = [];
    for (const action of run) {
      const { next, happenings } = real.replay(state, action);
      last = happenings.filter(({ kind }) => kind === 'report').map(({ name }) => name);
      state = next;
    }
    expect(last).toEqual(violation?.properties);
    expect(last).not.toEqual([]);
  });

  test('broken on purpose: a hardware that is never asked has not read it', () => {
    const deaf = {
      ...one.plan,
      threads: one.plan.threads.map((thread) => ({
        ...thread,
        notices: thread.notices.map((ways) => ways.map(() => ({ ways: [], roots: [] }))),
      })),
    };
    expect(answer(one).verdict).toBe('violated');
    expect(answer(one, deaf).verdict).toBe('holds');
  });
});

function model(d: Declarations, codes: readonly Codes[], observers: Observer[]): ModelText {
  return {
    sizes: { thread: codes.length, cpu: 2 },
    declarations: d,
    init: [],
    threads: codes.map((code, i) => ({
      name: `t${i}`,
      code: (code as readonly unknown[]).flat(9) as Code[],
    })),
    ambient: [],
    observers,
  };
}
function report(id: string): Stmt {
  return { op: 'report', id, parties: {} };
}
function watching(event: string, hear: (fields: Record<string, Bool>) => Stmt[]): Observer {
  return {
    id: 'seen',
    reports: ['seen'],
    declarations: new Declarations(),
    hears: { [event]: (fields) => hear(fields as Record<string, Bool>) },
    init: [],
  };
}

describe('what is known at a place holds in every image of the start', () => {
  /** One of two gates is open. Whoever goes through looks at a mark that another thread sets for a moment. */
  const gates = (open: number): ModelText => {
    const d = new Declarations();
    const gate = d.table('gate', ['cpu'], { open: bool });
    const mark = d.table('mark', ['cpu'], { on: bool });
    const through = path(
      {
        name: 'through',
        source: '',
        leavesOut: '',
        reads: ['gate', 'mark'],
        writes: ['gate'],
        locals: { at: maybe('cpu') },
      },
      (_k: object, _a: object, l) => [
        pickStep('go', {
          pick: ['cpu'],
          among: ({ cpu }) => gate(cpu).open,
          does: ({ cpu }) => [l.at.set(cpu)],
        }),
        step('look', {
          op: 'emit',
          event: 'look',
          fields: { on: { sort: bool, node: mark(l.at.the()).on.node } },
        } as Stmt),
        // So that gates are part of the state.
        step('keep', gate(l.at.the()).open.set(gate(l.at.the()).open)),
      ],
    );
    const marks = path(
      {
        name: 'marks',
        source: '',
        leavesOut: '',
        reads: [],
        writes: ['mark'],
        locals: { at: maybe('cpu') },
      },
      (_k: object, _a: object, l) => [
        pickStep('choose', { pick: ['cpu'], does: ({ cpu }) => [l.at.set(cpu)] }),
        step('set', mark(l.at.the()).on.set(true)),
        step('clear', mark(l.at.the()).on.set(false)),
      ],
    );
    const seen = watching('look', ({ on }) => flatStmts([when(on as Bool, [report('seen')])]));
    const text = model(d, [[marks({}, {})], [through({}, {})]], [seen]);
    return { ...text, init: [gate(theId('cpu', open)).open.set(true)].flat() as Stmt[] };
  };
  const verdicts = (planFor: (one: Ready) => Plan): string[] =>
    [0, 1].map((open) => {
      const one = ready(gates(open));
      expect(orderOf(one.symmetry)).toBe(2);
      return answer(one, planFor(one)).verdict;
    });

  test('so that both are found', () => {
    expect(verdicts(({ plan }) => plan)).toEqual(['violated', 'violated']);
  });
  test('broken on purpose: derived from the initial state alone, the plan is told to be of no use', () => {
    expect(() => verdicts(({ plain }) => planOf(plain.planText()))).toThrow('where no run can be');
  });
  test('and were it not, a violation would be missed', () => {
    const alone = verdicts(({ plain, plan }) => {
      const narrow = planOf(plain.planText());
      // Places that it does not know of are taken for one that it does.
      const threads = narrow.threads.map((thread, t) => ({
        ...thread,
        points: thread.points.map((point, pc) => ({
          ...point,
          ids: point.ids.map((id, i) =>
            id < 0 && (plan.threads[t]?.points[pc]?.ids[i] ?? -1) >= 0
              ? Math.max(...point.ids)
              : id,
          ),
        })),
      }));
      return { ...narrow, threads };
    });
    expect(alone).toContain('holds');
  });
});

describe('a stop is one under every name', () => {
  /** Two threads that go round by themselves, and one that says something. */
  const d = new Declarations();
  const on = d.table('on', ['thread'], { now: bool });
  const round = (): Codes => [
    loop('for ever', step('one', on(me).now.set(true)), step('two', on(me).now.set(false))),
  ];
  const look = step('other', { op: 'emit', event: 'other', fields: {} } as Stmt);
  const keep = step('keep', when(on(me).now, [on(me).now.set(false)]));
  const text = model(
    d,
    [round(), round(), [look, keep]],
    [watching('other', () => [report('seen')])],
  );
  const one = ready(text);
  const { plan, plain, symmetry } = one;
  /** Stops at different points of equal threads; the third thread's step is not one to come first. */
  const uneven = (first: number): Plan => ({
    ...plan,
    threads: plan.threads.map((thread, t) =>
      t === 2
        ? { ...thread, before: thread.before.map(() => undefined) }
        : {
            ...thread,
            after: thread.after.map(() => undefined),
            stops: thread.stops.map((_, p) => Number(p === (t + first) % 2)),
          },
    ),
  });

  test('so that others are looked at', () => {
    expect(orderOf(symmetry)).toBe(2);
    expect(answer(one).verdict).toBe('violated');
    expect(plan.threads.slice(0, 2).map(({ places }) => places)).toEqual([2, 2]);
  });
  test('broken on purpose: threads that are renamed go round for ever', () => {
    const verdicts = [0, 1].map((first) => answer(one, uneven(first)).verdict);
    expect(verdicts).toContain('holds');
    for (const first of [0, 1]) {
      const mended = withSharedStops(uneven(first), plain, symmetry);
      expect(answer(one, mended).verdict).toBe('violated');
    }
  });
});
