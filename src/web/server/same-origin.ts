// Whether a request is from a page of this server, or from a person's address line. A page elsewhere could send
// requests to loopback, also by a name of its own that it lets point there; its host or origin tells.

import type { IncomingMessage } from 'node:http';

export function isOurs({ headers }: Pick<IncomingMessage, 'headers'>, port: number): boolean {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (headers.host === undefined || !hosts.includes(headers.host)) return false;
  const { origin } = headers;
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`)) return false;
  const site = headers['sec-fetch-site'];
  // A link from elsewhere may open the page; nothing else of another site may ask for anything.
  if (site === 'cross-site' || site === 'same-site') {
    return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  }
  return true;
}
