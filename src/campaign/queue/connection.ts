// A connection to Redis or Valkey, looked at before anything is trusted to it.

import { Redis, type RedisOptions } from 'ioredis';
import { Problem } from '../../base/problem.ts';
import type { QueueAddress } from './address.ts';

/** Milliseconds in which a queue must answer at the beginning; later there is patience. */
const CONNECT_MS = 5000;
/** Milliseconds between two tries at most, once there was a connection. */
const RETRY_MS = 2000;
const OLDEST = [6, 2] as const;

/**
 * Connects, and stays so: what is asked while the server is away waits until it is back.
 *
 * @throws Problem LUF-E507 if it cannot be reached, does not let us in, is too old, or throws away what it
 * holds when memory runs short.
 */
export async function openRedis(address: QueueAddress): Promise<Redis> {
  await lookAt(address);
  const redis = new Redis({
    ...optionsOf(address),
    // BullMQ's wish: whatever waits, waits for the server and not for so many tries.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(times * 100, RETRY_MS),
  });
  // Whoever uses it listens for what matters; nobody must die of a server that restarts.
  redis.on('error', () => {});
  return redis;
}

function optionsOf({ host, port, user, password, database, tls }: QueueAddress): RedisOptions {
  return {
    host,
    port,
    db: database,
    connectTimeout: CONNECT_MS,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
  };
}

async function lookAt(address: QueueAddress): Promise<void> {
  const probe = new Redis({
    ...optionsOf(address),
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    // It may be reading its file: that is told as it is, and not waited for without a word.
    enableReadyCheck: false,
  });
  let last: Error | undefined;
  probe.on('error', (error: Error) => {
    last = error;
  });
  try {
    await probe.connect();
    refuseUnfit(address, await probe.info());
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw unreachable(address, whyOf(last ?? error));
  } finally {
    probe.disconnect();
  }
}

function refuseUnfit(address: QueueAddress, info: string): void {
  const of = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const version = of('redis_version');
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (version !== undefined && (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))) {
    throw new Problem(
      'LUF-E507',
      `is Redis ${version}, and needs to be ${OLDEST.join('.')} or newer`,
      {
        where: address.shown,
        hint: 'update it, or use Valkey',
      },
    );
  }
  const policy = of('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    throw new Problem(
      'LUF-E507',
      `throws away what it holds when memory runs short (maxmemory-policy ${policy})`,
      { where: address.shown, hint: 'set its maxmemory-policy to noeviction' },
    );
  }
}

/** LUF-E507 for a queue that does not answer. */
export function unreachable({ shown, tls }: QueueAddress, why: string): Problem {
  return new Problem('LUF-E507', `cannot use the queue: ${why}`, {
    where: shown,
    hint: tls
      ? 'is the server there, does it speak TLS, is its certificate known (NODE_EXTRA_CA_CERTS)?'
      : 'is redis-server there, and are address and password right? with TLS: rediss://',
  });
}

/** In words that never hold a password: codes of the system, or what the server said. */
export function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code ?? error.message;
}
