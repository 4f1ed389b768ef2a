// The may-hold form of the TLB against the explicit one, on every variant of the catalogue that is
// small enough: the same verdict and the same property, counterexamples that replay with explicit
// fills; and the form broken on purpose, which must not go unnoticed.

import { describe, expect, test } from 'vitest';
import { modelOf } from '../src/catalogue/build.ts';
import type { Scenario } from '../src/catalogue/scenario.ts';
import {
  type Chosen,
  chosenVariants,
  isAll,
  variantNamed,
} from '../src/catalogue/testing/chosen.ts';
import { concretise } from '../src/explain/concretise.ts';
import { checked, judge, replay, type Verdict } from '../src/explain/judge.ts';
import { DEADLOCK, type Explorable, type SearchResult, search } from '../src/explore/search.ts';
import { mainline } from '../src/kernel/designs/mainline.ts';
import { tlbFill } from '../src/kernel/hardware.ts';
import type { Design, DesignChoice } from '../src/kernel/kernel.ts';
import { checkFillsHidden } from '../src/kernel/may-hold.ts';
import { isNoMayHold, TLB_FILL, type TlbForm, tlbForms } from '../src/kernel/tlb-form.ts';
import type { UserKernel } from '../src/kernel/user-kernel.ts';
import { type Decoded, decode } from '../src/lang/compile-stmt.ts';
import { Declarations } from '../src/lang/declare.ts';
import { type BoolRef, boundId, theId } from '../src/lang/expr.ts';
import { type Field, readField } from '../src/lang/layout.ts';
import { type Ambient, Machine, type ModelText } from '../src/lang/machine.ts';
import type { Code, Node, Stmt } from '../src/lang/nodes.ts';
import type { Observer } from '../src/lang/observer.ts';
import { flatStmts, step, waitStep, when } from '../src/lang/program.ts';
import { bool } from '../src/lang/sorts.ts';

/** With ALL_VARIANTS=1 in the environment, larger ones too. */
const SMALL = isAll ? 20_000 : 1500;
const cases = chosenVariants();
function textOf(name: string, tlb: TlbForm): ModelText {
  const { scenario, variant } = variantNamed(name);
  return modelOf(scenario, variant, [], tlb);
}
function explore(text: ModelText, maxStates = 20_000): SearchResult {
  return search(new Machine(text), { targets: checked, bounds: { maxStates } });
}
/** The may-hold form, or none where the kernel says that there is none. */
function mayHoldOf(one: Chosen): Machine | undefined {
  try {
    return new Machine(modelOf(one.scenario, one.variant, [], 'may'));
  } catch (thrown) {
    if (isNoMayHold(thrown)) return undefined;
    throw thrown;
  }
}

describe('the same answer in both forms', () => {
  let compared = 0;
  let fewer = 0;
  let exact = 0;
  let violated = 0;
  test.each(cases)('$name', ({ name, scenario, variant }) => {
    const explicit = new Machine(modelOf(scenario, variant));
    const options = { targets: checked, bounds: { maxStates: SMALL } };
    const full = search(explicit, options);
    if (full.verdict === 'bounded') return;
    const may = mayHoldOf(variantNamed(name));
    if (may === undefined) return;
    compared++;
    const missing = new Set<string>();
    const result = search(lookingAt(may, missing), options);
    expect([...missing], 'walkable and not held').toEqual([]);
    if (result.states < full.states) fewer++;
    expect(result.verdict).toBe(full.verdict);
    expect(result.violation?.properties).toEqual(full.violation?.properties);
    if (result.violation === undefined) {
      expect(result.completed > 0).toBe(full.completed > 0);
      return;
    }
    violated++;
    const { path, properties } = result.violation;
    const steps = concretise(path, { may, explicit, ...tlbForms });
    // No way in the may-hold form is longer than its explicit one.
    expect(result.depth).toBeLessThanOrEqual(full.depth);
    expect(steps.length).toBeGreaterThanOrEqual(full.depth);
    if (steps.length === full.depth) exact++;
    const shown = replay(scenario, variant, steps, properties);
    expect(shown.property).toBe(properties[0] ?? DEADLOCK);
    // What is added is fills and evictions, nothing else.
    const added = shown.steps.filter(({ label }) => tlbForms.added.some((one) => one === label));
    expect(steps.length - added.length).toBeLessThanOrEqual(path.length);
  });
  test('much of the catalogue is small, and smaller in the may-hold form', () => {
    expect(compared).toBeGreaterThan(cases.length / 3);
    expect(fewer).toBeGreaterThan(compared / 2);
  });
  test('most counterexamples are shortest at once', () => {
    expect(exact).toBeGreaterThan(0.9 * violated);
  });
});

