// A campaign pursued: cells are identified, looked up among what is known, looked at by an engine, and
// looked at again with larger bounds, until there is nothing left, the budget is spent, or somebody stops it.
// Everything that becomes known is in the store before anything follows from it.

import { counted } from '../base/text.ts';
import type { Engine, EngineEvents, LookProgress, Task, TaskEnd } from './engine.ts';
import { levelsFor } from './levels.ts';
import { type CellResult, isFinal } from './result.ts';
import { answers, nextLevel, Scheduler } from './scheduler.ts';
import type { BudgetSpec } from './spec.ts';
import type { CampaignCell, CampaignRecord, CampaignState, Store } from './store.ts';

const DEFAULT_RETRIES = 2;

export interface Pursuit {
  readonly store: Store;
  /** The campaign's id. */
  readonly id: string;
  /** Digest of this program. */
  readonly program: string;
  /** Of this pursuit: `resume` has it anew. */
  readonly budget?: BudgetSpec;
  readonly engine: (events: EngineEvents) => Engine;
  /** Aborted by Ctrl-C. */
  readonly stop: AbortSignal;
  /** Asked now and then: whether somebody cancelled it. */
  readonly isCancelled?: () => boolean;
  readonly onChange: (now: Standing) => void;
}

/** How a campaign stands. */
export interface Standing {
  readonly cells: number;
  /** With a result that is final, or with the last look done. */
  readonly done: number;
  readonly violated: number;
  readonly aside: number;
  /** Looks made by this process, and answers found among what was known. */
  readonly looks: number;
  readonly taken: number;
  readonly seconds: number;
  readonly atWork: readonly { readonly n: number; readonly progress: LookProgress | undefined }[];
}

/** @throws what the store throws where it cannot be written, and what the engine fails of. */
export async function pursue(pursuit: Pursuit): Promise<CampaignState> {
  return await new Course(pursuit).run();
}

class Course {
  readonly #pursuit: Pursuit;
  readonly #scheduler = new Scheduler();
  readonly #atWork = new Map<number, LookProgress | undefined>();
  readonly #started = performance.now();
  #engine: Engine | undefined;
  #looks = 0;
  #taken = 0;
  #done = 0;
  #violated = 0;
  #aside = 0;
  #state: CampaignState | undefined;
  #end: () => void = () => {};
  #fail: (error: unknown) => void = () => {};

  constructor(pursuit: Pursuit) {
    this.#pursuit = pursuit;
  }

