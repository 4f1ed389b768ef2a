// Which database and which campaign in it a command means.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { closeMatches } from '../../base/close-match.ts';
import { Problem } from '../../base/problem.ts';
import type { CampaignRecord, StoreReader } from '../../campaign/store.ts';

/** In the folder where the command is given. */
export const DEFAULT_DATABASE = 'lufcheck.campaigns';

/** @throws Problem LUF-E502 where there is none, or none of that name. */
export function campaignIn(
  store: StoreReader,
  id: string | undefined,
  database: string,
): CampaignRecord {
  const { campaigns } = store;
  const found = id === undefined ? campaigns.at(-1) : store.campaign(id);
  if (found !== undefined) return found;
  const ids = campaigns.map((one) => one.id);
  const near = closeMatches(id ?? '', ids);
  throw new Problem('LUF-E502', id === undefined ? 'has no campaign' : `has no campaign ${id}`, {
    where: database,
    hint:
      ids.length === 0
        ? 'lufcheck campaign run SPEC begins one'
        : `there are ${(near.length > 0 ? near : ids.slice(-5)).join(', ')}`,
  });
}

function cancelPath(database: string): string {
  return `${database}.cancel`;
}

/** Asks the process that writes the database to cancel a campaign. */
export function askToCancel(database: string, id: string): void {
  writeFileSync(cancelPath(database), id);
}

/** Whether somebody has asked for it; asked once, it is not asked again. */
export function isAskedToCancel(database: string, id: string): boolean {
  try {
    if (readFileSync(cancelPath(database), 'utf8') !== id) return false;
  } catch {
    return false;
  }
  forgetCancel(database);
  return true;
}

export function forgetCancel(database: string): void {
  rmSync(cancelPath(database), { force: true });
}
