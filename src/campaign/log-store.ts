// A campaign database: what log-file.ts keeps, read into memory and added to. Records say what has
// become known, never what the state is; the state is what all of them together say.

import { closeSync, existsSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { Problem } from '../base/problem.ts';
import type { Cell } from './cell.ts';
import { digestOf } from './digest.ts';
import { type Lock, lockFor, writerOf } from './lock-file.ts';
import { cannotWrite, type Damage, LogWriter, lineOf, linesIn, readFrom } from './log-file.ts';
import { Memory } from './memory.ts';
import type { BlobName, CellResult } from './result.ts';
import type {
  CampaignRecord,
  CampaignState,
  Found,
  LogRecord,
  Store,
  StoreReader,
} from './store.ts';

export const DATABASE_SCHEMA = 'lufcheck.campaigns/1';

/** Milliseconds between two times that what was written is made to outlast a loss of power. */
const SYNC_MS = 1000;

/**
 * What the database says now, for who only reads.
 *
 * @throws Problem LUF-E201 if it cannot be read, LUF-E202 if it is no database, LUF-E503 if it is
 * damaged.
 */
export function readStore(path: string): StoreReader {
  return load(path).memory;
}

/**
 * The same, to be written; made if it is not there.
 *
 * @throws Problem as `readStore`; LUF-E504 if another process writes it, LUF-E505 if it cannot be written.
 */
export function openStore(path: string): Store {
  const lock = lockFor(path);
  try {
    if (!existsSync(path)) create(path);
    const { memory, lines, bytes } = load(path);
    if (lines === 0) {
      // A crash, or a full disk, right when it was made.
      create(path);
      return openStoreWith(lock, path, load(path));
    }
    return openStoreWith(lock, path, { memory, lines, bytes });
  } catch (error) {
    lock.release();
    throw error;
  }
}

export { writerOf };

/** A database, and how much of its file that is. */
export interface Loaded {
  readonly memory: Memory;
  readonly lines: number;
  readonly bytes: number;
}

function openStoreWith(lock: Lock, path: string, { memory, lines, bytes }: Loaded): Store {
  return new LogStore(memory, new LogWriter(path, { lines, bytes }), lock);
}

function create(path: string): void {
  try {
    writeFileSync(path, lineOf(1, JSON.stringify({ schema: DATABASE_SCHEMA })));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** @throws Problem as `readStore`. */
export function load(path: string): Loaded {
  const { texts, bytes, damage } = readLines(path);
  const [first] = damage;
  if (first !== undefined) throw damaged(path, damage);
  const memory = new Memory();
  texts.slice(1).forEach((text) => {
    memory.apply(JSON.parse(text) as LogRecord);
  });
  return { memory, lines: texts.length, bytes };
}

/** @throws Problem LUF-E201, LUF-E202 */
function readLines(path: string): ReturnType<typeof linesIn> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw new Problem(
      'LUF-E201',
      `cannot open the file (${(error as NodeJS.ErrnoException).code})`,
      { where: path, hint: 'lufcheck campaign run SPEC makes it; --db FILE names another one' },
    );
  }
  try {
    if (fstatSync(fd).size > 0) refuseOthers(fd, path);
    return linesIn(readFrom(fd, 0), { line: 1, byte: 0 });
  } finally {
    closeSync(fd);
  }
}

/** A file of another kind is not damaged; it is somebody else's. */
function refuseOthers(fd: number, path: string): void {
  const start = Buffer.alloc(200);
  const text = start.toString('utf8', 0, readSync(fd, start, 0, start.length, 0));
  const [, version] = /"schema":"lufcheck\.campaigns\/(\d+)"/.exec(text) ?? [];
  if (version === '1') return;
  // The beginning of one that a crash cut short, or whose first line is damaged.
  if (/^[0-9a-f]{8} 1 /.test(text) && version === undefined) return;
  throw new Problem(
    'LUF-E202',
    version === undefined
      ? 'is not a database of campaigns'
      : `is of a newer form (${version}) than this lufcheck knows`,
    { where: path, hint: version === undefined ? 'name another --db FILE' : 'update lufcheck' },
  );
}

function damaged(path: string, damage: readonly Damage[]): Problem {
  const [{ line, byte, why }] = damage as [Damage];
  const more = damage.length > 1 ? `, and ${damage.length - 1} more` : '';
  return new Problem('LUF-E503', `damaged: line ${line} (byte ${byte}): ${why}${more}`, {
    where: path,
    hint: `lufcheck campaign salvage --db ${path} keeps the damaged file and goes on with all whole lines`,
  });
}

/** All records of a database that can still be read, damage or not. */
export function salvagedFrom(path: string): {
  readonly texts: readonly string[];
  readonly damage: readonly Damage[];
} {
  const { texts, damage } = readLines(path);
  const records = texts.filter((text) => !text.startsWith('{"schema"'));
  return { texts: records, damage };
}

class LogStore implements Store {
  readonly #memory: Memory;
  readonly #log: LogWriter;
  readonly #lock: Lock;
  readonly #timer: NodeJS.Timeout;
  #failure: unknown;

  constructor(memory: Memory, log: LogWriter, lock: Lock) {
    this.#memory = memory;
    this.#log = log;
    this.#lock = lock;
    this.#timer = setInterval(() => this.#sync(), SYNC_MS);
    this.#timer.unref();
  }

  #sync(): void {
    try {
      this.#log.sync();
    } catch (error) {
      // Told at the next record: nobody listens here.
      this.#failure = error;
    }
  }

  #add(record: LogRecord): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#log.add(JSON.stringify(record));
    this.#memory.apply(record);
  }

  get campaigns(): readonly CampaignRecord[] {
    return this.#memory.campaigns;
  }
  campaign(id: string): CampaignRecord | undefined {
    return this.#memory.campaign(id);
  }
  blob(name: BlobName): string | undefined {
    return this.#memory.blob(name);
  }
  resultsOf(subject: string): readonly CellResult[] {
    return this.#memory.resultsOf(subject);
  }

  begin(campaign: Parameters<Store['begin']>[0]): void {
    this.#add({ is: 'campaign', ...campaign });
  }
  list(id: string, cells: readonly { readonly cell: Cell; readonly group: number }[]): void {
    // Lines of some hundred kilobytes.
    for (let at = 0; at < cells.length; at += 1000) {
      this.#add({ is: 'cells', id, from: at, cells: cells.slice(at, at + 1000) });
    }
    this.#add({ is: 'listed', id, cells: cells.length });
  }
  identify(id: string, n: number, subject: string): void {
    this.#add({ is: 'subject', id, n, subject });
  }
  result(id: string, n: number, { result, blobs, cost }: Found): void {
    // First what is named, then who names it.
    for (const { name, text } of blobs) {
      if (this.#memory.blob(name) === undefined) this.#add({ is: 'blob', name, text });
    }
    this.#add({ is: 'result', id, n, result, cost });
  }
  take(id: string, n: number, { key }: CellResult): void {
    this.#add({ is: 'taken', id, n, key });
  }
  death(id: string, n: number, how: string): void {
    this.#add({ is: 'death', id, n, how });
  }
  aside(id: string, n: number, why: string): void {
    this.#add({ is: 'aside', id, n, why });
  }
  again(id: string): void {
    this.#add({ is: 'again', id });
  }
  state(id: string, state: CampaignState): void {
    this.#add({ is: 'state', id, state, since: new Date().toISOString() });
    this.#sync();
  }
  close(): void {
    clearInterval(this.#timer);
    try {
      this.#log.close();
    } finally {
      this.#lock.release();
    }
  }
}

/** The name of a large text. */
export function blobNameOf(text: string): BlobName {
  return digestOf([text]);
}
