// Large texts in Redis: once each, compressed, gone by themselves some time after who asked has them.

import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import type { Redis } from 'ioredis';
import type { Blob } from '../result.ts';
import { KEPT_SECONDS } from './job.ts';
import { blobKeyOf } from './names.ts';

/** Seconds that another campaign has to fetch it, too. */
const FETCHED_SECONDS = 3600;
/** A text outlives the answer that names it. */
const BLOB_SECONDS = KEPT_SECONDS + 86_400;

export async function putBlob(redis: Redis, { name, text }: Blob): Promise<void> {
  const key = blobKeyOf(name);
  if ((await redis.expire(key, BLOB_SECONDS)) === 1) return;
  await redis.set(key, await promisify(deflate)(text), 'EX', BLOB_SECONDS);
}

/** All of them, or nothing where one is gone. */
export async function getBlobs(
  redis: Redis,
  names: readonly string[],
): Promise<readonly Blob[] | undefined> {
  const blobs: Blob[] = [];
  for (const name of names) {
    const packed = await redis.getBuffer(blobKeyOf(name));
    if (packed === null) return undefined;
    blobs.push({ name, text: (await promisify(inflate)(packed)).toString() });
  }
  return blobs;
}

/** They are kept where they belong. */
export async function forgetBlobs(redis: Redis, names: readonly string[]): Promise<void> {
  for (const name of names) await redis.expire(blobKeyOf(name), FETCHED_SECONDS);
}
