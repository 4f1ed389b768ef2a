import { useEffect, useState } from 'preact/hooks';
import { siteFacts } from './fetch-json.ts';

export interface OfferedRun {
  readonly id: string;
  readonly name: string;
  readonly says: string;
  readonly path: string;
}

/** Runs that were saved on the server's machine, or came with the pages. Undefined until that is known. */
export function useLabRuns(): readonly OfferedRun[] | undefined {
  const [runs, setRuns] = useState<readonly OfferedRun[] | undefined>(undefined);
  useEffect(() => {
    offered().then(setRuns, () => setRuns([]));
  }, []);
  return runs;
}

async function offered(): Promise<readonly OfferedRun[]> {
  const { server, data } = await siteFacts();
  const bundled = data
    .filter((name) => /^lab-.*\.json$/.test(name))
    .map((name) => ({
      ...{ id: `with/${name}`, name, path: `./data/${name}` },
      says: 'came with these pages',
    }));
  if (!server) return bundled;
  const response = await fetch('./lab-runs/');
  const { runs } = (await response.json()) as {
    runs: { id: string; name: string; says: string }[];
  };
  return [
    ...runs.map((one) => ({ ...one, path: `./lab-runs/${encodeURIComponent(one.id)}` })),
    ...bundled,
  ];
}
