// Every path that the catalogue reaches, with the text of its steps as the explorer sees them.

import { requestOf } from '../catalogue/build.ts';
import type { Scenario } from '../catalogue/scenario.ts';
import { buildModel } from '../kernel/scenario.ts';
import type { Code, PathHead } from '../lang/nodes.ts';
import { marking } from './marking.ts';
import { situationsOf } from './matrix.ts';
import { type Outline, type OutlineLine, outlines } from './outline.ts';

export interface PathPage {
  readonly head: PathHead;
  /** Locks held wherever it is called. */
  readonly entered: readonly string[];
  /** As it is called most often in variants that hold. */
  readonly lines: readonly OutlineLine[];
  /** Steps that only other worlds or deliberately wrong variants have. */
  readonly elsewhere: readonly string[];
  /** The design whose own path it is; left out: the kernel's. */
  readonly design?: string;
}

interface Found {
  entered: readonly string[] | undefined;
  /** By their text; how often, and how often in a variant that holds. */
  readonly forms: Map<
    string,
    {
      readonly lines: readonly OutlineLine[];
      readonly entered: readonly string[];
      count: number;
      held: number;
    }
  >;
  readonly designs: Set<string>;
}

/** The book, ordered by name. */
export function pathBook(scenarios: readonly Scenario[]): PathPage[] {
  const kernel = new Map<PathHead, Found>();
  const own = new Map<PathHead, Found>();
  for (const scenario of scenarios) {
    for (const { of, variants } of situationsOf(scenario)) {
      const holds = scenario.variants.some(
        (one) => variants.includes(one.id) && one.expect === 'holds',
      );
      const request = { world: scenario.world, setup: scenario.setup, threads: scenario.threads };
      const model = buildModel({
        ...request,
        ...(of.world === undefined ? {} : { world: of.world }),
        ...(of.setup === undefined ? {} : { setup: of.setup }),
        ...(of.threads === undefined ? {} : { threads: of.threads }),
        design: { design: marking },
      });
      for (const { code } of model.threads) note(kernel, code, holds);
    }
  }
  for (const scenario of scenarios) {
    for (const variant of scenario.variants) {
      const model = buildModel(requestOf(scenario, variant));
      const { id } = variant.design.design;
      for (const { code } of model.threads) note(own, code, variant.expect === 'holds', id);
    }
  }
  for (const head of kernel.keys()) own.delete(head);
  const pages = [...kernel, ...own].map(([head, found]): PathPage => {
    const [design] = own.has(head) ? found.designs : [];
    return { ...pageOf(head, found), ...(design === undefined ? {} : { design }) };
  });
  const key = ({ head }: PathPage): string => `${head.name}\n${head.source}`;
  return pages.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function note(
  into: Map<PathHead, Found>,
  codes: readonly Code[],
  holds: boolean,
  design?: string,
): void {
  outlines(codes, ({ head, entered, lines }: Outline) => {
    const found: Found = into.get(head) ?? {
      entered: undefined,
      forms: new Map(),
      designs: new Set(),
    };
    into.set(head, found);
    found.entered = found.entered?.filter((lock) => entered.includes(lock)) ?? entered;
    if (design !== undefined) found.designs.add(design);
    const text = JSON.stringify(lines.map(withoutHeld));
    const form = found.forms.get(text) ?? { lines, entered, count: 0, held: 0 };
    form.count += 1;
    if (holds) form.held += 1;
    found.forms.set(text, form);
  });
}

/** What is held on the way in differs from caller to caller, and is told of the path as a whole. */
function withoutHeld(line: OutlineLine): unknown {
  return 'held' in line ? { ...line, held: [] } : line;
}

function pageOf(head: PathHead, found: Found): PathPage {
  const forms = [...found.forms.values()].sort(
    (a, b) => b.held - a.held || b.count - a.count || b.lines.length - a.lines.length,
  );
  const always = (found.entered ?? []).filter((lock) => !lock.endsWith('?'));
  // What only this caller holds is none of the path's business.
  const foreign = (forms[0]?.entered ?? []).filter((lock) => !always.includes(lock));
  const lines = (forms[0]?.lines ?? []).map((line) =>
    'held' in line ? { ...line, held: line.held.filter((lock) => !foreign.includes(lock)) } : line,
  );
  const labels = (of: readonly OutlineLine[]): string[] =>
    of.flatMap((line) =>
      line.kind === 'step' ? [line.label] : line.kind === 'call' ? [line.name] : [],
    );
  const shown = new Set(labels(lines));
  const elsewhere = new Set(
    forms.flatMap((form) => labels(form.lines)).filter((label) => !shown.has(label)),
  );
  return { head, entered: always, lines, elsewhere: [...elsewhere].sort() };
}
