// A damaged database's whole lines as a new one.

import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { Problem } from '../base/problem.ts';
import { lockFor } from './lock-file.ts';
import { cannotWrite, type Damage, lineOf } from './log-file.ts';
import { DATABASE_SCHEMA, salvagedFrom } from './log-store.ts';

export interface Salvaged {
  readonly records: number;
  readonly damage: readonly Damage[];
}

/**
 * @throws Problem LUF-E502 where nothing is damaged, LUF-E504 if it is being written, LUF-E505 if the new
 * one cannot be.
 */
export function writeSalvaged(from: string, to: string): Salvaged {
  const lock = lockFor(from);
  try {
    const { texts, damage } = salvagedFrom(from);
    if (damage.length === 0) {
      throw new Problem('LUF-E502', 'nothing in it is damaged', {
        where: from,
        hint: 'lufcheck campaign status',
      });
    }
    const all = [JSON.stringify({ schema: DATABASE_SCHEMA }), ...texts];
    try {
      const fd = openSync(to, 'w');
      try {
        all.forEach((text, i) => {
          writeSync(fd, lineOf(i + 1, text));
        });
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      rmSync(to, { force: true });
      throw cannotWrite(to, error);
    }
    return { records: texts.length, damage };
  } finally {
    lock.release();
  }
}
