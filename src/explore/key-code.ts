// The inner loops of a search, as generated text that is specialised to how states fold and to
// whether other threads work on the same memory.

import { type FoldCode, foldSource } from './fold-code.ts';
import type { Plan } from './plan.ts';
import { type RecentCode, recentSource } from './recent-code.ts';
import { type TableCode, tableSource } from './table-code.ts';

export interface KeyCode extends TableCode, RecentCode, FoldCode {}

const made = new Map<string, KeyCode>();

/** `shared`: other threads use the same table at the same time. */
export function keyCode(plan: Plan, shared: boolean): KeyCode {
  const parts = [tableSource(plan, shared), recentSource(plan), foldSource(plan, shared)];
  const source = unchecked(parts.join('\n'));
  let code = made.get(source);
  if (code === undefined) {
    code = new Function(
      `"use strict";\n${source}\nreturn { drain, regrow, rehash, recode, forget, fold, unfold, reindex };`,
    )() as KeyCode;
    made.set(source, code);
  }
  return code;
}

/** Places are never near 2^31: an index that is told to be a word is not checked for overflow. */
function unchecked(source: string): string {
  return source.replace(/\[(\w+) \+ 0\]/g, '[$1]').replace(/\[(\w+) \+ (\d+)\]/g, '[$1 + $2 | 0]');
}
