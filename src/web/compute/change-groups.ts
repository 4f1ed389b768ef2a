// What a step changed, in the order in which a reader wants it: the kernel and the hardware first, then what
// threads know, then the model's own books, folded.

import type { Change } from '../../explain/full-story.ts';

export interface ChangeGroup {
  readonly title: string;
  readonly isFolded: boolean;
  readonly changes: readonly Change[];
}

/** Columns of truth's books: see src/rules/truth. */
const knowledge = /^(known|may|sent|sent_may|sent_open|told|ever|newest|stored|backing|bytes)\b/;

/** `rules`: their ids, which their state is named after. */
export function changeGroups(changes: readonly Change[], rules: readonly string[]): ChangeGroup[] {
  const groups = new Map<string, Change[]>([
    ['kernel and hardware', []],
    ['contents, and what threads know', []],
    ['rules', []],
    ['places in the code', []],
  ]);
  for (const change of changes) groups.get(titleOf(change.name, rules))?.push(change);
  return [...groups]
    .filter(([, some]) => some.length > 0)
    .map(([title, some], i) => ({
      title,
      isFolded: title !== 'kernel and hardware' && (i > 0 || title.startsWith('places')),
      changes: some,
    }));
}

function titleOf(name: string, rules: readonly string[]): string {
  if (rules.some((id) => name.startsWith(`${id}.`))) return 'rules';
  if (name.startsWith('pc[') || name.startsWith('pc.')) return 'places in the code';
  if (/^[^[]+\[[a-z]/i.test(name)) return 'places in the code';
  return knowledge.test(name) ? 'contents, and what threads know' : 'kernel and hardware';
}

/** `none`, `{1, 2}`, `yes`. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return `{${value.join(', ')}}`;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}
