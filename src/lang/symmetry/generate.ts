// The canonical form as plain JavaScript. It finds what normal.ts defines, without trying the whole
// group: signatures leave few exchanges to try, usually one; the sorted kind is put into order by
// one pass over its references; and exchanges are carried out by tables that map whole chunks of a
// word at a time. What an exchange does not touch is kept by a mask.
//
// Measured facts behind the shape: tables beat loops by 4 to 1 and matter more than the language
// (docs/performance.md); a switch over the program counter is needed for locals, since what their
// room means depends on it.

import type { Machine } from '../machine.ts';
import type { LiveLocal, Place } from './action.ts';
import { elementFor, leastElements, pairsOf, partialOrders } from './choices.ts';
import { chunksOf, touchedBy } from './chunks.ts';
import { mapValue, symmetryOf } from './derive.ts';
import type { Component } from './group.ts';
import { type Normal, normalOf, type Sorted } from './normal.ts';
import type { Signature, Term } from './signature.ts';

/**
 * The same for a machine (made with `resetDead`), its symmetry derived first; undefined where there
 * is none.
 */
export function canonicalSourceOf(machine: Machine): string | undefined {
  const symmetry = symmetryOf(machine);
  if (symmetry.components.length === 0) return undefined;
  return canonicalSource(normalOf(machine, symmetry));
}

/**
 * Source of a function body that returns `canonical(states, at)`: it replaces the state that starts
 * at `states[at]` by its representative, in place.
 *
 * ```ts
 * const canonical = new Function(canonicalSource(normal))();
 * canonical(states, 0);
 * ```
 */
export function canonicalSource(normal: Normal): string {
  const writer = new Writer(normal);
  return writer.source();
}

class Writer {
  readonly #normal: Normal;
  readonly #words: readonly number[];
  readonly #lines: string[] = [];

  constructor(normal: Normal) {
    this.#normal = normal;
    this.#words = Array.from({ length: normal.places.words }, (_, w) => w);
  }

