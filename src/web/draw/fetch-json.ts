import { Troubled } from '../work/ask.ts';

/** A file of data beside the page. Undefined where there is none. */
export async function fetchJson<T>(path: string): Promise<T | undefined> {
  const response = await fetch(path);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Troubled({ message: `${path}: ${response.status}` });
  return (await response.json()) as T;
}
