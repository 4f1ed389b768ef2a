import { expect, test } from 'vitest';
import { controlOf } from './control.ts';
import { Layout } from './layout.ts';
import { livenessOf } from './liveness.ts';
import type { Code, Local } from './nodes.ts';
import { placeLocals } from './place-locals.ts';
import { path, step } from './program.ts';
import { int } from './sorts.ts';

const head = { source: '', leavesOut: '', reads: [], writes: [], locals: { n: int(3) } };

/** A call that sets its local, does what it is given, and reads its local. */
function called(name: string, ...inside: Code[]): Code {
  return path<object, object, { n: ReturnType<typeof int> }>({ ...head, name }, (_k, _a, l) => [
    step('set', l.n.set(1)),
    ...inside,
    step('use', l.n.set(l.n)),
  ])({}, {});
}

function fields(codes: readonly Code[]): (code: Code) => string {
  const layout = new Layout({ thread: 1 });
  placeLocals(controlOf(codes), layout);
  return (code) => {
    const [local] = (code as Extract<Code, { op: 'call' }>).locals as [Local];
    return JSON.stringify(layout.local(local));
  };
}

test('calls that are never active together share room', () => {
  const [a, b] = [called('a'), called('b')];
  const at = fields([a, b]);
  expect(at(a)).toBe(at(b));
});

test('a call inside of another does not share its room', () => {
  const inner = called('inner');
  const outer = called('outer', inner);
  const at = fields([outer]);
  expect(at(inner)).not.toBe(at(outer));
});

test('a call written once and used at two places shares room with neither of its callers', () => {
  const inner = called('inner');
  const deep = called('deep', inner);
  const outer = called('outer', deep);
  for (const codes of [
    [inner, outer],
    [outer, inner],
  ]) {
    const at = fields(codes);
    expect(new Set([at(inner), at(deep), at(outer)]).size).toBe(3);
  }
});

test('what it keeps is alive wherever it is used, whatever comes after it', () => {
  const twice = called('twice');
  const codes = [twice, twice, called('last')];
  const control = controlOf(codes);
  const { live } = livenessOf(control, []);
  const uses = control.nodes.flatMap((node, n) =>
    node.kind === 'step' && node.step.label === 'use' ? [n] : [],
  );
  expect(uses.map((n) => live[n]?.size)).toEqual([1, 1, 1]);
  // From the step before it as well: that one does not touch it.
  const around = controlOf([called('around', step('between')), twice, twice]);
  const between = around.nodes.findIndex((n) => n.kind === 'step' && n.step.label === 'between');
  expect(livenessOf(around, []).live[between]?.size).toBe(1);
});
