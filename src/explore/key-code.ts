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
  const source = [tableSource(plan, shared), recentSource(plan), foldSource(plan, shared)].join(
    '\n',
  );
  let code = made.get(source);
  if (code === undefined) {
    code = new Function(
      `"use strict";\n${source}\nreturn { drain, regrow, rehash, recode, sift, forget, fold, unfold, reindex };`,
    )() as KeyCode;
    made.set(source, code);
  }
  return code;
}
