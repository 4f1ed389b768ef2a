// Runs for the pages, with their progress as server-sent events: `progress` as it comes, then one `answer` or
// `trouble`. Which runs there are is fixed by whoever starts the server; a request only chooses among them. A run
// is stopped when nobody listens any more.

import { type Route, refuse } from './site-server.ts';

export type SiteRun = (tell: (progress: string) => void, stop: AbortSignal) => Promise<object>;

export function runsRoute(runs: Readonly<Record<string, SiteRun>>): Route {
  return {
    path: '/runs/',
    answer: (request, response, rest) => {
      const run = Object.hasOwn(runs, rest) ? runs[rest] : undefined;
      if (request.method !== 'GET' || run === undefined) {
        refuse(response, 404, 'there is no such run');
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const send = (event: string, data: unknown): void => {
        response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      };
      const stop = new AbortController();
      response.on('close', () => stop.abort());
      send('progress', 'starting');
      run((progress) => send('progress', progress), stop.signal)
        .then(
          (answer) => send('answer', answer),
          (error) => send('trouble', error instanceof Error ? error.message : String(error)),
        )
        .finally(() => response.end());
    },
  };
}
