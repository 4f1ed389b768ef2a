// The line that a story ends with, read back: what is replayed, under which design, and the schedule.

import { Problem } from '../base/problem.ts';
import { scenarios } from '../catalogue/all.ts';
import { redesignArguments, redesigned } from '../explain/redesign.ts';
import { cutArguments, cutDown } from './cut-down.ts';
import { parseOptions } from './options.ts';
import { type Selected, select } from './select.ts';

export interface Line {
  readonly one: Selected;
  /** Options in the line that made another question of the variant. */
  readonly more: readonly string[];
  /** Empty: from the start. */
  readonly schedule: string;
}

export const lineOptions = {
  design: { type: 'text', value: 'ID', says: 'under another design' },
  without: { type: 'text', value: 'POINT,...', says: 'less flush points' },
  with: { type: 'text', value: 'POINT,...', says: 'with more flush points' },
  cut: { type: 'text', value: 'PART,...', says: 'a smaller scenario, as check --shrink found it' },
} as const;

/**
 * `SCENARIO:VARIANT [--design ID] [--without POINT] [--with POINT] [--cut PART] SCHEDULE`
 *
 * @throws Problem LUF-E101 for what is no such line, LUF-E102 for a name that is not there.
 */
export async function readLine(text: string): Promise<Line> {
  const [, name = '', options = '', schedule = ''] =
    /^\s*(.*?)((?:\s+--[\w-]+[\s=]\s*\S+)*)(?:\s+([SPH]\d[\s\S]*))?\s*$/.exec(text) ?? [];
  const words = options.trim() === '' ? [] : options.trim().split(/\s+/);
  const { values } = parseOptions(lineOptions, words, 'lufcheck replay');
  const wish = { design: values.design, without: values.without, plus: values.with };
  const named = name === '' ? [] : await select(scenarios, [name]);
  const selected = cutDown(redesigned(named, wish), values.cut);
  const [one] = selected;
  if (one === undefined || selected.length > 1) {
    const many = `names ${selected.length} variants`;
    throw new Problem('LUF-E101', name === '' ? 'names no variant' : many, {
      where: 'lufcheck replay',
      hint: 'begin with SCENARIO:VARIANT, as the last line of a story does',
    });
  }
  return { one, more: [...redesignArguments(wish), ...cutArguments(values.cut)], schedule };
}
