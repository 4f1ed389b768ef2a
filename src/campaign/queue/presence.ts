// Who is at a queue: every campaign and every worker says so now and then, by the clock of the server, with
// the program that it is. So a worker of another lufcheck is told apart, and one that falls silent is missed.

import type { Redis } from 'ioredis';
import { PRESENT_KEY } from './names.ts';

export interface Presence {
  readonly kind: 'worker' | 'campaign';
  /** For people: a machine and a process, or a campaign. */
  readonly name: string;
  readonly program: string;
  /** Tasks at a time; 0 for a campaign. */
  readonly slots: number;
  /** Milliseconds between two signs of life. */
  readonly beat: number;
}

/** Signs of life that may be missed. */
const MISSED = 3;
/** Milliseconds after which nobody remembers one that fell silent. */
const FORGOTTEN_MS = 3_600_000;

interface Said extends Presence {
  /** Milliseconds, as the server has it. */
  readonly at: number;
}

export interface Present {
  readonly id: string;
  readonly who: Presence;
  readonly silent: boolean;
}

export async function say(redis: Redis, id: string, who: Presence): Promise<void> {
  const said: Said = { ...who, at: await now(redis) };
  await redis.hset(PRESENT_KEY, id, JSON.stringify(said));
}

export async function leave(redis: Redis, id: string): Promise<void> {
  await redis.hdel(PRESENT_KEY, id);
}

export async function present(redis: Redis): Promise<readonly Present[]> {
  const [time, all] = [await now(redis), await redis.hgetall(PRESENT_KEY)];
  const found: Present[] = [];
  for (const [id, text] of Object.entries(all)) {
    const { at, ...who } = JSON.parse(text) as Said;
    if (time - at > FORGOTTEN_MS) await redis.hdel(PRESENT_KEY, id);
    else found.push({ id, who, silent: time - at > MISSED * who.beat });
  }
  return found.sort((a, b) => (a.who.name < b.who.name ? -1 : 1));
}

async function now(redis: Redis): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Number(micros) / 1000;
}
