// The functions of a model that slips are made in: each modelled kernel function with the source it
// was modelled after, wherever it is called, and what a design does by itself.

import type { Scenario, Variant } from '../../catalogue/scenario.ts';
import type { Design } from '../../kernel/kernel.ts';
import { sizesOf } from '../../kernel/world.ts';
import { codesFootprint, emptyFootprint, tableOf } from '../../lang/footprint.ts';
import type { Ambient, ModelText } from '../../lang/model-text.ts';
import type { Code, Stmt } from '../../lang/nodes.ts';
import { flushPaths } from '../flush-calls.ts';
import { type Around, aroundOf } from './around.ts';
import { type CodeContext, pathEdits } from './code-edits.ts';
import { type Edit, lifted, Namer, slug } from './operators.ts';
import { stmtEdits } from './stmt-edits.ts';

type Call = Extract<Code, { op: 'call' }>;

/** A slip at a place, by name: the same one in every model that has the place. */
export interface MutantName {
  /** `munmap@6.12`: the function, and the source it was modelled after. */
  readonly unit: string;
  /** `mmap_write_lock:vma.mapped/drop`: the place, and what is done there. */
  readonly slip: string;
}

export function slipOf({ place, operator }: Pick<Edit<unknown>, 'place' | 'operator'>): string {
  return `${place}/${operator}`;
}

/** `munmap@6.12`, `luf_flush@LUF-v11-patch-9`. */
export function unitOf({ path }: Call): string {
  const said = path.source
    .replace(/\([^)]*\)/g, '')
    .split(/[,;]/)
    .map((part) => part.trim())
    .find((part) => part !== '' && !part.includes('/'));
  return [slug(path.name), ...(said === undefined ? [] : [slug(said)])].join('@');
}

/** What the hardware or a program does is no kernel's: `load`, `store`, a device's access. */
function isKernels(call: Call): boolean {
  let accesses = false;
  codesFootprint(
    call.body,
    emptyFootprint(),
    () => {},
    ({ event }) => {
      if (event === 'tlb.use' || event === 'device.write') accesses = true;
    },
  );
  return !accesses;
}

/** A path is a design's if it says that it reads or writes what the design keeps. */
export function isDesigns(call: Call): boolean {
  const own = emptyFootprint();
  codesFootprint(call.body, own, () => {});
  const said = new Set([...call.path.reads, ...call.path.writes]);
  return [...own.reads, ...own.writes].some(
    (cell) => cell.owner === 'design' && said.has(tableOf(cell)),
  );
}

function contextOf({
  declarations,
  sizes,
}: Pick<ModelText, 'declarations' | 'sizes'>): CodeContext {
  const isFlush = (call: Call): boolean => flushPaths([call]).has(call.path.name);
  return { around: aroundOf(declarations, sizes), isFlush, isDesigns };
}

/** A slip that a model has a place for. */
export interface EditIn {
  readonly unit: string;
  /** The function's name; empty for what a design does by itself. */
  readonly path: string;
  /** What it was modelled after. */
  readonly source: string;
  readonly edit: Edit<unknown>;
  /** Arms of choices inside of steps, one for each call: it is reached where one of them is. */
  readonly arms: (readonly Stmt[] | undefined)[];
  /** It is in a design's own text, or about what the design keeps. */
  readonly design: boolean;
}

/** Every slip in the functions that a model's threads call, and in what its design does by itself. */
export function editsIn(
  text: ModelText,
  isWanted: (unit: string) => boolean = () => true,
): EditIn[] {
  const codes = text.threads.flatMap((thread) => thread.code);
  const context = contextOf(text);
  const found = new Map<string, EditIn>();
  type Where = Pick<EditIn, 'unit' | 'path' | 'source'>;
  const add = (where: Where, edit: Edit<unknown>, own: boolean): void => {
    const id = `${where.unit}/${slipOf(edit)}`;
    const known = found.get(id);
    const design = own || edit.design === true;
    if (known === undefined) found.set(id, { ...where, edit, arms: [edit.arm], design });
    else known.arms.push(edit.arm);
  };
  let users = false;
  eachCall(codes, (call) => {
    users ||= call.path.place !== undefined;
  });
  eachCall(codes, (call) => {
    const unit = unitOf(call);
    const { name: path, source, place } = call.path;
    // Whoever wrote functions of his own asks about those.
    if (!isWanted(unit) || !isKernels(call) || (users && place === undefined)) return;
    const where = { unit, path, source };
    for (const edit of pathEdits(call.body, context)) add(where, edit, isDesigns(call));
  });
  for (const ambient of text.ambient.filter(isDesignsOwn)) {
    if (users || !isWanted(unitOfAmbient(ambient))) continue;
    const source = 'what the design does by itself';
    const where = { unit: unitOfAmbient(ambient), path: '', source };
    for (const edit of ambientEdits(ambient, context.around)) add(where, edit, true);
  }
  return [...found.values()];
}

