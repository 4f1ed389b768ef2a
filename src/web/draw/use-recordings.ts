import { useEffect, useState } from 'preact/hooks';
import { siteFacts } from './fetch-json.ts';

export interface OfferedRecording {
  readonly id: number | string;
  readonly name: string;
  readonly says: string;
  readonly path: string;
}

/** Those that came with static pages. */
const bundled: readonly OfferedRecording[] = [
  {
    id: 'noflush',
    name: 'noflush.dat',
    says: 'a stock kernel made to skip the flush that reclaim owes',
    path: './data/noflush.dat',
  },
  {
    id: 'reclaim',
    name: 'reclaim.dat',
    says: 'a stock Debian kernel that reclaims file pages',
    path: './data/reclaim.dat',
  },
];

/** What the server offers; without one, what came with the pages. */
export function useRecordings(): readonly OfferedRecording[] {
  const [recordings, setRecordings] = useState<readonly OfferedRecording[]>([]);
  useEffect(() => {
    offered().then(setRecordings, () => setRecordings(bundled));
  }, []);
  return recordings;
}

async function offered(): Promise<readonly OfferedRecording[]> {
  const { server } = await siteFacts();
  if (!server) return bundled;
  const response = await fetch('./recordings/');
  const list = (await response.json()) as {
    recordings: { id: number; name: string; says: string }[];
  };
  return list.recordings.map((one) => ({ ...one, path: `./recordings/${one.id}` }));
}
