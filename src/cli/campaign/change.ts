// What changes a database without computing anything: cancel, and salvage of a damaged one.

import { existsSync, renameSync } from 'node:fs';
import { Problem } from '../../base/problem.ts';
import { counted } from '../../base/text.ts';
import { writeSalvaged } from '../../campaign/log-salvage-file.ts';
import { openStore, readStore, writerOf } from '../../campaign/log-store.ts';
import type { Surroundings } from '../command.ts';
import { askToCancel, campaignIn } from './database.ts';

/** A cancelled campaign keeps its results; it is not gone on with. */
export function cancel(name: string | undefined, database: string, io: Surroundings): void {
  const { id, state } = campaignIn(readStore(database), name, database);
  if (state === 'cancelled' || state === 'finished') {
    throw new Problem('LUF-E502', `is ${state} already`, {
      where: id,
      hint: 'its results stay: lufcheck campaign show',
    });
  }
  if (writerOf(database) !== undefined && state === 'running') {
    askToCancel(database, id);
    io.note(`${id}: asked to end; lufcheck campaign status tells when it has`);
    return;
  }
  const store = openStore(database);
  try {
    store.state(id, 'cancelled');
  } finally {
    store.close();
  }
  io.note(`${id}: cancelled; its results stay`);
}

/** @throws Problem LUF-E502 where nothing is damaged. */
export function salvage(database: string, io: Surroundings): void {
  const kept = unusedName(`${database}.damaged`);
  const draft = `${database}.salvaged`;
  const { records, damage } = writeSalvaged(database, draft);
  renameSync(database, kept);
  renameSync(draft, database);
  const [first] = damage;
  io.note(
    `${counted(damage.length, 'damaged line')}, the first one line ${first?.line}; the damaged file is kept as ${kept}`,
  );
  io.out(
    `${database}: ${counted(records, 'record')} kept. What is missing is computed again: ${io.look.program} campaign resume --db ${database}`,
  );
}

function unusedName(name: string): string {
  for (let n = 1; ; n++) {
    const tried = n === 1 ? name : `${name}.${n}`;
    if (!existsSync(tried)) return tried;
  }
}
