// Saved runs of the lab that the pages can open from the server: files named when it was started, and those in the
// lab's own folder, looked up whenever they are asked for. Only what the list names is read.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Route, refuse } from './site-server.ts';

interface Saved {
  readonly id: string;
  readonly path: string;
  readonly says: string;
}

/** `/lab-runs/` lists them as JSON, those that were named and then the latest first; `/lab-runs/ID` is one. */
export function labRunsRoute(folder: string, named: readonly string[]): Route {
  return {
    path: '/lab-runs/',
    answer: (request, response, rest) => {
      if (request.method !== 'GET') {
        refuse(response, 405, 'runs can only be read');
        return;
      }
      const runs = savedRuns(folder, named);
      response.setHeader('content-type', 'application/json');
      if (rest === '') {
        const list = runs.map(({ id, path, says }) => ({ id, name: basename(path), says }));
        response.end(JSON.stringify({ schema: 'lufcheck.lab-runs/1', runs: list }));
        return;
      }
      const one = runs.find(({ id }) => encodeURIComponent(id) === rest);
      try {
        if (one === undefined) throw new Error('not in the list');
        response.end(readFileSync(one.path));
      } catch {
        refuse(response, 404, 'there is no such run');
      }
    },
  };
}

function savedRuns(folder: string, named: readonly string[]): Saved[] {
  return [
    ...named.map((path, i) => ({
      ...{ id: `named-${i}`, path },
      says: 'named when the server was started',
    })),
    ...namesIn(folder).map((id) => ({ id, path: join(folder, id), says: `saved in ${folder}` })),
  ];
}

/** Names begin with their time. */
function namesIn(folder: string): string[] {
  try {
    const files = readdirSync(folder, { withFileTypes: true });
    const runs = files.filter((one) => one.isFile() && one.name.endsWith('.json'));
    return runs.map(({ name }) => name).sort((a, b) => (a < b ? 1 : -1));
  } catch {
    // Nobody has run the lab here.
    return [];
  }
}
