// The recordings that come with lufcheck, and what is known about them; see fixtures/traces/README.md.

import { fileURLToPath } from 'node:url';
import { checkTrace } from '../trace/check/check-trace.ts';
import type { TraceVerdict, TraceVerdictWord } from '../trace/check/verdict.ts';
import { openFileSource } from '../trace/node-file.ts';

export interface Bundled {
  /** Below the package's folder. */
  readonly file: string;
  readonly says: string;
  readonly expect: TraceVerdictWord;
}

export const bundled: readonly Bundled[] = [
  {
    file: 'fixtures/traces/reclaim.dat',
    says: 'a stock Debian kernel that reclaims file pages',
    expect: 'clean',
  },
  {
    file: 'fixtures/traces/noflush.dat',
    says: 'the same kernel made to skip the flush that reclaim owes',
    expect: 'violated',
  },
];

export async function judgeBundled({ file }: Bundled): Promise<TraceVerdict> {
  const source = await openFileSource(fileURLToPath(new URL(`../../${file}`, import.meta.url)));
  try {
    return { ...(await checkTrace(source)), file };
  } finally {
    await source.close();
  }
}
