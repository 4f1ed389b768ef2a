// A rule as a finite automaton for one subject and one CPU, made from the rule's own trees: what Linux's
// runtime verification (tools/verification) can run. The rule is violated where some such automaton
// finds an event that its state has no transition for. Nothing of a rule is written twice.

import type { EventKind } from '../events/vocabulary.ts';
import type { AnyRule } from '../rules/rule.ts';
import { fieldsOf, type Present, RuleTrees, type ToldTrees } from '../rules/told-trees.ts';
import {
  type AbstractHandler,
  type Answers,
  type Atom,
  type Control,
  controlCells,
  isControl,
  type Outcome,
  outcomeOf,
} from './abstract-run.ts';
import { cubesOf, namesFor } from './letters.ts';
import { merged } from './minimal.ts';

/** An event as the automaton hears it: an event of the vocabulary and what the code around it found. */
export interface Letter {
  /** A C identifier. */
  readonly name: string;
  readonly event: EventKind;
  /** When the event is this one: any of these holds; each is a list of conditions that all hold. */
  readonly when: readonly (readonly string[])[];
}

export interface RuleAutomaton {
  readonly rule: AnyRule;
  readonly trees: RuleTrees;
  /** C identifiers; nothing is stale in the first, with which it begins. */
  readonly states: readonly string[];
  readonly letters: readonly Letter[];
  /** By state and letter: the next state; none where the rule is violated. */
  readonly next: readonly (readonly (number | undefined)[])[];
  /** What is no part of it and must be kept beside it for each subject: identities. */
  readonly data: readonly { readonly name: string; readonly of: string; readonly isSet: boolean }[];
  /** How events become letters. */
  readonly ears: readonly Ear[];
}

/** One form of an event. */
export interface Ear {
  readonly event: EventKind;
  /** Optional fields that it has. */
  readonly present: Present;
  readonly trees: ToldTrees;
  readonly atoms: readonly Atom[];
  /** The letter, by index; none for what changes nothing in any state. */
  readonly letterOf: (answers: Answers) => number | undefined;
}

interface Way {
  readonly ear: number;
  readonly answers: Answers;
  readonly outcomes: readonly Outcome[];
}

export function ruleAutomaton(rule: AnyRule): RuleAutomaton {
  const trees = new RuleTrees(rule);
  const control = controlCells(trees);
  const forms = trees.kinds().flatMap((kind) =>
    formsOf(kind).flatMap((present): AbstractHandler[] => {
      const told = trees.told(kind, present);
      return told === undefined
        ? []
        : [{ rule: rule.id, kind, trees: told, control, at: trees.at }];
    }),
  );
  const { reached, atoms } = explore(forms);
  const ways = forms.flatMap((handler, ear) =>
    valuations(atoms[ear] ?? []).map((answers): Way => {
      const outcomes = reached.map((state) => outcomeOf(handler, state, answers) as Outcome);
      return { ear, answers, outcomes };
    }),
  );
  // What leaves every state as it is need not be heard.
  const heard = ways.filter(({ outcomes }) =>
    outcomes.some(({ control: to, violated }, i) => violated || to !== reached[i]),
  );
  const groups = grouped(heard, forms);
  const table = reached.map((_, i) =>
    groups.map(([first]) => {
      const outcome = first?.outcomes[i] as Outcome;
      return outcome.violated ? undefined : reached.indexOf(outcome.control);
    }),
  );
  const { next, members } = merged(table);
  const states = stateNames(
    members.map((some) => some.map((i) => reached[i] as Control)),
    control.map(({ name }) => name.slice(name.indexOf('.') + 1)),
  );
  const kindOf = (group: readonly Way[]): EventKind =>
    (forms[group[0]?.ear ?? 0] as AbstractHandler).kind;
  const letters = namesFor(
    groups.map((group) => ({
      event: kindOf(group),
      cubes: cubesOf(
        group.map((one) => literalsOf(forms, one)),
        ways
          .filter((one) => forms[one.ear]?.kind === kindOf(group) && !group.includes(one))
          .map((one) => literalsOf(forms, one)),
      ),
    })),
  );
  return {
    rule,
    trees,
    states,
    letters,
    next,
    data: trees.cells.flatMap((cell) => {
      const { name, sort } = cell;
      if (isControl(cell) || sort.kind === 'bool' || sort.kind === 'int') return [];
      return [{ name: name.slice(name.indexOf('.') + 1), of: sort.of, isSet: sort.kind === 'set' }];
    }),
    ears: forms.map((handler, ear): Ear => {
      const own = atoms[ear] ?? [];
      return {
        event: handler.kind,
        present: presentIn(handler),
        trees: handler.trees,
        atoms: own,
        letterOf: (answers) => {
          const found = groups.findIndex((group) =>
            group.some(
              (one) =>
                one.ear === ear &&
                own.every(({ text }) => one.answers.get(text) === answers.get(text)),
            ),
          );
          return found < 0 ? undefined : found;
        },
      };
    }),
  };
}