export function eachCall(codes: readonly Code[], look: (call: Call) => void): void {
  for (const code of codes) {
    if (code.op === 'call') {
      look(code);
      eachCall(code.body, look);
    } else if (code.op === 'branch') {
      eachCall(code.holds, look);
      eachCall(code.otherwise, look);
    } else if (code.op === 'while' || code.op === 'block') eachCall(code.body, look);
  }
}

/**
 * The variant with the slip in every call of the function. It is a variant like any other: what
 * explores, explains and replays knows nothing of slips. Where it does not have the place it is as
 * it was.
 */
export function withSlip(scenario: Scenario, variant: Variant, name: MutantName): Variant {
  const threads = variant.threads ?? scenario.threads;
  const world = variant.world ?? scenario.world;
  const sizes = sizesOf(world, threads.length);
  return {
    ...variant,
    threads: threads.map((thread) => ({
      ...thread,
      code: (k) => {
        const { declarations } = k;
        return slipped(thread.code(k), name, contextOf({ declarations, sizes }));
      },
    })),
    design: { ...variant.design, design: designWithSlip(variant.design.design, name, sizes) },
  };
}

function slipped(codes: readonly Code[], name: MutantName, context: CodeContext): Code[] {
  const inside = (some: readonly Code[]): Code[] => slipped(some, name, context);
  return codes.map((code): Code => {
    switch (code.op) {
      case 'call': {
        const isIt = unitOf(code) === name.unit && isKernels(code);
        const edit = isIt
          ? pathEdits(code.body, context).find((one) => slipOf(one) === name.slip)
          : undefined;
        return { ...code, body: inside(edit === undefined ? code.body : edit.make()) };
      }
      case 'branch':
        return { ...code, holds: inside(code.holds), otherwise: inside(code.otherwise) };
      case 'while':
      case 'block':
        return { ...code, body: inside(code.body) };
      default:
        return code;
    }
  });
}

function designWithSlip(design: Design, name: MutantName, sizes: ModelText['sizes']): Design {
  return {
    ...design,
    build: (k, has) => {
      const hooks = design.build(k, has);
      const around = aroundOf(k.declarations, sizes);
      const ambient = hooks.ambient.map((one) => {
        if (unitOfAmbient(one) !== name.unit) return one;
        const edit = ambientEdits(one, around).find((other) => slipOf(other) === name.slip);
        return edit?.make() ?? one;
      });
      return { ...hooks, ambient };
    },
  };
}

function unitOfAmbient({ label }: Ambient): string {
  return `${slug(label)}@any-time`;
}

/** Whether it is about what the design keeps, and so its own. */
function isDesignsOwn({ body }: Ambient): boolean {
  const writes = (stmt: Stmt): boolean => {
    if (stmt.op === 'assign') {
      return stmt.target.op === 'cell' && stmt.target.cell.owner === 'design';
    }
    if (stmt.op === 'if') return [...stmt.holds, ...stmt.otherwise].some(writes);
    return stmt.op === 'each' && stmt.body.some(writes);
  };
  return body.some(writes);
}

function ambientEdits(ambient: Ambient, around: Around): Edit<Ambient>[] {
  const context = { around, namer: new Namer(), inside: slug(ambient.label) };
  const edits = stmtEdits(ambient.body, context);
  return lifted(edits, (body) => ({ ...ambient, body })).map((edit) => ({
    ...edit,
    step: ambient.label,
  }));
}
