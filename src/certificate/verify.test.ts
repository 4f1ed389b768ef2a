import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { scenarios } from '../catalogue/all.ts';
import { modelOf } from '../catalogue/build.ts';
import { certifying } from '../explain/certifying.ts';
import { theId } from '../lang/expr.ts';
import { Machine, type ModelText } from '../lang/machine.ts';
import { waitStep } from '../lang/program.ts';
import { type Certificate, type CertificateHead, decode, encode } from './format.ts';
import { identityOf } from './identity.ts';
import { type Verified, verifying } from './verify.ts';

function textOf(name: string): ModelText {
  const { scenario, variant } = named(name);
  return modelOf(scenario, variant);
}
function named(name: string) {
  const [id, variantId] = name.split(':');
  const scenario = scenarios.find((one) => one.id === id);
  const variant = scenario?.variants.find((one) => one.id === variantId);
  if (scenario === undefined || variant === undefined) throw new Error('renamed?');
  return { scenario, variant };
}
/** Of anything, whether it holds or not. */
function certificateOf(question: string): Certificate {
  const { scenario, variant } = named(question);
  const run = certifying(scenario, variant, { question, redesign: {}, maxStates: 1e6 });
  for (;;) {
    const { done, value } = run.next(true);
    if (done !== true) continue;
    if (value === undefined) throw new Error('too large');
    return value;
  }
}
function verified(certificate: Certificate, name = certificate.head.question): Verified {
  const run = verifying(textOf(name), certificate, 'x.cert');
  for (;;) {
    const { done, value } = run.next(true);
    if (done === true) return value;
  }
}
function refusal(body: () => unknown): string {
  try {
    body();
    return 'none';
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message}`;
  }
}

const good = certificateOf('LUF-munmap:repaired');
const { words } = good.head;
const without = (s: number): Certificate => ({
  head: { ...good.head, states: good.head.states - 1 },
  states: Int32Array.from([
    ...good.states.subarray(0, s * words),
    ...good.states.subarray((s + 1) * words),
  ]),
});
const claiming = (head: Partial<CertificateHead>): Certificate => ({
  head: { ...good.head, ...head },
  states: good.states,
});
const some = Array.from({ length: 12 }, (_, i) => Math.floor((i * good.head.states) / 12));

test('what holds is verified, through the file as well', () => {
  const { states, transitions, finished } = good.head;
  expect(verified(good)).toEqual({ states, transitions, finished });
  const again = decode(encode(good), 'x.cert');
  expect(again).toEqual(good);
  expect(encode(certificateOf('LUF-munmap:repaired'))).toEqual(encode(good));
});

describe('tampered with', () => {
  test.each(some)('state %i removed', (s) => {
    expect(refusal(() => verified(without(s)))).toMatch(/^LUF-E106 .*(not listed|is missing)/);
  });
  test.each(some)('a bit of state %i flipped', (s) => {
    const states = good.states.slice();
    const at = s * words + (s % words);
    states[at] = (states[at] as number) ^ (1 << (s % 32));
    // The state that came of it may be one that the interpreter cannot even go on from.
    expect(refusal(() => verified({ ...good, states }))).toMatch(/^LUF-E\d+ /);
  });
  test('a state in place of another, twice', () => {
    const states = good.states.slice();
    states.copyWithin(0, words, 2 * words);
    expect(refusal(() => verified({ ...good, states }))).toContain('listed twice');
  });
  test.each<[Partial<CertificateHead>, string]>([
    [{ transitions: good.head.transitions + 1 }, 'transitions'],
    [{ finished: good.head.finished + 1 }, 'all is done'],
    [{ initial: good.head.initial.map((word) => word + 1) }, 'begins with another state'],
    [{ properties: ['leak'] }, 'other properties'],
    [{ model: '0123456789abcdef' }, 'another model'],
    [{ words: words - 1 }, 'another model'],
  ])('%j', (head, message) => {
    expect(refusal(() => verified(claiming(head)))).toContain(`LUF-E106`);
    expect(refusal(() => verified(claiming(head)))).toContain(message);
  });
  test('another scenario, another variant', () => {
    for (const other of ['LUF-buddy:repaired', 'LUF-munmap:broken']) {
      expect(refusal(() => verified(good, other))).toMatch(/^LUF-E106 /);
    }
  });
  test('cut short, made longer, or something else', () => {
    const bytes = encode(good);
    const read = (data: Uint8Array) => refusal(() => decode(data, 'x.cert'));
    for (const n of [1, 4, 44, bytes.length / 2]) {
      expect(read(bytes.subarray(0, bytes.length - n))).toMatch(/^LUF-E203 /);
    }
    expect(read(Uint8Array.from([...bytes, 0, 0, 0, 0]))).toMatch(/^LUF-E203 /);
    expect(read(bytes.subarray(0, 40))).toMatch(/^LUF-E202 /);
    expect(read(new Uint8Array())).toMatch(/^LUF-E202 /);
    expect(read(new TextEncoder().encode('null\n'))).toMatch(/^LUF-E202 /);
  });
});

describe('what does not hold cannot be certified', () => {
  test('a report', () => {
    expect(refusal(() => verified(certificateOf('LUF-buddy:broken')))).toMatch(
      /^LUF-E106 .*: leak$/,
    );
  });
  test('a deadlock', () => {
    const text = textOf('LUF-munmap:repaired');
    const [first] = text.threads;
    if (first === undefined) throw new Error('no threads?');
    const stuck = waitStep('never', theId('cpu', 0).is(theId('cpu', 1)));
    const lone = { ...text, threads: [{ name: first.name, code: [stuck] }], ambient: [] };
    const machine = new Machine(lone);
    const states = machine.initial();
    const head = {
      ...good.head,
      ...{ model: identityOf(machine), words: machine.words, initial: [...states] },
      ...{ states: 1, transitions: 0, finished: 0 },
    };
    const run = verifying(lone, { head, states }, 'x.cert');
    expect(refusal(() => run.next(true))).toBe('LUF-E106 state 1 of 1: deadlock');
  });
});

test('it is small, and shares nothing with the search', () => {
  const files = ['verify.ts', 'format.ts', 'identity.ts'];
  const texts = files.map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'));
  expect(texts.join('').split('\n').length).toBeLessThanOrEqual(200);
  for (const text of texts) {
    expect(text).not.toMatch(/from '.*\/(explore|explain|generate|reduce|symmetry)/);
  }
});
