import type { Route } from './site-server.ts';

/** Tells the pages that there is a server that runs things; static files say that there is none. */
export const aboutRoute: Route = {
  path: '/data/site.json',
  answer: (_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ schema: 'lufcheck.site/1', server: true }));
  },
};
