// The address of a queue as a user writes it. Its password is never shown: not in notes, not in errors.

import { Problem } from '../../base/problem.ts';

export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly database: number;
  /** As it may be printed. */
  readonly shown: string;
}

const HINT = 'redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// for TLS';
const PORT = 6379;

/**
 * Reads an address.
 *
 * @param password for an address that has none: command lines can be read by everybody on a machine.
 * @throws Problem LUF-E103, which does not repeat the address.
 * @example
 * ```ts
 * queueAddress('rediss://luf:secret@queue.example/2').shown
 * // => 'rediss://queue.example:6379/2'
 * ```
 */
export function queueAddress(text: string, password?: string): QueueAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url?.protocol;
  if (url === undefined || url.hostname === '' || !/^rediss?:$/.test(scheme ?? '')) {
    throw bad('is not the address of a queue');
  }
  const [, database] = /^\/?(\d*)$/.exec(url.pathname) ?? [];
  if (database === undefined) throw bad('names a database that is not a number');
  if (url.search !== '' || url.hash !== '') throw bad('has something after the database');
  const given = decoded(url.password) || password;
  const user = decoded(url.username);
  const port = url.port === '' ? PORT : Number(url.port);
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    tls: scheme === 'rediss:',
    ...(user === '' ? {} : { user }),
    ...(given === undefined ? {} : { password: given }),
    database: Number(database),
    shown: `${scheme}//${url.hostname}:${port}${database === '' ? '' : `/${database}`}`,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad('has a user or password with a % that stands for nothing (write %25)');
  }
}

function bad(sentence: string): Problem {
  return new Problem('LUF-E103', sentence, { where: '--queue', hint: HINT });
}
