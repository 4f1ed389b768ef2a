// Flushes as strokes across the TLB lanes that they cover, and locks as brackets beside the steps that hold
// them. Both come from the events alone.

import { covers } from '../../explain/moments.ts';
import type { Lane } from './segments.ts';
import type { StoryView } from './story-view.ts';

export interface Stroke {
  readonly step: number;
  /** Who flushes. */
  readonly cpu: number;
  /** Keys of the lanes that it empties. */
  readonly lanes: readonly string[];
  readonly about: string;
}

export interface Bracket {
  readonly lock: string;
  readonly who: string;
  readonly cpu: number;
  readonly from: number;
  /** Undefined: held to the end. */
  readonly to: number | undefined;
  /** How many of the same CPU's brackets are around it. */
  readonly depth: number;
}

export function strokesOf({ steps }: Pick<StoryView, 'steps'>, lanes: readonly Lane[]): Stroke[] {
  return steps.flatMap((step, i) =>
    step.events.flatMap(({ name, fields }): Stroke[] => {
      if (name !== 'tlb.flush' && name !== 'tlb.flush.size') return [];
      const flush = { ...fields, event: name, at: i + 1, cpu: step.cpu } as never;
      const cpus = (fields.cpus ?? []) as readonly number[];
      const hit = lanes.filter(({ kind, cpu, mm = 0, va }) => {
        if (kind !== 'tlb' || cpu === undefined) return false;
        if (name === 'tlb.flush.size') {
          return (
            cpus.includes(cpu) && fields.mm === mm && (fields.huge === true) === (va === undefined)
          );
        }
        return va === undefined
          ? cpus.includes(cpu) && (fields.mm === undefined || fields.mm === mm)
          : covers(flush, { cpu, mm, va });
      });
      const where = `${fields.mm === undefined ? 'everything' : `mm ${fields.mm}`}${fields.va === undefined ? '' : `, address ${fields.va}`}`;
      return [
        {
          step: i + 1,
          cpu: step.cpu,
          lanes: hit.map(({ key }) => key),
          about: `flush of CPU ${cpus.join(', ')}: ${where}`,
        },
      ];
    }),
  );
}

export function bracketsOf({ steps, threads }: Pick<StoryView, 'steps' | 'threads'>): Bracket[] {
  const open = new Map<string, Omit<Bracket, 'to'>>();
  const done: Bracket[] = [];
  const depthOn = (cpu: number): number => {
    const taken = new Set(
      [...open.values()].filter((one) => one.cpu === cpu).map((one) => one.depth),
    );
    let depth = 0;
    while (taken.has(depth)) depth++;
    return depth;
  };
  steps.forEach((step, i) => {
    for (const { name, fields } of step.events) {
      if (name !== 'lock.take' && name !== 'lock.release') continue;
      const thread = threads[Number(fields.thread)];
      if (thread === undefined) continue;
      const key = `${fields.thread}/${fields.lock}`;
      const { name: who, cpu } = thread;
      const known = open.get(key);
      if (name === 'lock.take') {
        open.set(key, { lock: String(fields.lock), who, cpu, from: i + 1, depth: depthOn(cpu) });
      } else if (known !== undefined) {
        done.push({ ...known, to: i + 1 });
        open.delete(key);
      }
    }
  });
  for (const held of open.values()) done.push({ ...held, to: undefined });
  return done.sort((a, b) => a.from - b.from);
}
