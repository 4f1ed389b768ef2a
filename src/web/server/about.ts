import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Route } from './site-server.ts';

/** Tells the pages what static files tell them, and that there is a server that runs things. */
export function aboutRoute(root: string): Route {
  return {
    path: '/data/site.json',
    answer: (_, response) => {
      const site = JSON.parse(readFileSync(join(root, 'data', 'site.json'), 'utf8')) as object;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...site, server: true }));
    },
  };
}
