// Reads an automaton as the kernel's tools do (tools/verification/rvgen/rvgen/automata.py): by lines
// and words, without a grammar of DOT. Stricter where they would go on with nonsense.

/** What the tools make of the file. */
export interface ReadAutomaton {
  /** The initial one first. */
  readonly states: readonly string[];
  readonly final: readonly string[];
  readonly events: readonly string[];
  /** By state and event; what is not there is not allowed. */
  readonly next: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** MAX_DA_NAME_LEN of include/linux/rv.h, less the zero at the end. */
const LONGEST = 31;

export function readDot(lines: readonly string[]): ReadAutomaton {
  const words = (line: number): string[] => {
    const found = (lines[line] ?? '').trim().split(/\s+/);
    if (found[0] === '')
      throw new Error(`line ${line + 1} is empty, which the tools do not survive`);
    return found;
  };
  const [first, second] = words(0);
  if (first !== 'digraph' || second !== 'state_automaton') throw new Error('no state_automaton');
  let line = 1;
  while (words(line)[0] !== '{node') line++;
  const states = new Set<string>();
  const final = new Set<string>();
  let initial: string | undefined;
  for (; words(line)[0] === '{node'; line++) {
    const name = (words(line).at(-1) ?? '').replaceAll('"', '').replaceAll('};', '');
    if (name.startsWith('__init_')) initial = name.slice('__init_'.length);
    else {
      states.add(identifier(name));
      if (/doublecircle|ellipse/.test(lines[line] ?? '')) final.add(name);
    }
  }
  if (initial === undefined || !states.has(initial)) throw new Error('no initial state');
  if (lines[line]?.trim() !== `"__init_${initial}" -> "${initial}";`) {
    throw new Error('the edge to the initial state is not the first');
  }
  const next = new Map([...states].map((name) => [name, new Map<string, string>()]));
  const events = new Set<string>();
  for (line++; words(line).join(' ').startsWith('"'); line++) {
    const [from = '', arrow, to = ''] = words(line).map((word) => word.replaceAll('"', ''));
    if (arrow !== '->') continue;
    const labels = (words(line).at(-2) ?? '').replaceAll('"', '').split('\\n');
    for (const label of labels) {
      events.add(identifier(label));
      const row = next.get(from);
      if (row === undefined || !states.has(to)) throw new Error(`no state of line ${line + 1}`);
      if (row.has(label)) throw new Error(`two edges ${label} from ${from}`);
      row.set(label, to);
    }
  }
  const rest = [...states].filter((name) => name !== initial).sort();
  return { states: [initial, ...rest], final: [...final], events: [...events].sort(), next };
}

function identifier(name: string): string {
  if (!/^[a-z]\w*$/.test(name)) throw new Error(`'${name}' is no name in C`);
  if (name.length > LONGEST) throw new Error(`'${name}' is too long for the kernel`);
  return name;
}
