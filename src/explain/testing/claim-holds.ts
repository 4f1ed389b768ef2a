// Holds a claim of a story against the raw steps again. Nothing here uses what the claims were made with.

import { expect } from 'vitest';
import type { Claim } from '../claims.ts';
import type { Violation } from '../judge.ts';
import { labelsUndone, nextLabels } from './end-labels.ts';
import type { Found } from './violations.ts';

/** One event of the steps. */
export interface Raw {
  readonly at: number;
  readonly name: string;
  readonly who: string;
  readonly cpu: number;
  readonly f: Readonly<Record<string, unknown>>;
}

export function rawOf({ steps }: Violation): readonly Raw[] {
  return steps.flatMap((step) =>
    step.events.map((one) => ({
      at: step.n,
      name: one.name,
      who: step.who,
      cpu: step.cpu,
      f: one.fields,
    })),
  );
}

/** Whether a claim is true of them, as expectations. */
export function holds(
  claim: Claim,
  raw: readonly Raw[],
  { verdict, violation }: Found,
  waits: readonly Claim[] = [],
): void {
  /** The event of that step; where a huge entry makes it many, the one of the address. */
  // A step may have several of a kind: a block of frames is handed out at once.
  const at = (
    step: number,
    name: string,
    place?: Record<'mm' | 'va', unknown>,
    frame?: unknown,
  ): Raw => {
    const one = raw.find(
      ({ at: n, name: event, f }) =>
        n === step &&
        event === name &&
        (place === undefined || (f.mm === place.mm && f.va === place.va)) &&
        (frame === undefined || f.frame === frame),
    );
    if (one === undefined) throw new Error(`no ${name} at ${step}`);
    return one;
  };
  const flushesOf = (cpu: unknown, mm: unknown, va: unknown, after: number, upTo: number): Raw[] =>
    raw.filter(
      ({ at: n, name, f }) =>
        name === 'tlb.flush' &&
        n > after &&
        n <= upTo &&
        (f.cpus as number[]).includes(cpu as number) &&
        (f.mm === undefined || f.mm === mm) &&
        (f.va === undefined || f.va === va),
    );
  /** A flush of one page size is told of exactly where there was one. */
  const checkSized = (
    sized: { readonly at: number } | undefined,
    cpu: unknown,
    after: number,
    upTo: number,
  ): void => {
    const all = raw.filter(
      ({ at: n, name, f }) =>
        name === 'tlb.flush.size' &&
        n > after &&
        n <= upTo &&
        (f.cpus as number[]).includes(cpu as number),
    );
    expect(sized?.at).toBe(all.at(-1)?.at);
  };
  const last = raw.findLast((event) => event.name === 'tlb.use');
  switch (claim.kind) {
    case 'stale-entry': {
      const { access, fill, gone, others, borrowed, switched } = claim;
      const use = at(access.at, 'tlb.use').f;
      expect(use).toMatchObject({ cpu: access.cpu, va: access.va, frame: access.frame });
      if (fill !== undefined) {
        const { cpu, mm, va, frame } = at(fill.at, 'tlb.fill', access).f;
        expect({ cpu, mm, va, frame }).toEqual({
          cpu: use.cpu,
          mm: use.mm,
          va: use.va,
          frame: use.frame,
        });
      }
      if (gone !== undefined) {
        const { mm, va, frame } = at(gone.at, gone.event, access).f;
        expect({ mm, va, frame }).toEqual({ mm: use.mm, va: use.va, frame: use.frame });
        const isSetAgain = raw.some(
          (one) =>
            one.name === 'pte.set' &&
            one.f.mm === use.mm &&
            one.f.va === use.va &&
            one.at > gone.at &&
            one.at < (fill?.at ?? 0),
        );
        expect(isSetAgain).toBe(false);
        expect(violation.steps[gone.at - 1]?.who).toBe(gone.by);
      }
      if (borrowed !== undefined) {
        expect(fill).toBeUndefined();
        const { cpu, mm, va, frame } = at(borrowed.at, 'tlb.fill', borrowed).f;
        expect({ cpu, va, frame }).toEqual({ cpu: use.cpu, va: use.va, frame: use.frame });
        expect(mm).not.toBe(use.mm);
        if (switched !== undefined) {
          expect(at(switched.at, 'mm.load').f).toMatchObject({ cpu, mm: use.mm });
        }
      }
      const cached = fill?.at ?? borrowed?.at ?? 0;
      expect(flushesOf(use.cpu, use.mm, use.va, cached, access.at)).toEqual([]);
      const since = Math.max(gone?.at ?? 0, cached);
      const any = raw.some(
        (one) => one.name === 'tlb.flush' && one.at > since && one.at < access.at,
      );
      expect(others.length > 0).toBe(any);
      checkSized(claim.sized, use.cpu, since, access.at);
      return;
    }
    case 'still-mapped': {
      const { cpu, mm, va, frame } = at(claim.access.at, 'tlb.fill', claim.access).f;
      expect({ cpu, mm, va, frame }).toMatchObject({
        va: claim.access.va,
        frame: claim.access.frame,
      });
      expect(mm).toBe(claim.access.mm);
      expect(cpu).toBe(claim.access.cpu);
      return;
    }
    case 'debt-unpaid': {
      const { debt, cpu, deadline } = claim;
      expect(at(debt.at, 'debt.record').f.cpus).toContain(cpu);
      expect(debt.at).toBeLessThan(deadline.at);
      expect(flushesOf(cpu, last?.f.mm, last?.f.va, debt.at, deadline.at)).toEqual([]);
      expect(
        raw.some((one) => one.name === 'debt.pay' && one.at > debt.at && one.at <= deadline.at),
      ).toBe(false);
      at(deadline.at, deadline.event);
      return;
    }
    case 'paid-in-name':
      at(claim.paid.at, 'debt.pay');
      expect(flushesOf(claim.cpu, last?.f.mm, last?.f.va, 0, claim.paid.at)).toEqual([]);
      return;
    case 'no-debt': {
      const { cpu, since, deadline, call } = claim;
      const before = raw.filter(
        (one) => one.name === 'debt.record' && one.at >= since && one.at < deadline.at,
      );
      expect(before.filter((one) => (one.f.cpus as number[]).includes(cpu as number))).toEqual([]);
      if (call !== undefined) {
        expect(call.to).toBeLessThan(deadline.at);
        expect(violation.steps[call.from - 1]?.stack).toContain(call.name);
      }
      return;
    }
    case 'no-flush':
      checkSized(claim.sized, claim.cpu, claim.since, claim.deadline.at);
      expect(
        raw.some(
          (one) =>
            one.name === 'debt.record' &&
            one.at >= claim.since &&
            (one.f.cpus as number[]).includes(claim.cpu as number),
        ),
      ).toBe(false);
      expect(flushesOf(claim.cpu, last?.f.mm, last?.f.va, claim.since, claim.deadline.at)).toEqual(
        [],
      );
      return;
    case 'vain-flush': {
      const { call, cpu } = claim;
      const own = violation.steps.filter(
        (step) => step.who === call.who && step.n >= call.from && step.n <= call.to,
      );
      for (const step of own) expect(step.stack).toContain(call.name);
      const reached = own.flatMap((step) =>
        step.events
          .filter((one) => one.name === 'tlb.flush')
          .flatMap((one) => one.fields.cpus as number[]),
      );
      expect(reached).not.toContain(cpu);
      expect([...new Set(reached)]).toEqual(call.reached);
      return;
    }
    case 'late-flush': {
      const { call, cpu } = claim;
      expect(call.reached).not.toContain(cpu);
      expect(violation.steps[call.from - 1]?.stack).toContain(call.name);
      return;
    }
    case 'installer-at-work': {
      const { change, set } = claim;
      const { mm, va } = at(set.at, set.event, change).f;
      expect(at(change.at, 'tlb.use').f).toMatchObject({ mm, va, store: true });
      expect(set.by).not.toBe(change.by);
      expect(set.at).toBeLessThan(change.at);
      return;
    }
    case 'found-empty': {
      const { range, gone, deadline, place } = claim;
      expect(at(range.from, 'lock.take')).toMatchObject({ who: range.who });
      expect(at(range.to, 'lock.release')).toMatchObject({ who: range.who });
      expect(at(gone.at, 'pte.clear', place).f).toMatchObject({ mm: place.mm, va: place.va });
      expect(
        raw.some((one) => one.name === 'pte.set' && one.at > gone.at && one.at <= range.to),
      ).toBe(false);
      expect(
        raw.some(
          (one) =>
            one.name === 'tlb.flush' &&
            one.who === range.who &&
            one.at > gone.at &&
            one.at <= deadline.at,
        ),
      ).toBe(false);
      return;
    }
    case 'knew-version': {
      const { known, read, knowing } = claim;
      const report = violation.steps.at(-1)?.reports.find((one) => one.name === 'stale-read');
      expect(report?.fields).toMatchObject({ version: read.version });
      if (known.content === read.content) {
        expect(report?.fields).toMatchObject({ known: known.version });
        expect(known.version).toBeGreaterThan(read.version);
      } else {
        // What was read is another page's; the thread knew of a store to its own.
        const { mm, va } = claim.access as { mm: number; va: number };
        const store = at(knowing.source?.at ?? 0, 'tlb.use').f;
        expect(store).toMatchObject({ mm, va, store: true });
      }
      if (knowing.how === 'was told') at(knowing.since, 'message.receive');
      return;
    }
    case 'knew-meaning':
    case 'knew-forbidden': {
      const { access, now, knowing } = claim;
      const { source } = knowing;
      if (source === undefined) throw new Error('knows a meaning that nobody made');
      expect(at(source.at, 'vma.change', access).f).toMatchObject({
        mm: access.mm,
        va: access.va,
        content: now.content,
        writable: now.writable,
      });
      if (knowing.how === 'was told') at(knowing.since, 'message.receive');
      if (claim.kind === 'knew-forbidden') {
        expect(now.content === null || (access.store && !now.writable)).toBe(true);
      } else expect(claim.read.content).not.toBe(now.content);
      return;
    }
    case 'other-bytes': {
      const { access, put, owner } = claim;
      at(owner.at, owner.event, undefined, access.frame);
      if (put !== undefined) at(put.at, put.event, undefined, access.frame);
      return;
    }
    case 'store-lost': {
      const { access, loss, writeout } = claim;
      if (loss !== undefined) at(loss.at, loss.event);
      if (loss?.event === 'frame.copy') {
        expect(at(loss.at, 'frame.copy').f.from).toBe(access.frame);
        const { mm, va } = at(access.at, 'tlb.use').f;
        const isBack = raw.some(
          ({ name, f, at: n }) =>
            name === 'pte.set' &&
            f.mm === mm &&
            f.va === va &&
            f.frame === access.frame &&
            n > loss.at,
        );
        expect(isBack).toBe(false);
      }
      if (writeout !== undefined) {
        expect(at(writeout.at, 'slot.writeout').f.frame).toBe(access.frame);
      }
      return;
    }
    case 'version-lost': {
      const { source, loss, put } = claim;
      expect(at(source.at, source.event).f.frame).toBe(at(loss.at, loss.event).f.frame);
      expect(
        raw.some(
          (one) =>
            one.name === 'slot.writeout' && one.f.frame === source.frame && one.at > source.at,
        ),
      ).toBe(false);
      expect(put.at).toBeGreaterThan(loss.at);
      return;
    }
    case 'store-not-carried': {
      const { source, put, saved } = claim;
      expect(at(source.at, 'tlb.use').f).toMatchObject({ store: true, frame: source.frame });
      expect(at(put.at, put.event).f.frame).toBe(last?.f.frame);
      expect(put.frame).not.toBe(source.frame);
      if (put.event === 'frame.copy') expect(put.at).toBeLessThan(source.at);
      if (put.event === 'frame.merge') {
        expect(at(put.at, 'frame.merge').f.old).toBe(source.frame);
        expect(put.at).toBeLessThan(source.at);
      }
      if (put.event === 'swap.read') {
        const { frame, swap } = at(saved?.at ?? 0, 'swap.write').f;
        expect({ frame, swap }).toEqual({ frame: source.frame, swap: put.swap });
        expect(saved?.at).toBeLessThan(source.at);
      }
      return;
    }
    case 'kept-frame': {
      const { access, set, gone } = claim;
      const { frame } = at(access.at, 'device.write').f;
      const { mm, va } = gone;
      expect(at(gone.at, 'pte.clear', gone)).toMatchObject({ who: gone.by, f: { frame } });
      expect(gone.at).toBeLessThan(access.at);
      if (set === undefined) return;
      expect(at(set.at, 'pte.set', gone)).toMatchObject({ who: set.by, f: { mm, va, frame } });
      expect(set.at).toBeLessThan(gone.at);
      expect(
        raw.some(
          ({ name, f, at: n }) =>
            name === 'pte.clear' && f.mm === mm && f.va === va && n > set.at && n < gone.at,
        ),
      ).toBe(false);
      return;
    }
    case 'still-cached': {
      const { slot, frame } = at(claim.access.at, 'file.read').f;
      const last = raw.findLast(
        ({ name, f }) => /^slot\.(add|remove|replace)$/.test(name) && f.slot === slot,
      );
      if (last !== undefined) {
        expect(last.name).not.toBe('slot.remove');
        expect(last.f.frame).toBe(frame);
      }
      return;
    }
    case 'waits': {
      const { who, since, label, cause } = claim.wait;
      expect(violation.steps.findLast((step) => step.who === who)?.n).toBe(since);
      expect(nextLabels(verdict, violation, who)).toEqual([]);
      if (cause === undefined) {
        // It waits for a thread that is stuck itself, and whose reason is told.
        expect(waits.some((one) => one.kind === 'waits' && one.wait.cause !== undefined)).toBe(
          true,
        );
        return;
      }
      expect(violation.steps[cause.at - 1]).toMatchObject({ who: cause.who, label: cause.label });
      // Had the other stopped before that step, the thread could take the one it waits at.
      const steps = violation.steps.filter((one) => one.who !== cause.who || one.n < cause.at);
      const ways = nextLabels(verdict, { ...violation, steps }, who);
      // Where its own way here went by what the other did, only that one step is undone.
      const cleared = ways.includes(label) ? ways : labelsUndone(verdict, violation, cause.at, who);
      expect(cleared).toContain(label);
      return;
    }
    case 'walked-table': {
      const { walk, freed } = claim;
      const { cpu, frame } = at(walk.at, 'table.walk').f;
      expect({ cpu, frame }).toEqual({ cpu: walk.cpu, frame: walk.frame });
      if (freed !== undefined) expect(at(freed.at, 'frame.free').f.frame).toBe(frame);
      return;
    }
    case 'table-reused': {
      const { walk, put } = claim;
      expect(at(put.at, put.event).f.frame).toBe(walk.frame);
      expect(put.at).toBeLessThan(walk.at);
      return;
    }
    case 'holds-lock':
      at(claim.take.at, 'lock.take');
  }
}