  source(): string {
    const { factors, sorted, places } = this.#normal;
    const words = this.#words;
    this.#lines.push(
      `const A = new Int32Array(${places.words}), O = new Int32Array(${places.words}), BEST = new Int32Array(${places.words});`,
      HELPERS,
    );
    factors.forEach(({ component, signature }, i) => {
      this.#exchange(`exchange${i}`, component);
      this.#choices(i, component, signature);
    });
    if (sorted !== undefined) {
      this.#exchange('sortBy', sorted.component);
      this.#order(sorted);
    }
    const finish = sorted === undefined ? '' : 'const s = order(); if (s !== 0) sortBy(s);';
    const starts = factors.map((_, i) => `i${i}, n${i}`).join(', ');
    const loops = factors
      .map((_, i) => `for (let j${i} = i${i}; j${i} < i${i} + n${i}; j${i}++)`)
      .join(' ');
    const exchanges = factors
      .map((_, i) => `{ const e = LIST${i}[j${i}]; if (e !== 0) exchange${i}(e); }`)
      .join(' ');
    this.#lines.push(
      `function ties(${starts}) {`,
      '  let first = true;',
      '  O.set(A);',
      `  ${loops} {`,
      '    A.set(O);',
      `    ${exchanges}`,
      `    ${finish}`,
      '    if (first || less(A, BEST)) { BEST.set(A); first = false; }',
      '  }',
      '  A.set(BEST);',
      '}',
      'return function canonical(S, at) {',
      ...words.map((w) => `  const a${w} = S[at + ${w}]; A[${w}] = a${w};`),
    );
    factors.forEach(({ signature }, i) => {
      this.#lines.push(`  const p${i} = ${this.#pattern(signature, i)};`);
      this.#lines.push(`  const i${i} = START${i}[p${i}], n${i} = COUNT${i}[p${i}];`);
    });
    const single = factors.map((_, i) => `n${i} === 1`).join(' && ');
    const one = factors
      .map((_, i) => `{ const e = LIST${i}[i${i}]; if (e !== 0) exchange${i}(e); }`)
      .join(' ');
    if (factors.length === 0) this.#lines.push(`  ${finish}`);
    else this.#lines.push(`  if (${single}) { ${one} ${finish} } else ties(${starts});`);
    this.#lines.push(...words.map((w) => `  S[at + ${w}] = A[${w}];`), '};');
    return this.#lines.join('\n');
  }

  /** `name(e)` carries out element `e` of a factor on A. */
  #exchange(name: string, component: Component): void {
    const { places } = this.#normal;
    const { elements } = component;
    const touched = touchedBy(component, places);
    const keep = this.#words.map(() => -1);
    for (const { place } of touched) {
      const { word, shift, mask } = place.field;
      keep[word] = (keep[word] as number) & ~(mask << shift);
    }
    const terms = this.#words.map((w) => (keep[w] === 0 ? [] : [keepText(w, keep[w] as number)]));
    const bits = elements.length <= 24 ? 8 : 6;
    chunksOf(touched, bits).forEach((chunk, c) => {
      for (const target of this.#words) {
        const fields = chunk.fields.filter(({ targets }) => targets.some((t) => t.word === target));
        if (fields.length === 0) continue;
        const table = `${name}_${c}_${target}`;
        const text = fields.map(({ place, targets, maps }) => [
          place.field.shift - chunk.shift,
          place.field.mask,
          targets.map((t) => (t.word === target ? t.shift : -1)),
          maps.map((map) => map ?? 0),
        ]);
        this.#lines.push(
          `const ${table} = table(${elements.length}, ${chunk.bits}, ${JSON.stringify(text)});`,
        );
        const part = `(a${chunk.word} >>> ${chunk.shift}) & ${2 ** chunk.bits - 1}`;
        terms[target]?.push(`${table}[(e << ${chunk.bits}) | (${part})]`);
      }
    });
    const own = new Set(component.kinds);
    const locals = this.#byPoint(
      name,
      (local) => 'of' in local.sort && own.has(local.sort.of),
      (local) => {
        const { word, shift, mask } = (places.places[local.place] as Place).field;
        const map = mapName(name, local, mask);
        const value = `${map}[e * ${mask + 1} + ((o${word} >>> ${shift}) & ${mask})]`;
        return `o${word} = (o${word} & ${~(mask << shift)}) | (${value} << ${shift});`;
      },
      'o',
      (local) => {
        const { mask } = (places.places[local.place] as Place).field;
        const map = mapName(name, local, mask);
        const values = elements.flatMap((element) =>
          Array.from({ length: mask + 1 }, (_, v) =>
            mapValue(local.sort, v, places.sizes, element),
          ),
        );
        return `const ${map} = Int32Array.of(${values.join()});`;
      },
    );
    this.#lines.push(
      `function ${name}(e) {`,
      `  const ${this.#words.map((w) => `a${w} = A[${w}]`).join(', ')};`,
      ...this.#words.map((w) => `  let o${w} = ${(terms[w] as string[]).join(' | ') || '0'};`),
      ...locals,
      ...this.#words.map((w) => `  A[${w}] = o${w};`),
      '}',
    );
  }

  /** For each thread, a switch over its program counter with what to do about its live locals. */
  #byPoint(
    name: string,
    wanted: (local: LiveLocal) => boolean,
    does: (local: LiveLocal) => string,
    words: 'a' | 'o',
    declares: (local: LiveLocal) => string = () => '',
  ): string[] {
    const { places } = this.#normal;
    const declared = new Set<string>();
    return places.live.flatMap((points, t) => {
      const classes: string[] = [''];
      const byPoint = points.map((locals) => {
        const code = locals.filter(wanted).map((local) => {
          const declaration = declares(local);
          if (declaration !== '' && !declared.has(declaration)) {
            declared.add(declaration);
            this.#lines.push(declaration);
          }
          return does(local);
        });
        const text = code.join(' ');
        if (!classes.includes(text)) classes.push(text);
        return classes.indexOf(text);
      });
      if (classes.length === 1) return [];
      const { field } = places.places[places.counters[t] as number] as Place;
      const table = Array.from({ length: field.mask + 1 }, (_, pc) => byPoint[pc] ?? 0);
      this.#lines.push(`const ${name}_points${t} = Uint8Array.of(${table.join()});`);
      const cases = classes.slice(1).map((text, i) => `case ${i + 1}: ${text} break;`);
      const at = `(${words}${field.word} >>> ${field.shift}) & ${field.mask}`;
      return [`  switch (${name}_points${t}[${at}]) { ${cases.join(' ')} }`];
    });
  }

  /** Which elements make the signatures least, for each way in which they can compare. */
  #choices(i: number, { elements }: Component, signature: Signature | undefined): void {
    const lists: number[][] = [];
    const pairs = signature === undefined ? 0 : pairsOf(signature.points.length).length;
    for (let pattern = 0; pattern < 3 ** pairs; pattern++) {
      lists.push(leastElements(pattern, elements, signature));
    }
    const starts: number[] = [];
    const flat: number[] = [];
    for (const list of lists) {
      starts.push(flat.length);
      flat.push(...list);
    }
    this.#lines.push(
      `const START${i} = Int32Array.of(${starts.join()}), COUNT${i} = Int32Array.of(${lists.map((l) => l.length).join()}), LIST${i} = Int32Array.of(${flat.join()});`,
    );
  }

  #pattern(signature: Signature | undefined, i: number): string {
    if (signature === undefined) return '0';
    signature.terms.forEach((terms, n) => {
      this.#lines.push(
        `  const x${i}_${n} = ${terms.map((t) => this.#term(t)).join(' + ') || '0'};`,
      );
    });
    const comparisons = pairsOf(signature.points.length).map(([a, b], n) => {
      const [x, y] = [`x${i}_${a}`, `x${i}_${b}`];
      return `(${x} < ${y} ? 0 : ${x} === ${y} ? ${3 ** n} : ${2 * 3 ** n})`;
    });
    return comparisons.join(' + ');
  }

  #term({ place, count, shift }: Term): string {
    const { field, sort } = this.#normal.places.places[place] as Place;
    const value = `((a${field.word} >>> ${field.shift}) & ${field.mask})`;
    const one = (): string => {
      if (count === 'raw') return value;
      if (count === 'some') return `(${value} === 0 ? 0 : 1)`;
      if (count === 'members') return `members(${value})`;
      if (sort?.kind === 'set') return `((a${field.word} >>> ${field.shift + count.refersTo}) & 1)`;
      return `(${value} === ${count.refersTo + (sort?.kind === 'maybe' ? 1 : 0)} ? 1 : 0)`;
    };
    return shift === 0 ? one() : `(${one()} << ${shift})`;
  }

  /** `order()` answers the element of the sorted factor that puts A in order. */
  #order(sorted: Sorted): void {
    const { places } = this.#normal;
    const { of, size, component } = sorted;
    const partial = partialOrders(size);
    const next = partial.flatMap((list, code) => [
      code,
      ...Array.from({ length: size }, (_, v) =>
        list.includes(v) ? code : partial.findIndex((p) => p.join() === [...list, v].join()),
      ),
    ]);
    const done = partial.map((list) => elementFor(list, sorted, component));
    const see = (place: number, kind: string): string => {
      const { word, shift, mask } = (places.places[place] as Place).field;
      const value = `((a${word} >>> ${shift}) & ${mask})`;
      return `c = NEXT[c * ${size + 1} + ${value}${kind === 'id' ? ' + 1' : ''}];`;
    };
    const ofKind = (local: LiveLocal): boolean => 'of' in local.sort && local.sort.of === of;
    const references = this.#byPoint(
      'seen',
      (local) => ofKind(local) && local.sort.kind !== 'set',
      (local) => see(local.place, local.sort.kind),
      'a',
    );
    const sets = this.#byPoint(
      'sets',
      (local) => ofKind(local) && local.sort.kind === 'set',
      (local) => {
        const { word, shift } = (places.places[local.place] as Place).field;
        return `x = (x << 1) | ((a${word} >>> (${shift} + f)) & 1);`;
      },
      'a',
    );
    const rows = Array.from({ length: size }, (_, f) => this.#row(sorted, f));
    const width = (rows[0] as string[]).length + 1;
    const load = `  const ${this.#words.map((w) => `a${w} = A[${w}]`).join(', ')};`;
    this.#lines.push(
      `const NEXT = Int16Array.of(${next.join()}), DONE = Int16Array.of(${done.join()});`,
      `const UNSEEN = ${JSON.stringify(partial.map((list) => Array.from({ length: size }, (_, v) => v).filter((v) => !list.includes(v))))};`,
      `const KEYS = new Int32Array(${size * width}), LEFT = new Int32Array(${size});`,
      'function keys(f) {',
      load,
      `  const k = f * ${width};`,
      '  switch (f) {',
      ...rows.map(
        (row, f) =>
          `    case ${f}: ${row.map((text, w) => `KEYS[k + ${w}] = ${text};`).join(' ')} break;`,
      ),
      '  }',
      '  let x = 0;',
      ...sets,
      `  KEYS[k + ${width - 1}] = x;`,
      '}',
      'function before(a, b) {',
      `  for (let i = 0; i < ${width}; i++) {`,
      `    const x = KEYS[a * ${width} + i], y = KEYS[b * ${width} + i];`,
      '    if (x !== y) return x < y;',
      '  }',
      '  return false;',
      '}',
      'function order() {',
      load,
      '  let c = 0;',
      ...sorted.references.map(
        (place) => `  ${see(place, places.places[place]?.sort?.kind ?? '')}`,
      ),
      ...references,
      '  if (DONE[c] >= 0) return DONE[c];',
      '  const unseen = UNSEEN[c], n = unseen.length;',
      '  for (let i = 0; i < n; i++) {',
      '    const f = unseen[i];',
      '    keys(f);',
      '    let j = i;',
      '    while (j > 0 && before(f, LEFT[j - 1])) { LEFT[j] = LEFT[j - 1]; j--; }',
      '    LEFT[j] = f;',
      '  }',
      `  for (let i = 0; i < n; i++) c = NEXT[c * ${size + 1} + LEFT[i] + 1];`,
      '  return DONE[c];',
      '}',
    );
  }

  /** What is kept about one of the sorted kind, as few words that compare as its list does. */
  #row(sorted: Sorted, f: number): string[] {
    const { places } = this.#normal;
    const items = [
      ...(sorted.rows[f] as readonly number[]).map((p) => {
        const { word, shift, mask } = (places.places[p] as Place).field;
        return { text: `((a${word} >>> ${shift}) & ${mask})`, bits: 32 - Math.clz32(mask) };
      }),
      ...sorted.sets.map((p) => {
        const { word, shift } = (places.places[p] as Place).field;
        return { text: `((a${word} >>> ${shift + f}) & 1)`, bits: 1 };
      }),
    ];
    const keys: { text: string; bits: number }[] = [];
    for (const { text, bits } of items) {
      const last = keys.at(-1);
      if (last === undefined || last.bits + bits > 30) keys.push({ text, bits });
      else {
        last.text = `((${last.text} << ${bits}) | ${text})`;
        last.bits += bits;
      }
    }
    return keys.map(({ text }) => text);
  }
}

function keepText(word: number, mask: number): string {
  return mask === -1 ? `a${word}` : `(a${word} & ${mask})`;
}

/** The table of what becomes of a local's values; rooms of one sort may differ in width. */
function mapName(name: string, { sort }: LiveLocal, mask: number): string {
  return `${name}_${sort.kind}_${'of' in sort ? sort.of : ''}_${mask + 1}`;
}

/** `table(elements, bits, fields)`: what a chunk gives to one word of the image, by element. */
const HELPERS = `function table(elements, bits, fields) {
  const t = new Int32Array(elements << bits);
  for (let e = 1; e < elements; e++) for (let v = 0; v < 1 << bits; v++) {
    let sum = 0;
    for (const [off, mask, shifts, maps] of fields) {
      if (shifts[e] < 0) continue;
      const x = (v >>> off) & mask;
      sum |= (maps[e] === 0 ? x : maps[e][x]) << shifts[e];
    }
    t[(e << bits) | v] = sum;
  }
  return t;
}
function members(v) { let n = 0; for (; v !== 0; v &= v - 1) n++; return n; }
function less(a, b) {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i];
  return false;
}`;
