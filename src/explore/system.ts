// A system as the explorer runs it.

import { type Compiled, compile, type SystemText } from '../base/system-text.ts';

/** A system ready to run in this thread; `source` is there if other threads can make it too. */
export interface System {
  readonly words: number;
  readonly ways: number;
  readonly properties: readonly string[];
  readonly initial: Int32Array;
  /** May be replaced while exploring: look it up after `expand`. */
  readonly threadActions: Uint8Array;
  /** See SystemText. */
  readonly renamed?: boolean;
  readonly compiled: Compiled;
  readonly source?: string;
}

export function systemOf(text: SystemText): System {
  return { ...text, compiled: compile(text.source) };
}

/** The property of a state in which no thread can go on though some are not done. */
export const DEADLOCK = 'deadlock';

/** The bits of properties in reports; deadlock has none. Throws for what the system does not have. */
export function bitsOf(system: Pick<System, 'properties'>, ids: readonly string[]): number {
  let bits = 0;
  for (const id of ids) {
    if (id === DEADLOCK) continue;
    const bit = system.properties.indexOf(id);
    if (bit < 0) throw new Error(`no property '${id}' to look for`);
    bits |= 1 << bit;
  }
  return bits;
}
