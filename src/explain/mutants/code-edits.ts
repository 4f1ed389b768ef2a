// Slips in a kernel function: in its steps, between them, and in their order. What it calls is
// somebody else's text.

import type { Code, Step } from '../../lang/nodes.ts';
import { conditionText } from '../condition-text.ts';
import type { Around } from './around.ts';
import { lockEdits, releases, takenBy } from './lock-edits.ts';
import { nodeEdits } from './node-edits.ts';
import { type Edit, lifted, Namer } from './operators.ts';
import { isDesigns, numbered, stmtEdits } from './stmt-edits.ts';

type Codes = readonly Code[];
type Call = Extract<Code, { op: 'call' }>;
type Branch = Extract<Code, { op: 'branch' }>;
type While = Extract<Code, { op: 'while' }>;

export interface CodeContext {
  readonly around: Around;
  /** Whether a called path does nothing that others see but flush. */
  readonly isFlush: (call: Call) => boolean;
  /** Whether a called path is part of a design. */
  readonly isDesigns: (call: Call) => boolean;
}

interface Inside extends CodeContext {
  readonly namer: Namer;
}

/** Every slip in the body of one call, in the order of the text. */
export function pathEdits(body: Codes, context: CodeContext): Edit<Code[]>[] {
  const inside = { ...context, namer: new Namer() };
  return [...lockEdits(body, inside.namer), ...codesEdits(body, inside)];
}

function codesEdits(codes: Codes, inside: Inside): Edit<Code[]>[] {
  const names = codes.map((code) => inside.namer.name(nameOf(code)));
  return codes.flatMap((code, i) => {
    const name = names[i] as string;
    const own = lifted(codeEdits(code, name, inside), (instead) => replaced(codes, i, 1, instead));
    return [...own, ...orderEdits(codes, i, name, inside)];
  });
}

function replaced(codes: Codes, at: number, n: number, instead: Codes): Code[] {
  return [...codes.slice(0, at), ...instead, ...codes.slice(at + n)];
}

function nameOf(code: Code): string {
  switch (code.op) {
    case 'step':
      return code.label;
    case 'call':
      return `${code.path.name}()`;
    case 'branch':
      return `if-${conditionText(code.cond)}`;
    case 'while':
      return `while-${conditionText(code.cond)}`;
    case 'let':
      return code.target.local.name;
    case 'block':
      return code.label;
    case 'go':
      return `${code.mode}-${code.label}`;
  }
}

function codeEdits(code: Code, name: string, inside: Inside): Edit<Code[]>[] {
  switch (code.op) {
    case 'step':
      return stepEdits(code, name, inside);
    case 'call':
      return [
        {
          place: name,
          operator: inside.isFlush(code) ? 'no-flush' : 'no-call',
          step: code.path.name,
          design: inside.isDesigns(code),
          make: () => [],
        },
      ];
    case 'branch':
      return branchEdits(code, name, inside);
    case 'while':
      return whileEdits(code, name, inside);
    case 'let':
      return [
        { place: name, operator: 'stale', make: () => [] },
        ...nodeEdits(code.value).map(
          ({ operator, make }, n): Edit<Code[]> => ({
            place: `${name}${numbered(n)}`,
            operator,
            make: () => [{ ...code, value: make() }],
          }),
        ),
      ];
    case 'block':
      return lifted(codesEdits(code.body, inside), (body): Code[] => [{ ...code, body }]);
    case 'go':
      return [];
  }
}

