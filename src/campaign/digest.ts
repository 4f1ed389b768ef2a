// What identifies texts: SHA-256, cut to 32 hexadecimal digits (128 bits).

import { createHash } from 'node:crypto';

export function digestOf(pieces: readonly string[]): string {
  const hash = createHash('sha256');
  hash.update(pieces.join(''));
  return hash.digest('hex').slice(0, 32);
}