  get #campaign(): CampaignRecord {
    const { store, id } = this.#pursuit;
    const found = store.campaign(id);
    if (found === undefined) throw new Error(`no campaign ${id}`);
    return found;
  }

  #cell(n: number): CampaignCell {
    return this.#campaign.cells[n] as CampaignCell;
  }

  async run(): Promise<CampaignState> {
    const { store, id, stop } = this.#pursuit;
    store.state(id, 'running');
    this.#begin();
    const engine = this.#pursuit.engine({
      onEnd: (task, end) => this.#guarded(() => this.#onEnd(task, end)),
      onProgress: (task, progress) => {
        this.#atWork.set(task.n, progress);
        this.#tell();
      },
    });
    this.#engine = engine;
    const halt = (): void => this.#halt('stopped');
    stop.addEventListener('abort', halt, { once: true });
    const timer = setInterval(() => this.#guarded(() => this.#look()), 500);
    let failure: { readonly error: unknown } | undefined;
    try {
      const ended = new Promise<void>((done, failed) => {
        this.#end = done;
        this.#fail = failed;
      });
      if (stop.aborted) halt();
      this.#guarded(() => this.#fill());
      await Promise.race([ended, engine.failure ?? ended]);
    } catch (error) {
      failure = { error };
    } finally {
      clearInterval(timer);
      stop.removeEventListener('abort', halt);
    }
    // From here on the engine gives tasks back; an answer that comes meanwhile is kept all the same.
    this.#state ??= 'stopped';
    try {
      await engine.stop();
    } finally {
      if (failure === undefined) store.state(id, this.#state);
    }
    if (failure !== undefined) throw failure.error;
    return this.#state;
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Everything that is known already is learned from, and asked no more. */
  #begin(): void {
    const { cells, spec } = this.#campaign;
    cells.forEach(({ cell, group, result, aside, subject, cost }, n) => {
      if (result !== undefined) {
        const level = levelsFor(cell, spec, group).findIndex((one) => answers(result, one));
        this.#scheduler.learner.learn(cell, Math.max(0, level), result, cost?.seconds);
        this.#count(result);
      }
      if (aside !== undefined) this.#aside++;
      else if (subject === undefined) this.#scheduler.add(n, cell, levelsFor(cell, spec, group));
      else this.#wait(n);
    });
  }

  #count(result: CellResult): void {
    const { verdict } = result.outcome;
    if (verdict === 'violated' || verdict === 'trace violated') this.#violated++;
  }

  /** A cell whose subject is known: what other campaigns know of it is taken. */
  #wait(n: number): void {
    const { store, id } = this.#pursuit;
    const { cell, group, subject = '' } = this.#cell(n);
    const levels = levelsFor(cell, this.#campaign.spec, group);
    const known = bestOf(store.resultsOf(subject));
    const mine = this.#cell(n).result;
    if (known !== undefined && known.key !== mine?.key && isFurther(known, mine)) {
      store.take(id, n, known);
      this.#taken++;
      this.#count(known);
    }
    const { result, cost } = this.#cell(n);
    if (result === undefined) {
      this.#scheduler.add(n, cell, levels);
      return;
    }
    if (nextLevel(levels, result) === undefined) this.#done++;
    // What another campaign's look took is not known; it is guessed to be quick.
    else this.#scheduler.add(n, cell, levels, { result, seconds: cost?.seconds ?? 0.1 });
  }

  #fill(): void {
    const engine = this.#engine;
    if (engine === undefined || this.#state !== undefined) return;
    while (engine.room() > 0) {
      const task = this.#next();
      if (task === undefined) break;
      this.#atWork.set(task.n, undefined);
      engine.put(task);
    }
    this.#tell();
    if (this.#atWork.size === 0) this.#halt('finished');
  }

  /** The best look; of a cell whose model is not known yet, that is asked first. */
  #next(): Task | undefined {
    const { folder } = this.#campaign;
    const { program } = this.#pursuit;
    const look = this.#scheduler.next();
    if (look === undefined) return undefined;
    const { n, bounds } = look;
    const { cell, subject } = this.#cell(n);
    if (subject === undefined) return { kind: 'identify', n, cell, folder, program };
    return { kind: 'look', n, cell, folder, program, subject, bounds };
  }

  #onEnd(task: Task, end: TaskEnd): void {
    const { store, id } = this.#pursuit;
    const { n } = task;
    this.#atWork.delete(n);
    switch (end.kind) {
      case 'identified':
        store.identify(id, n, end.subject);
        this.#scheduler.drop(n);
        this.#wait(n);
        break;
      case 'found': {
        const { result, cost } = end;
        store.result(id, n, end);
        this.#looks++;
        this.#count(result);
        this.#scheduler.ended(n, result, cost.seconds);
        const { cell, group } = this.#cell(n);
        if (nextLevel(levelsFor(cell, this.#campaign.spec, group), result) === undefined) {
          this.#done++;
        }
        break;
      }
      case 'died':
        store.death(id, n, end.how);
        this.#again(n, end.how);
        break;
      case 'refused':
        this.#setAside(n, `${end.code}: ${end.why}`);
        break;
      case 'returned':
        this.#scheduler.back(n);
    }
    this.#look();
    this.#fill();
  }

  /** A worker died of it, or beside it: it is tried some times more. */
  #again(n: number, how: string): void {
    const { retries = DEFAULT_RETRIES } = this.#campaign.spec;
    const { deaths } = this.#cell(n);
    if (deaths.length > retries)
      this.#setAside(n, `${counted(deaths.length, 'worker')} died of it: ${how}`);
    else this.#scheduler.back(n);
  }

  #setAside(n: number, why: string): void {
    const { store, id } = this.#pursuit;
    store.aside(id, n, why);
    this.#aside++;
    this.#scheduler.drop(n);
  }

  /** Whether it is time to end. */
  #look(): void {
    if (this.#state !== undefined) return;
    const { seconds = Infinity, looks = Infinity } = this.#pursuit.budget ?? {};
    if (this.#pursuit.isCancelled?.()) this.#halt('cancelled');
    else if (this.#looks >= looks || this.#seconds() >= seconds) this.#halt('spent');
    this.#tell();
  }

  #halt(state: CampaignState): void {
    this.#state ??= state;
    this.#end();
  }

  #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  #tell(): void {
    const { cells } = this.#campaign;
    this.#pursuit.onChange({
      cells: cells.length,
      done: this.#done,
      violated: this.#violated,
      aside: this.#aside,
      looks: this.#looks,
      taken: this.#taken,
      seconds: this.#seconds(),
      atWork: [...this.#atWork].map(([n, progress]) => ({ n, progress })),
    });
  }
}

/** The one that says most. */
function bestOf(results: readonly CellResult[]): CellResult | undefined {
  return results.find(isFinal) ?? results.at(-1);
}

function isFurther(a: CellResult, b: CellResult | undefined): boolean {
  return b === undefined || (!isFinal(b) && (isFinal(a) || a.bounds.states > b.bounds.states));
}
