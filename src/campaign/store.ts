// What a campaign remembers, whoever keeps it. The one file that keeps it is log-store.ts; why it is a
// log: docs/decisions/0011-campaigns.md.

import type { Cell } from './cell.ts';
import type { Blob, BlobName, CellResult, Cost } from './result.ts';
import type { CampaignSpec } from './spec.ts';

/** `stopped` by Ctrl-C or death, `spent` by its budget; `resume` goes on with either. */
export type CampaignState = 'running' | 'stopped' | 'spent' | 'finished' | 'cancelled';

/** One run of a specification. */
export interface CampaignRecord {
  /** The specification's name; `.2`, `.3`, ... for later runs that are not the same any more. */
  readonly id: string;
  readonly spec: CampaignSpec;
  /** Where relative paths in it begin. */
  readonly folder: string;
  /** Digest of the program that listed its cells; see program-id.ts. */
  readonly program: string;
  /** ISO 8601, UTC. */
  readonly begun: string;
  readonly state: CampaignState;
  /** ISO 8601, UTC: when it came to that state. */
  readonly since: string;
  readonly cells: readonly CampaignCell[];
  /** `cells` are all of them: a crash may have come while they were listed. */
  readonly listed: boolean;
}

/** A cell of a campaign, with what is known of it. */
export interface CampaignCell {
  readonly cell: Cell;
  /** Number of its group in the specification. */
  readonly group: number;
  /** Once it is known: see `CellResult`. */
  readonly subject?: string;
  /** The furthest look so far. */
  readonly result?: CellResult;
  /** Left out for a result that was there before the campaign. */
  readonly cost?: Cost;
  /** Of all its looks in this campaign. */
  readonly seconds: number;
  /** Workers that it brought down, and how; newest last. */
  readonly deaths: readonly string[];
  /** It is not tried any more. */
  readonly aside?: string;
}

/** What can be asked while another process writes. */
export interface StoreReader {
  /** In the order in which they were begun. */
  readonly campaigns: readonly CampaignRecord[];
  /** The campaign of that id. */
  campaign(id: string): CampaignRecord | undefined;
  blob(name: BlobName): string | undefined;
  /** Results of a subject, by growing bounds. */
  resultsOf(subject: string): readonly CellResult[];
}

/** One process at a time has this. */
export interface Store extends StoreReader {
  begin(campaign: Omit<CampaignRecord, 'state' | 'since' | 'cells' | 'listed'>): void;
  list(campaign: string, cells: readonly { readonly cell: Cell; readonly group: number }[]): void;
  identify(campaign: string, cell: number, subject: string): void;
  /** With the texts that it names. */
  result(campaign: string, cell: number, found: Found): void;
  /** A result that is there already. */
  take(campaign: string, cell: number, result: CellResult): void;
  death(campaign: string, cell: number, how: string): void;
  aside(campaign: string, cell: number, why: string): void;
  /** Cells set aside are tried again. */
  again(campaign: string): void;
  state(campaign: string, state: CampaignState): void;
  close(): void;
}

export interface Found {
  readonly result: CellResult;
  readonly blobs: readonly Blob[];
  readonly cost: Cost;
}

/** What is written down, one at a time; `id`: the campaign, `n`: the number of its cell. */
export type LogRecord =
  | ({ readonly is: 'campaign' } & Omit<CampaignRecord, 'state' | 'since' | 'cells' | 'listed'>)
  | {
      readonly is: 'cells';
      readonly id: string;
      readonly from: number;
      readonly cells: readonly { readonly cell: Cell; readonly group: number }[];
    }
  | { readonly is: 'listed'; readonly id: string; readonly cells: number }
  | { readonly is: 'subject'; readonly id: string; readonly n: number; readonly subject: string }
  | {
      readonly is: 'result';
      readonly id: string;
      readonly n: number;
      readonly result: CellResult;
      readonly cost: Cost;
    }
  | { readonly is: 'taken'; readonly id: string; readonly n: number; readonly key: string }
  | { readonly is: 'death'; readonly id: string; readonly n: number; readonly how: string }
  | { readonly is: 'aside'; readonly id: string; readonly n: number; readonly why: string }
  | { readonly is: 'again'; readonly id: string }
  | {
      readonly is: 'state';
      readonly id: string;
      readonly state: CampaignState;
      readonly since: string;
    }
  | ({ readonly is: 'blob' } & Blob);