function stepEdits(step: Step, name: string, inside: Inside): Edit<Code[]>[] {
  const word = takenBy(step);
  const taking = word !== undefined;
  const { around, namer } = inside;
  const about = { around, namer, inside: name, ...(taking ? { word } : {}) };
  const within = (edits: readonly Edit<Code[]>[]): Edit<Code[]>[] =>
    edits.map((edit) => ({ ...edit, step: step.label }));
  const design = [step.when, step.among].some((one) => one !== undefined && isDesigns(one));
  const edits: Edit<Code[]>[] = taking
    ? []
    : [{ place: name, operator: 'no-step', make: () => [] }];
  for (const part of ['when', 'among'] as const) {
    const cond = step[part];
    if (cond === undefined || taking) continue;
    const place = inside.namer.name(`${name}:${part}`);
    const without = (): Code[] => [{ ...step, [part]: undefined }];
    edits.push({ place, operator: 'no-wait', design, make: without });
    nodeEdits(cond).forEach(({ operator, make }, n) => {
      const instead = (): Code[] => [{ ...step, [part]: make() }];
      edits.push({ place: `${place}${numbered(n)}`, operator, design, make: instead });
    });
  }
  edits.push(
    ...lifted(stmtEdits(step.body, about, !taking), (body): Code[] => [{ ...step, body }]),
    ...lifted(stmtEdits(step.otherwise ?? [], about), (otherwise): Code[] => [
      { ...step, otherwise },
    ]),
  );
  return within(edits);
}

function branchEdits(branch: Branch, name: string, inside: Inside): Edit<Code[]>[] {
  const { cond, holds, otherwise } = branch;
  return [
    { place: name, operator: 'always', make: () => [...holds] },
    { place: name, operator: 'never', make: () => [...otherwise] },
    ...condEdits(branch, name),
    ...lifted(codesEdits(holds, inside), (some): Code[] => [{ ...branch, holds: some, cond }]),
    ...lifted(codesEdits(otherwise, inside), (some): Code[] => [{ ...branch, otherwise: some }]),
  ];
}

function whileEdits(code: While, name: string, inside: Inside): Edit<Code[]>[] {
  const { cond, body } = code;
  const once: Code = { op: 'branch', cond, holds: body, otherwise: [] };
  return [
    { place: name, operator: 'never', make: () => [] },
    { place: name, operator: 'once', make: () => [once] },
    ...condEdits(code, name),
    ...lifted(codesEdits(body, inside), (some): Code[] => [{ ...code, body: some }]),
  ];
}

function condEdits(code: Branch | While, name: string): Edit<Code[]>[] {
  return nodeEdits(code.cond).map(({ operator, make }, n) => ({
    place: `${name}${numbered(n)}`,
    operator,
    make: () => [{ ...code, cond: make() }],
  }));
}

/** The step and its next neighbour change places; a flush also goes behind a later release. */
function orderEdits(codes: Codes, i: number, name: string, inside: Inside): Edit<Code[]>[] {
  const [one, next] = [codes[i], codes[i + 1]];
  if (one === undefined || next === undefined || !moves(one)) return [];
  const flush = flushes(one, inside);
  const behind = codes.findIndex((code, j) => j > i && releases(code));
  const edits: Edit<Code[]>[] = [];
  if (moves(next) && !(flush && behind === i + 1)) {
    edits.push({ place: name, operator: 'swap', make: () => replaced(codes, i, 2, [next, one]) });
  }
  if (flush && behind > i) {
    const between = codes.slice(i + 1, behind + 1);
    const make = (): Code[] => replaced(codes, i, between.length + 1, [...between, one]);
    edits.push({ place: name, operator: 'late-flush', make });
  }
  const at = stepIn(one);
  return at === undefined ? edits : edits.map((edit) => ({ ...edit, step: at }));
}

const fixed: readonly Code['op'][] = ['let', 'go'];
function moves(code: Code): boolean {
  return !fixed.includes(code.op);
}

/** The step or call that it is, if it is one. */
function stepIn(code: Code): string | undefined {
  if (code.op === 'step') return code.label;
  return code.op === 'call' ? code.path.name : undefined;
}

/** Whether it is a flush, or is there for one. */
function flushes(code: Code, inside: Inside): boolean {
  switch (code.op) {
    case 'call':
      return inside.isFlush(code);
    case 'step':
      return code.body.some((stmt) => stmt.op === 'emit' && stmt.event === 'tlb.flush');
    case 'branch':
      return [...code.holds, ...code.otherwise].some((one) => flushes(one, inside));
    case 'while':
    case 'block':
      return code.body.some((one) => flushes(one, inside));
    default:
      return false;
  }
}
