import { useEffect, useState } from 'preact/hooks';
import { type CampaignNews, type Followed, followed } from '../compute/campaign-model.ts';
import type { Trouble } from '../work/protocol.ts';
import { siteFacts } from './fetch-json.ts';

/** A database or an export that can be looked at. */
export interface OfferedCampaign {
  readonly id: string;
  readonly name: string;
  readonly says: string;
  readonly kind: 'database' | 'export';
  readonly path: string;
}

/** What the server offers, and what came with the pages. Undefined until that is known. */
export function useCampaigns(): readonly OfferedCampaign[] | undefined {
  const [campaigns, setCampaigns] = useState<readonly OfferedCampaign[] | undefined>(undefined);
  useEffect(() => {
    offered().then(setCampaigns, () => setCampaigns([]));
  }, []);
  return campaigns;
}

async function offered(): Promise<readonly OfferedCampaign[]> {
  const { server, data } = await siteFacts();
  const bundled = data
    .filter((name) => /^campaign-.*\.jsonl$/.test(name))
    .map(
      (name): OfferedCampaign => ({
        ...{ id: `with/${name}`, name, kind: 'export', path: `./data/${name}` },
        says: 'came with these pages',
      }),
    );
  if (!server) return bundled;
  const response = await fetch('./campaigns/');
  const { campaigns } = (await response.json()) as {
    campaigns: { id: number; name: string; says: string; kind: OfferedCampaign['kind'] }[];
  };
  const own = campaigns.map((one) => ({
    ...one,
    id: String(one.id),
    path: `./campaigns/${one.id}`,
  }));
  return [...own, ...bundled];
}

export interface Following {
  readonly shown: Followed | undefined;
  readonly trouble: Trouble | undefined;
  /** The server has stopped answering: what is shown is what was known until then. */
  readonly isCut: boolean;
}

/** A campaign of a database as it grows. */
export function useFollowed(path: string, id: string): Following {
  const [following, setFollowing] = useState<Following>(nothing);
  useEffect(() => {
    setFollowing(nothing);
    const source = new EventSource(`${path}/${encodeURIComponent(id)}/live`);
    source.addEventListener('news', ({ data }) => {
      const news = JSON.parse(data as string) as CampaignNews;
      setFollowing(({ shown }) => ({
        shown: followed(shown, news),
        trouble: undefined,
        isCut: false,
      }));
    });
    source.addEventListener('trouble', ({ data }) => {
      const trouble = JSON.parse(data as string) as Trouble;
      setFollowing((old) => ({ ...old, trouble, isCut: false }));
    });
    // The browser tries again by itself.
    source.onerror = () => setFollowing((old) => ({ ...old, isCut: true }));
    return () => source.close();
  }, [path, id]);
  return following;
}

const nothing: Following = { shown: undefined, trouble: undefined, isCut: false };