test('a verdict reached in the may-hold form is shown with the fill that it takes', () => {
  const one = cases.find(({ variant, scenario }) => {
    const explicit = explore(modelOf(scenario, variant), SMALL);
    return explicit.verdict === 'violated' && variant.expect === 'stale-read';
  });
  if (one === undefined) throw new Error('no small stale read?');
  const { violation, asExpected } = judge(one.scenario, one.variant, { tlb: 'may' });
  expect(asExpected).toBe(true);
  const events = violation?.steps.flatMap((step) => step.events) ?? [];
  const use = events.findLast(({ name }) => name === 'tlb.use');
  expect(events.some((e) => e.name === 'tlb.fill' && e.fields.frame === use?.fields.frame)).toBe(
    true,
  );
});

/** The machine; in every state it is seen to that what a CPU could walk it may hold. */
function lookingAt(machine: Machine, missing: Set<string>): Explorable {
  const read = reader(machine);
  return {
    words: machine.words,
    properties: machine.properties,
    initial: () => machine.initial(),
    finished: (state) => machine.finished(state),
    isThreadAction: (action) => machine.isThreadAction(action),
    successors: (state, visit) => {
      for (const place of walkableNotHeld(machine, read, state)) missing.add(place);
      machine.successors(state, visit);
    },
  };
}
function unheld(text: ModelText, maxStates: number): string[] {
  const missing = new Set<string>();
  search(lookingAt(new Machine(text), missing), { targets: [], bounds: { maxStates } });
  return [...missing];
}

/** What a table's entry is in a state; undefined where the model has no such table, or needs none. */
type Read = (state: Int32Array, name: string, ...at: readonly number[]) => Decoded | undefined;

function reader(machine: Machine): Read {
  const { sizes } = machine.text;
  const tables = new Map([
    ...[...machine.layout.entries()].map(([cell, fields]) => {
      const raw = (state: Int32Array, n: number): number => readField(state, fields[n] as Field);
      return [cell.name, { cell, raw }] as const;
    }),
    ...[...machine.fixed].map(([cell, entries]) => {
      const raw = (_: Int32Array, n: number): number => entries[n] as number;
      return [cell.name, { cell, raw }] as const;
    }),
  ]);
  return (state, name, ...at) => {
    const table = tables.get(name);
    if (table === undefined) return undefined;
    const n = at.reduce(
      (sum, one, i) => sum * (sizes[table.cell.index[i] as string] ?? 0) + one,
      0,
    );
    return decode(table.raw(state, n), table.cell.sort, machine);
  };
}

function walkableNotHeld(machine: Machine, read: Read, state: Int32Array): string[] {
  const { cpu: cpus = 0, va: vas = 0, asid } = machine.text.sizes;
  const bad: string[] = [];
  const users = read(state, 'second_mmu_users');
  for (let cpu = 0; cpu < cpus; cpu++) {
    const mm = read(state, 'loaded_mm', cpu);
    if (typeof mm !== 'number') continue;
    const asidOf = (): number => read(state, 'cpu_tlbstate.asid', cpu) as number;
    const tag = asid === undefined ? mm : asidOf();
    const second = Array.isArray(users) && users.includes(cpu);
    for (let va = 0; va < vas; va++) {
      const tsb = typeof read(state, 'tsb.frame', mm, va) === 'number';
      const table = second ? 'second_pte' : tsb ? 'tsb' : 'pte';
      const frame = read(state, `${table}.frame`, mm, va);
      if (typeof frame !== 'number') continue;
      const held = (right: string): boolean => {
        const set = read(state, `tlb.${right}`, cpu, tag, va);
        return set === undefined || (Array.isArray(set) && set.includes(frame));
      };
      const dirty = second || read(state, 'pte_dirty.bit', mm, va) === true;
      const storable = dirty && read(state, `${table}.writable`, mm, va) === true;
      if (!held('read')) bad.push(`read ${cpu} ${mm} ${va}`);
      if (storable && !held('write')) bad.push(`write ${cpu} ${mm} ${va}`);
    }
  }
  return bad;
}

/** The text with some assignments to the TLB's sets left out of the steps. */
function forgetting(text: ModelText, which: Node['op']): ModelText {
  const stmts = (list: readonly Stmt[]): Stmt[] =>
    list.flatMap((stmt): Stmt[] => {
      if (stmt.op === 'assign') {
        const { target, value } = stmt;
        const ofTlb = target.op === 'cell' && target.cell.name.startsWith('tlb.');
        return ofTlb && value.op === which ? [] : [stmt];
      }
      if (stmt.op === 'if') {
        return [{ ...stmt, holds: stmts(stmt.holds), otherwise: stmts(stmt.otherwise) }];
      }
      return stmt.op === 'each' ? [{ ...stmt, body: stmts(stmt.body) }] : [stmt];
    });
  const code = (list: readonly Code[]): Code[] =>
    list.map((one): Code => {
      switch (one.op) {
        case 'step': {
          const otherwise = one.otherwise === undefined ? undefined : stmts(one.otherwise);
          return { ...one, body: stmts(one.body), otherwise };
        }
        case 'branch':
          return { ...one, holds: code(one.holds), otherwise: code(one.otherwise) };
        case 'while':
        case 'block':
        case 'call':
          return { ...one, body: code(one.body) };
        default:
          return one;
      }
    });
  return {
    ...text,
    threads: text.threads.map((thread) => ({ ...thread, code: code(thread.code) })),
    ambient: text.ambient.map((one) => ({ ...one, body: stmts(one.body) })),
  };
}

