// How the pages call verdicts and properties: the same words everywhere.

/** `stale-read` as `stale read`. */
export function propertyText(id: string): string {
  return id.replaceAll('-', ' ');
}

export type VerdictKind = 'holds' | 'violated' | 'bounded' | 'none';

/** For the colour of a verdict; never the only carrier of it. */
export function kindOf(verdict: string): VerdictKind {
  if (verdict === 'holds') return 'holds';
  if (verdict === 'bounded' || verdict === 'unreached') return 'bounded';
  if (verdict === 'does not apply' || verdict === 'not begun' || verdict === 'error') return 'none';
  return 'violated';
}
