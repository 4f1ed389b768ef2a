// Recordings that the pages can open from the server: those named when it was started, and no other file. They
// are asked for by number, so that no path ever comes from a request.

import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { type Route, refuse } from './site-server.ts';

export interface Offered {
  readonly path: string;
  readonly says: string;
}

/** `/recordings/` lists them as JSON; `/recordings/0` is the first. */
export function recordingsRoute(offered: readonly Offered[]): Route {
  return {
    path: '/recordings/',
    answer: (request, response, rest) => {
      if (request.method !== 'GET') {
        refuse(response, 405, 'recordings can only be read');
        return;
      }
      if (rest === '') {
        const list = offered.map(({ path, says }, i) => ({ id: i, name: basename(path), says }));
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ schema: 'lufcheck.recordings/1', recordings: list }));
        return;
      }
      const one = /^\d{1,4}$/.test(rest) ? offered[Number(rest)] : undefined;
      const size =
        one === undefined ? undefined : statSync(one.path, { throwIfNoEntry: false })?.size;
      if (one === undefined || size === undefined) {
        refuse(response, 404, 'there is no such recording');
        return;
      }
      response.setHeader('content-type', 'application/octet-stream');
      response.setHeader('content-length', size);
      createReadStream(one.path)
        .on('error', () => response.destroy())
        .pipe(response);
    },
  };
}