describe('broken on purpose', () => {
  const holds = 'LUF-write2:repaired';

  test('a flush that forgets to remove: a violation that no explicit fill leads to', () => {
    expect(explore(textOf(holds, 'may')).verdict).toBe('holds');
    const text = forgetting(textOf(holds, 'may'), 'empty');
    const { verdict, violation } = explore(text);
    expect(verdict).toBe('violated');
    const forms = { may: new Machine(text), explicit: new Machine(textOf(holds, 'explicit')) };
    expect(() => concretise(violation?.path ?? [], { ...forms, ...tlbForms })).toThrow(
      'the forms of the TLB disagree',
    );
  });

  test('re-adding forgotten: some CPU could walk what it is not said to hold', () => {
    const text = forgetting(textOf(holds, 'may'), 'union');
    expect(unheld(text, 20_000)).not.toEqual([]);
  });

  const old = variantNamed('LUF-buddy:mainline-broken');
  const judged = (one: Pick<Scenario, 'threads'>, design: DesignChoice, tlb: TlbForm): Verdict =>
    judge(
      { ...old.scenario, threads: [...old.scenario.threads, ...one.threads] },
      { ...old.variant, design },
      { tlb },
    );

  test('a walk that sets an accessed bit, and a path that tests it: explicit fills, and said so', () => {
    // What hardware does and the kernel reads is a step of its own, not a fill that nobody sees.
    let young: BoolRef;
    const ages: Design = {
      ...{ id: 'ages', says: 'a test', source: 'a test', points: [] },
      build: (k, has) => {
        young = k.declarations.scalar('young', bool);
        const params = [{ name: 'cpu', of: 'cpu' }] as const;
        const cpu = boundId(params[0]);
        const [mm, va] = [theId('mm', 0), theId('va', 0)];
        const walk = k.pte(mm, va).frame.isSome();
        const fill = {
          ...{ label: TLB_FILL, params, when: k.loaded(cpu).is(mm).and(walk).node },
          body: flatStmts([tlbFill(k, cpu, mm, va), young.set(true)]),
        };
        return { ...mainline.build(k, has), ambient: [fill] };
      },
    };
    const tests = {
      threads: [{ name: 'idle', cpu: 0, code: () => [waitStep('folio_test_young', young)] }],
    };
    const asked = judged(tests, { ...old.variant.design, design: ages }, 'may');
    expect(asked.result.explicitFills).toContain("a TLB fill changes 'young'");
    expect(asked.result.reduced).toBeUndefined();
    const explicit = judged(tests, { ...old.variant.design, design: ages }, 'explicit');
    expect(asked.result.states).toBe(explicit.result.states);
    expect(asked.result.verdict).toBe(explicit.result.verdict);
  });

  test('a path that looks at an entry of the TLB: explicit fills, and said so', () => {
    const looks = {
      threads: [
        {
          ...{ name: 'curious', cpu: 0 },
          code: (k: UserKernel) => [
            step(
              'tlb probe',
              when(k.tlb(theId('cpu', 1), theId('mm', 0), theId('va', 0)).dirty, []),
            ),
          ],
        },
      ],
    };
    const { result } = judged(looks, old.variant.design, 'may');
    expect(result.explicitFills).toContain('a path asks for a single entry of a TLB');
  });

  test('huge pages: explicit fills, and said so', () => {
    const { scenario, variant } = cases.find((one) => one.scenario.world.huge === true) ?? old;
    const { result } = judge(scenario, variant, { tlb: 'may' });
    expect(result.explicitFills).toContain('huge entries');
  });

  test('a fill that changes anything else is refused', () => {
    const text = textOf(holds, 'explicit');
    const accessed = new Declarations().scalar('accessed', bool);
    const walk = (one: Ambient): Ambient =>
      one.label === TLB_FILL ? { ...one, body: [...one.body, accessed.set(true)] } : one;
    checkFillsHidden(text);
    const broken = { ...text, ambient: text.ambient.map(walk) };
    expect(() => checkFillsHidden(broken)).toThrow("a TLB fill changes 'accessed'");
  });

  test('a rule that listens to fills is refused', () => {
    const text = textOf(holds, 'explicit');
    const observer: Observer = {
      ...{ id: 'curious', reports: [], declarations: new Declarations(), init: [] },
      hears: { 'tlb.fill': () => [] },
    };
    const broken = { ...text, observers: [...text.observers, observer] };
    expect(() => checkFillsHidden(broken)).toThrow("'curious' listens to tlb.fill");
  });
});
