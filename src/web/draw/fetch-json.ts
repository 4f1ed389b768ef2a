import { Troubled } from '../work/ask.ts';
import { fetchOwn } from '../work/embedded.ts';

/** What is beside the pages, and whether their own server serves them. */
export interface SiteFacts {
  readonly server: boolean;
  readonly data: readonly string[];
}

let facts: Promise<SiteFacts> | undefined;

export function siteFacts(): Promise<SiteFacts> {
  facts ??= read<SiteFacts>('./data/site.json');
  return facts;
}

/** Verdicts that came with the pages. Undefined where they did not. */
export async function siteData<T>(name: string): Promise<T | undefined> {
  const { data } = await siteFacts();
  return data.includes(name) ? await read<T>(`./data/${name}`) : undefined;
}

async function read<T>(path: string): Promise<T> {
  const response = await fetchOwn(path);
  if (!response.ok) throw new Troubled({ message: `${path}: ${response.status}` });
  return (await response.json()) as T;
}
