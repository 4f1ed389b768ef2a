// A recording in Chrome's JSON trace format, which Perfetto opens: a span for each time that CPUs owed an
// address space a flush, the flushes on their CPUs, and the violations. Written piece by piece, since one
// string of it all may be longer than JavaScript allows.

import type { ConcreteEvent } from '../events/concrete.ts';
import type { TraceVerdict } from '../trace/check/verdict.ts';

const PAGE = 4096;
/** Processes of the picture. */
const DEBTS = 1;
const CPUS = 2;

interface Debt {
  readonly since: number;
  readonly cpus: Set<number>;
}

interface Debts {
  readonly track: number;
  readonly byPage: Map<number, Debt>;
}

export class PerfettoTrace {
  readonly #write: (text: string) => void;
  readonly #debts = new Map<string, Debts>();
  readonly #cpus = new Set<number>();
  #isFirst = true;
  #spans = 0;
  #last = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
    write('{"displayTimeUnit":"ns","traceEvents":[');
    this.#name('process_name', DEBTS, 0, 'flushes owed, by address space');
    this.#name('process_name', CPUS, 0, 'flushes, by CPU');
  }

  event(event: ConcreteEvent): void {
    this.#last = event.at;
    if (event.event === 'pte.clear') this.#owes(event);
    if (event.event === 'tlb.flush') this.#flushes(event);
  }

  /** `timeBase`: ns that the times of events leave out, and those of a verdict do not. */
  end(verdict: Pick<TraceVerdict, 'violations'>, timeBase = 0n): void {
    for (const [mm, debts] of this.#debts) {
      this.#span(mm, debts, [...debts.byPage.values()], this.#last, 'still owed at the end');
      debts.byPage.clear();
    }
    for (const { rule, reused, text, cpus, frame } of verdict.violations) {
      const about = { name: rule, cat: 'violation', ph: 'i', s: 'g', pid: CPUS, tid: reused.cpu };
      const at = Number(nanoseconds(reused.time) - timeBase);
      this.#put({ ...about, args: { frame, cpus, text } }, at);
    }
    this.#write('\n]}\n');
  }

  #owes(event: Extract<ConcreteEvent, { event: 'pte.clear' }>): void {
    if (event.cpus.length === 0 || typeof event.va !== 'number') return;
    const mm = String(event.mm);
    let debts = this.#debts.get(mm);
    if (debts === undefined) {
      debts = { track: this.#debts.size + 1, byPage: new Map() };
      this.#debts.set(mm, debts);
      this.#name('thread_name', DEBTS, debts.track, `mm 0x${mm}`);
    }
    const known = debts.byPage.get(event.va);
    const cpus = new Set([...(known?.cpus ?? []), ...event.cpus.map(Number)]);
    debts.byPage.set(event.va, { since: known?.since ?? event.at, cpus });
  }

  #flushes(event: Extract<ConcreteEvent, { event: 'tlb.flush' }>): void {
    if (!this.#cpus.has(event.cpu)) {
      this.#cpus.add(event.cpu);
      this.#name('thread_name', CPUS, event.cpu, `CPU ${event.cpu}`);
    }
    const name = event.mm === undefined ? 'flush all' : `flush mm 0x${event.mm}`;
    this.#put({ name, ph: 'i', s: 't', pid: CPUS, tid: event.cpu }, event.at);
    for (const [mm, debts] of this.#debts) {
      if (event.mm !== undefined && String(event.mm) !== mm) continue;
      const paid: Debt[] = [];
      for (const [va, debt] of debts.byPage) {
        const { va: from, pages = 1 } = event;
        if (typeof from === 'number' && (va < from || va >= from + pages * PAGE)) continue;
        for (const cpu of event.cpus) debt.cpus.delete(Number(cpu));
        if (debt.cpus.size > 0) continue;
        paid.push(debt);
        debts.byPage.delete(va);
      }
      this.#span(mm, debts, paid, event.at, 'paid');
    }
  }

  /** One span for all pages whose debt ends at the same moment. */
  #span(mm: string, { track }: Debts, ended: readonly Debt[], at: number, how: string): void {
    if (ended.length === 0) return;
    const from = Math.min(...ended.map(({ since }) => since));
    const name = `${ended.length} pages owed`;
    const about = { name, cat: 'debt', pid: DEBTS, tid: track, id: ++this.#spans };
    this.#put({ ...about, ph: 'b', args: { mm: `0x${mm}`, pages: ended.length, how } }, from);
    this.#put({ ...about, ph: 'e' }, at);
  }

  #name(kind: string, pid: number, tid: number, name: string): void {
    this.#put({ name: kind, ph: 'M', pid, tid, args: { name } }, 0);
  }

  /** Times are microseconds with three decimals: exact, where a sum of doubles is not. */
  #put(event: object, at: number): void {
    const whole = Math.floor(at / 1000);
    const rest = String(Math.floor(at % 1000)).padStart(3, '0');
    this.#raw(`${JSON.stringify(event).slice(0, -1)},"ts":${whole}.${rest}}`);
  }

  #raw(text: string): void {
    this.#write(`${this.#isFirst ? '\n' : ',\n'}${text}`);
    this.#isFirst = false;
  }
}

/** Of a time that is printed in seconds, with as many digits behind the point as it has. */
function nanoseconds(printed: string): bigint {
  const [seconds = '0', digits = ''] = printed.split('.');
  return BigInt(seconds) * 1_000_000_000n + BigInt(digits.slice(0, 9).padEnd(9, '0'));
}