/** The states that an automaton of these handlers reaches, and the atoms that each asks for in some of them. */
function explore(forms: readonly AbstractHandler[]): {
  reached: readonly Control[];
  atoms: readonly (readonly Atom[])[];
} {
  const atoms = forms.map(() => new Map<string, Atom>());
  const reached: Control[] = [0];
  for (const state of reached) {
    forms.forEach((handler, i) => {
      const look = (answers: Answers): void => {
        const found = outcomeOf(handler, state, answers);
        if ('kind' in found) {
          atoms[i]?.set(found.text, found);
          for (const answer of [true, false]) {
            const more = new Map([...answers, [found.text, answer] as const]);
            if (isPossible(more)) look(more);
          }
        } else if (!found.violated && !reached.includes(found.control)) reached.push(found.control);
      };
      look(new Map());
    });
  }
  return { reached, atoms: atoms.map((some) => [...some.values()]) };
}

/** All ways to answer that do not contradict themselves. */
function valuations(atoms: readonly Atom[]): Answers[] {
  let all: Map<string, boolean>[] = [new Map()];
  for (const { text } of atoms) {
    all = all.flatMap((one) =>
      [true, false].map((answer) => new Map([...one, [text, answer] as const])),
    );
  }
  return all.filter(isPossible);
}

/** What is none is nothing else. */
function isPossible(answers: Answers): boolean {
  for (const [text, answer] of answers) {
    const what = / is none$/.exec(text) === null ? undefined : text.slice(0, -' is none'.length);
    if (what === undefined || !answer) continue;
    for (const [other, is] of answers) {
      if (is && other !== text && other.split(' is ').includes(what)) return false;
    }
  }
  return true;
}

/** Ways of the same event that do the same in every state. */
function grouped(ways: readonly Way[], forms: readonly AbstractHandler[]): Way[][] {
  const groups = new Map<string, Way[]>();
  for (const way of ways) {
    const key = JSON.stringify([forms[way.ear]?.kind, way.outcomes]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [way]);
    else group.push(way);
  }
  return [...groups.values()];
}

function literalsOf(forms: readonly AbstractHandler[], { ear, answers }: Way): Answers {
  const handler = forms[ear] as AbstractHandler;
  const all = new Map(answers);
  for (const name of optionalFields(handler.kind)) {
    all.set(`with ${name}`, handler.trees.fields.includes(name));
  }
  return all;
}

/** Rules do not look at how many pages a flush covers: who tells them sees to that. */
export function optionalFields(kind: EventKind): string[] {
  return Object.entries(fieldsOf(kind))
    .filter(([name, sort]) => typeof sort === 'object' && 'optional' in sort && name !== 'pages')
    .map(([name]) => name);
}

function formsOf(kind: EventKind): Present[] {
  const always = Object.entries(fieldsOf(kind)).flatMap(([name, sort]): [string, '' | true][] =>
    typeof sort === 'object' && 'optional' in sort ? [] : [[name, sort === 'text' ? '' : true]],
  );
  let forms: Present[] = [Object.fromEntries(always)];
  for (const name of optionalFields(kind)) {
    forms = forms.flatMap((one) => [one, { ...one, [name]: true }]);
  }
  // An address means something in an address space only.
  return forms.filter((one) => one.va === undefined || one.mm !== undefined);
}

function presentIn({ kind, trees }: AbstractHandler): Present {
  return Object.fromEntries(
    optionalFields(kind).flatMap((name) => (trees.fields.includes(name) ? [[name, true]] : [])),
  );
}

/** `MAX_DA_NAME_LEN` of include/linux/rv.h, less the zero at the end. */
export const LONGEST_NAME = 31;

/** Each by what is set in it; of several that came to the same, by the one with the least. */
function stateNames(
  members: readonly (readonly Control[])[],
  bits: readonly string[],
): readonly string[] {
  const used = new Set<string>();
  return members.map((some, i) => {
    const texts = some
      .map((control) => bits.filter((_, bit) => (control >>> bit) & 1))
      .sort((a, b) => a.length - b.length)
      .map((set) => (set.length === 0 ? 'settled' : set.join('_')));
    const name = texts.find((text) => text.length <= LONGEST_NAME && !used.has(text));
    const unique = name ?? `state_${i}`;
    used.add(unique);
    return unique;
  });
}
