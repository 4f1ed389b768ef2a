// One writer at a time. The lock is a file beside the database with who has it: the process and when it
// was started, as the kernel tells it. A process that is gone, or another one with its number, has
// nothing; so no crash leaves a lock that somebody must remove by hand.

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { Problem } from '../base/problem.ts';
import { cannotWrite } from './log-file.ts';

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks from the machine's start, and which start of the machine; empty where not known. */
  readonly started: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

export interface Lock {
  release(): void;
}

/** @throws Problem LUF-E504 if another process has it, LUF-E505 if the folder cannot be written. */
export function lockFor(database: string): Lock {
  const path = lockPath(database);
  const mine: Holder = {
    pid: process.pid,
    host: hostname(),
    started: startOf(process.pid),
    since: new Date().toISOString(),
  };
  // A file that is there whole or not at all: written under a name of its own, then linked.
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, JSON.stringify(mine));
  } catch (error) {
    rmSync(draft, { force: true });
    throw cannotWrite(database, error);
  }
  try {
    for (let tries = 0; ; tries++) {
      try {
        linkSync(draft, path);
        return { release: () => rmSync(path, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWrite(database, error);
      }
      const holder = holderOf(database);
      if (tries === 20 || (holder !== undefined && isAlive(holder))) throw inUse(database, holder);
      takeAway(path, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Who writes the database now, if anybody. */
export function writerOf(database: string): Holder | undefined {
  const holder = holderOf(database);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

function lockPath(database: string): string {
  return `${database}.lock`;
}

function holderOf(database: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(lockPath(database), 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Removes the lock of a dead holder. Of several who try only one moves it; who got a live one puts it back. */
function takeAway(path: string, dead: Holder | undefined): void {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
    const now = readFileSync(aside, 'utf8');
    if (dead !== undefined && now !== JSON.stringify(dead)) linkSync(aside, path);
  } catch {
    // Gone already.
  }
  rmSync(aside, { force: true });
}

function isAlive({ pid, host, started }: Holder): boolean {
  // Nothing is known of processes elsewhere: they are believed.
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = startOf(pid);
  return started === '' || now === '' || now === started;
}

/** Field 22 of /proc/PID/stat, and the id of this start of the machine. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${fields[19]} ${boot}`;
  } catch {
    return '';
  }
}

function inUse(database: string, holder: Holder | undefined): Problem {
  const who =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid} on ${holder.host}, since ${holder.since}`;
  return new Problem('LUF-E504', `is being written by ${who}`, {
    where: database,
    hint: 'status, show, report and export read beside it; wait, cancel it, or use another --db FILE',
  });
}
