// The may-hold form of the TLB against the explicit one, on every variant of the catalogue that is
// small enough: the same verdict and the same property, counterexamples that replay with explicit
// fills; and the form broken on purpose, which must not go unnoticed.

import { describe, expect, test } from 'vitest';
import { scenarios } from '../src/catalogue/all.ts';
import { modelOf } from '../src/catalogue/build.ts';
import { concretise } from '../src/explain/concretise.ts';
import { checked, judge, replay } from '../src/explain/judge.ts';
import { DEADLOCK, type SearchResult, search } from '../src/explore/search.ts';
import { checkFillsHidden } from '../src/kernel/may-hold.ts';
import { TLB_DROP, TLB_FILL, tlbForms } from '../src/kernel/tlb-form.ts';
import { type Decoded, decode } from '../src/lang/compile-stmt.ts';
import { Declarations } from '../src/lang/declare.ts';
import { type Ambient, Machine, type ModelText } from '../src/lang/machine.ts';
import type { Code, Node, Stmt } from '../src/lang/nodes.ts';
import type { Observer } from '../src/lang/observer.ts';
import { bool } from '../src/lang/sorts.ts';

/** With ALL_VARIANTS=1 in the environment, larger ones too. */
const SMALL = process.env.ALL_VARIANTS === '1' ? 20_000 : 1500;
const cases = scenarios.flatMap((scenario) =>
  scenario.variants.map((variant) => ({ name: `${scenario.id}:${variant.id}`, scenario, variant })),
);
function textOf(name: string, tlb: 'explicit' | 'may'): ModelText {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error('renamed?');
  return modelOf(found.scenario, found.variant, [], tlb);
}
function explore(text: ModelText, maxStates = 20_000): SearchResult {
  return search(new Machine(text), { targets: checked, bounds: { maxStates } });
}

describe('the same answer in both forms', () => {
  let compared = 0;
  let fewer = 0;
  test.each(cases)('$name', ({ scenario, variant }) => {
    const explicit = new Machine(modelOf(scenario, variant));
    const options = { targets: checked, bounds: { maxStates: SMALL } };
    const full = search(explicit, options);
    if (full.verdict === 'bounded') return;
    compared++;
    const may = new Machine(modelOf(scenario, variant, [], 'may'));
    const result = search(may, options);
    if (result.states < full.states) fewer++;
    expect(result.verdict).toBe(full.verdict);
    expect(result.violation?.properties).toEqual(full.violation?.properties);
    if (result.violation === undefined) {
      expect(result.completed > 0).toBe(full.completed > 0);
      return;
    }
    const { path, properties } = result.violation;
    const steps = concretise(path, { may, explicit, ...tlbForms });
    expect(steps.length).toBeGreaterThanOrEqual(full.depth);
    const shown = replay(scenario, variant, steps, properties);
    expect(shown.property).toBe(properties[0] ?? DEADLOCK);
    // What is added is fills and evictions, nothing else.
    const added = shown.steps.filter(({ label }) => label === TLB_FILL || label === TLB_DROP);
    expect(steps.length - added.length).toBeLessThanOrEqual(path.length);
  });
  test('much of the catalogue is small, and smaller in the may-hold form', () => {
    expect(compared).toBeGreaterThan(cases.length / 3);
    expect(fewer).toBeGreaterThan(compared / 2);
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

/** In every state whatever a CPU could walk it may hold; and evictions are no steps. */
function unheld(text: ModelText, maxStates: number): string[] {
  const machine = new Machine(text);
  const bad = new Set<string>();
  search(
    {
      words: machine.words,
      properties: machine.properties,
      initial: () => machine.initial(),
      finished: (state) => machine.finished(state),
      isThreadAction: (action) => machine.isThreadAction(action),
      successors: (state, visit) => {
        for (const place of walkableNotHeld(machine, state)) bad.add(place);
        machine.successors(state, visit);
      },
    },
    { targets: [], bounds: { maxStates } },
  );
  return [...bad];
}

function walkableNotHeld(machine: Machine, state: Int32Array): string[] {
  const { cpu: cpus = 0, va: vas = 0, asid } = machine.text.sizes;
  const values = { ...fixedOf(machine), ...machine.describe(state) };
  const value = (name: string): number => {
    const found = values[name];
    if (typeof found === 'number') return found;
    if (typeof found === 'boolean') return found ? 1 : 0;
    return -1;
  };
  const bad: string[] = [];
  for (let cpu = 0; cpu < cpus; cpu++) {
    const mm = value(`loaded_mm[${cpu}]`);
    if (mm < 0) continue;
    const tag = asid === undefined ? mm : value(`cpu_tlbstate.asid[${cpu}]`);
    for (let va = 0; va < vas; va++) {
      const frame = value(`pte.frame[${mm},${va}]`);
      if (frame < 0) continue;
      const held = (right: string): boolean => {
        const set = values[`tlb.${right}[${cpu},${tag},${va}]`];
        return set === undefined || (Array.isArray(set) && set.includes(frame));
      };
      const storable =
        value(`pte.writable[${mm},${va}]`) === 1 && value(`pte_dirty.bit[${mm},${va}]`) === 1;
      if (!held('read')) bad.push(`read ${cpu} ${mm} ${va}`);
      if (storable && !held('write')) bad.push(`write ${cpu} ${mm} ${va}`);
    }
  }
  return bad;
}

function fixedOf(machine: Machine): Record<string, Decoded> {
  const values: Record<string, Decoded> = {};
  for (const [cell, entries] of machine.fixed) {
    const sizes = cell.index.map((of) => machine.text.sizes[of] ?? 0);
    entries.forEach((entry, n) => {
      let rest = n;
      const at = sizes
        .toReversed()
        .map((size) => {
          const one = rest % size;
          rest = Math.floor(rest / size);
          return one;
        })
        .toReversed();
      values[`${cell.name}[${at.join(',')}]`] = decode(entry, cell.sort, machine);
    });
  }
  return values;
}

describe('whatever can be walked may be held, in every state', () => {
  test.each(cases)('$name', ({ scenario, variant }) => {
    expect(unheld(modelOf(scenario, variant, [], 'may'), 500)).toEqual([]);
  });
});

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

  test('a walk that sets an accessed bit is refused', () => {
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
