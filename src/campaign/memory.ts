// What the records of a database say together, in memory.

import type { CellResult } from './result.ts';
import type { CampaignCell, CampaignRecord, LogRecord, StoreReader } from './store.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Kept extends Omit<Mutable<CampaignRecord>, 'cells'> {
  cells: Mutable<CampaignCell>[];
}

export class Memory implements StoreReader {
  readonly #campaigns = new Map<string, Kept>();
  readonly #results = new Map<string, CellResult>();
  readonly #bySubject = new Map<string, CellResult[]>();
  readonly #blobs = new Map<string, string>();

  get campaigns(): readonly CampaignRecord[] {
    return [...this.#campaigns.values()];
  }
  campaign(id: string): CampaignRecord | undefined {
    return this.#campaigns.get(id);
  }
  blob(name: string): string | undefined {
    return this.#blobs.get(name);
  }
  resultsOf(subject: string): readonly CellResult[] {
    return this.#bySubject.get(subject) ?? [];
  }
  apply(record: LogRecord): void {
    if (record.is === 'blob') {
      this.#blobs.set(record.name, record.text);
      return;
    }
    if (record.is === 'campaign') {
      const { is: _, ...about } = record;
      const fresh = { state: 'stopped', since: about.begun, cells: [], listed: false } as const;
      this.#campaigns.set(about.id, { ...about, ...fresh, cells: [] });
      return;
    }
    if (record.is === 'result') this.#keep(record.result);
    const campaign = this.#campaigns.get(record.id);
    if (campaign === undefined) return;
    if ('n' in record) {
      const cell = campaign.cells[record.n];
      if (cell !== undefined) this.#applyTo(cell, record);
      return;
    }
    switch (record.is) {
      case 'cells':
        // A list begun anew after a crash replaces what there was of it.
        campaign.cells.length = Math.min(campaign.cells.length, record.from);
        for (const { cell, group } of record.cells) {
          campaign.cells.push({ cell, group, seconds: 0, deaths: [] });
        }
        return;
      case 'listed':
        campaign.listed = true;
        return;
      case 'again':
        for (const cell of campaign.cells) {
          if (cell.aside === undefined) continue;
          delete cell.aside;
          cell.deaths = [];
        }
        return;
      case 'state':
        campaign.state = record.state;
        campaign.since = record.since;
    }
  }

  #applyTo(cell: Mutable<CampaignCell>, record: Extract<LogRecord, { n: number }>): void {
    switch (record.is) {
      case 'subject':
        cell.subject = record.subject;
        return;
      case 'result':
        cell.seconds += record.cost.seconds;
        cell.cost = record.cost;
        cell.result = record.result;
        return;
      case 'taken': {
        const result = this.#results.get(record.key);
        if (result === undefined) return;
        cell.result = result;
        delete cell.cost;
        return;
      }
      case 'death':
        cell.deaths = [...cell.deaths, record.how];
        return;
      case 'aside':
        cell.aside = record.why;
    }
  }

  #keep(result: CellResult): void {
    if (this.#results.has(result.key)) return;
    this.#results.set(result.key, result);
    const known = this.#bySubject.get(result.subject) ?? [];
    known.push(result);
    known.sort((a, b) => a.bounds.states - b.bounds.states);
    this.#bySubject.set(result.subject, known);
  }
}
