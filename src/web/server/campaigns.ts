// Campaigns that the pages can look at: databases and exports that were named when the server was started. They are
// asked for by number, so that no path ever comes from a request. A database is followed while somebody listens: all
// of a campaign first, then the cells of which more has become known, as server-sent events.

import { readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { Follower } from '../../campaign/follow-file.ts';
import { forecast } from '../../campaign/forecast.ts';
import { writerOf } from '../../campaign/log-store.ts';
import type { CampaignRecord, StoreReader } from '../../campaign/store.ts';
import { forecastText, stateText } from '../../report/campaign-status-text.ts';
import type { CampaignHead, CampaignNews } from '../compute/campaign-model.ts';
import { troubleOf } from '../work/trouble.ts';
import { type Route, refuse } from './site-server.ts';

export interface OfferedCampaigns {
  readonly path: string;
  /** A database is followed; an export is read by the page itself. */
  readonly kind: 'database' | 'export';
  readonly says: string;
}

/** Milliseconds between two looks at a database. */
const PACE = 500;
/** Milliseconds for which a forecast is not made anew. */
const FORECAST_PACE = 15_000;
const HOUR = 3600;

/**
 * `/campaigns/` lists what is offered as JSON; `/campaigns/0` is an export, or the campaigns of a database;
 * `/campaigns/0/ID` is a campaign at once, `/campaigns/0/ID/live` as it grows, `/campaigns/0/blob/NAME` a story.
 */
export function campaignsRoute(offered: readonly OfferedCampaigns[]): Route {
  return {
    path: '/campaigns/',
    answer: (request, response, rest) => {
      if (request.method !== 'GET') {
        refuse(response, 405, 'campaigns can only be read');
        return;
      }
      if (rest === '') {
        const list = offered.flatMap(({ path, kind, says }, id) =>
          statSync(path, { throwIfNoEntry: false }) === undefined
            ? []
            : [{ id, kind, name: basename(path), says }],
        );
        sendJson(response, { schema: 'lufcheck.site-campaigns/1', campaigns: list });
        return;
      }
      const [number = '', id, what, ...more] = rest.split('/');
      const one = /^\d{1,4}$/.test(number) ? offered[Number(number)] : undefined;
      if (one === undefined || more.length > 0) {
        refuse(response, 404, 'there is no such campaign');
        return;
      }
      try {
        if (one.kind === 'export') {
          if (id !== undefined) throw new Error('an export has no parts');
          response.setHeader('content-type', 'text/plain; charset=utf-8');
          response.end(readFileSync(one.path));
        } else if (what === 'live' && id !== undefined) {
          follow(one.path, id, response);
        } else {
          sendJson(response, partOf(one.path, id, what));
        }
      } catch (error) {
        response.statusCode = 404;
        sendJson(response, { trouble: troubleOf(error) });
      }
    },
  };
}

type Response = Parameters<Route['answer']>[1];

function sendJson(response: Response, value: object): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

function partOf(path: string, id: string | undefined, what: string | undefined): object {
  const { store } = new Follower(path).look();
  if (id === undefined) {
    const isWritten = writerOf(path) !== undefined;
    return {
      campaigns: store.campaigns.map((one) => ({
        ...{ id: one.id, begun: one.begun, cells: one.cells.length },
        state: stateText(one, isWritten),
      })),
    };
  }
  if (id === 'blob' && what !== undefined) {
    const text = store.blob(what);
    if (text === undefined) throw new Error('there is no such story');
    return { text };
  }
  const campaign = what === undefined ? store.campaign(id) : undefined;
  if (campaign === undefined) throw new Error('there is no such campaign');
  return allOf(campaign, writerOf(path) !== undefined);
}

function allOf(campaign: CampaignRecord, isWritten: boolean): CampaignNews {
  return { is: 'all', head: headOf(campaign, isWritten), cells: campaign.cells };
}

function headOf({ cells: _, ...campaign }: CampaignRecord, isWritten: boolean): CampaignHead {
  return {
    ...campaign,
    stateText: stateText({ ...campaign, cells: [] }, isWritten),
    isRunning: campaign.state === 'running' && isWritten,
  };
}

/** Tells news until nobody listens; what cannot be read is told, and tried again. */
function follow(path: string, id: string, response: Response): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (event: string, data: unknown): void => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const teller = new Teller(path, id);
  let trouble = '';
  const look = (): void => {
    try {
      const news = teller.news();
      trouble = '';
      if (news !== undefined) send('news', news);
    } catch (error) {
      const told = troubleOf(error);
      if (told.message !== trouble) send('trouble', told);
      trouble = told.message;
    }
  };
  look();
  const timer = setInterval(look, PACE);
  response.on('close', () => clearInterval(timer));
}

/** What one listener has been told, and what is new to him. */
class Teller {
  readonly #path: string;
  readonly #id: string;
  readonly #follower: Follower;
  /** Each cell as it was told. */
  #told: string[] | undefined;
  #head = '';
  #forecast: string | undefined;
  #forecastAt = 0;

  constructor(path: string, id: string) {
    this.#path = path;
    this.#id = id;
    this.#follower = new Follower(path);
  }

  news(): CampaignNews | undefined {
    const { store, isNew, hasMore } = this.#follower.look();
    const campaign = this.#campaignIn(store);
    const head = this.#headOf(campaign, hasMore);
    const text = JSON.stringify(head);
    const isSame = text === this.#head;
    this.#head = text;
    if (isNew || this.#told?.length !== campaign.cells.length) {
      this.#told = campaign.cells.map((cell) => JSON.stringify(cell));
      return { is: 'all', head, cells: campaign.cells };
    }
    if (!hasMore) return isSame ? undefined : { is: 'changes', head, cells: [] };
    const told = this.#told;
    const cells = campaign.cells.flatMap((cell, n) => {
      const now = JSON.stringify(cell);
      if (now === told[n]) return [];
      told[n] = now;
      return [[n, cell] as const];
    });
    return cells.length === 0 && isSame ? undefined : { is: 'changes', head, cells };
  }

  #campaignIn(store: StoreReader): CampaignRecord {
    const campaign = store.campaign(this.#id);
    if (campaign === undefined) throw new Error('there is no such campaign in this database');
    return campaign;
  }

  /** A forecast plays thousands of looks: it is not made with each of them. */
  #headOf(campaign: CampaignRecord, hasMore: boolean): CampaignHead {
    const head = headOf(campaign, writerOf(this.#path) !== undefined);
    const now = Date.now();
    if (hasMore && (!head.isRunning || now - this.#forecastAt > FORECAST_PACE)) {
      this.#forecast = forecastText(forecast(campaign, HOUR, availableParallelism()));
      this.#forecastAt = now;
    }
    return { ...head, ...(this.#forecast === undefined ? {} : { forecast: this.#forecast }) };
  }
}
