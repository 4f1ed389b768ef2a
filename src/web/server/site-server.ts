// The local server of the pages: static files, recordings that were named on the command line, and runs with
// progress as server-sent events. Only on loopback, and only for pages of its own: what comes with another
// host or origin, as a page elsewhere would send it, is refused.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import sirv from 'sirv';
import { headersFor } from './headers.ts';
import { isOurs } from './same-origin.ts';

/** Answers requests below one path. */
export interface Route {
  readonly path: string;
  readonly answer: (request: IncomingMessage, response: ServerResponse, rest: string) => void;
}

export interface SiteOptions {
  /** Folder of the built pages. */
  readonly root: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly routes?: readonly Route[];
}

export interface RunningSite {
  readonly url: string;
  readonly port: number;
  readonly close: () => Promise<void>;
}

const HOST = '127.0.0.1';

/** Listens on the port, or on another if that is taken. */
export async function startSite(options: SiteOptions): Promise<RunningSite> {
  const files = sirv(options.root, {
    etag: true,
    // Nothing is looked up again: a rebuilt page is seen at once.
    dev: true,
    setHeaders: (response, path) => {
      for (const [name, value] of headersFor(path)) response.setHeader(name, value);
    },
  });
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    if (!isOurs(request, port)) {
      refuse(response, 403, 'this server answers its own pages only');
      return;
    }
    const path = (request.url ?? '/').split('?')[0] as string;
    const route = options.routes?.find((one) => path.startsWith(one.path));
    if (route !== undefined) {
      for (const [name, value] of headersFor(path)) response.setHeader(name, value);
      route.answer(request, response, path.slice(route.path.length));
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuse(response, 405, 'files can only be read');
      return;
    }
    files(request, response, () => refuse(response, 404, 'there is no such file'));
  });
  const port = await listen(server, options.port);
  return {
    url: `http://${HOST}:${port}/`,
    port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

export function refuse(response: ServerResponse, code: number, why: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${why}\n`);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      if (isTaken && port !== 0) listen(server, 0).then(done, failed);
      else failed(error);
    });
    server.listen(port, HOST, () => done((server.address() as AddressInfo).port));
  });
}
