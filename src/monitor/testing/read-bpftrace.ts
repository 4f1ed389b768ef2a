// Reads and runs the part of bpftrace's language that exported programs use: blocks with a probe and a
// condition, assignments to maps and variables, if, while, printf, clear and delete, and expressions of
// 64-bit numbers. Anything else is refused, so that a program which runs here is one by that grammar.

export type Expr = (at: Firing) => bigint;
type Action = (at: Firing) => void;

export interface Block {
  readonly probe: string;
  readonly where: Expr | undefined;
  readonly body: Action;
}

/** One time that a probe is hit. */
export interface Firing {
  readonly cpu: bigint;
  readonly tid: bigint;
  readonly nsecs: bigint;
  /** `arg0`, `args->pfn`. */
  readonly given: ReadonlyMap<string, bigint>;
  /** Memory by address, or by address and member. */
  readonly memory: (key: string) => bigint;
  readonly maps: Map<string, bigint>;
  readonly locals: Map<string, bigint>;
  readonly print: (line: string) => void;
}

const MASK = (1n << 64n) - 1n;
const MOST_TURNS = 1000;

export function readBpftrace(lines: readonly string[]): Block[] {
  const left = lines.filter((line) => !/^\s*(\/\/.*)?$/.test(line));
  const blocks: Block[] = [];
  while (left.length > 0) {
    const probe = left.shift() as string;
    if (!/^(BEGIN|END|(kprobe|kretprobe):\w+|tracepoint:\w+:\w+)$/.test(probe)) {
      throw new Error(`no probe: ${probe}`);
    }
    const condition = /^\/(.*)\/$/.exec(left[0] ?? '')?.[1];
    if (condition !== undefined) left.shift();
    if (left.shift() !== '{') throw new Error(`${probe} has no block`);
    const end = left.indexOf('}');
    if (end < 0) throw new Error(`${probe} does not end`);
    const parser = new Parser(left.splice(0, end).join('\n'));
    left.shift();
    blocks.push({
      probe,
      where: condition === undefined ? undefined : new Parser(condition).only(),
      body: parser.statements(true),
    });
  }
  return blocks;
}

export function fire(blocks: readonly Block[], probe: string, at: Firing): void {
  for (const block of blocks) {
    if (block.probe === probe && (block.where === undefined || block.where(at) !== 0n)) {
      at.locals.clear();
      block.body(at);
    }
  }
}

const binary: readonly Readonly<Record<string, (a: bigint, b: bigint) => bigint>>[] = [
  { '||': (a, b) => BigInt(a !== 0n || b !== 0n) },
  { '&&': (a, b) => BigInt(a !== 0n && b !== 0n) },
  { '|': (a, b) => a | b },
  { '&': (a, b) => a & b },
  { '==': (a, b) => BigInt(a === b), '!=': (a, b) => BigInt(a !== b) },
  { '<': (a, b) => BigInt(a < b), '>=': (a, b) => BigInt(a >= b) },
  { '<<': (a, b) => a << b, '>>': (a, b) => a >> b },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b },
];

class Parser {
  readonly #tokens: string[];

  constructor(text: string) {
    const bare = text.replaceAll(/^\s*\/\/.*$/gm, '');
    const token = /\s*(@\w+|\$\w+|\d+|\w+|"(?:[^"\\]|\\.)*"|->|\|\||&&|==|!=|>=|<<|>>|[^\s\w])/gy;
    this.#tokens = [...bare.matchAll(token)].map((match) => match[1] as string);
  }

  only(): Expr {
    const expr = this.#expr(0);
    if (this.#tokens.length > 0) throw this.#unexpected();
    return expr;
  }

  statements(toTheEnd: boolean): Action {
    const actions: Action[] = [];
    while (this.#tokens.length > 0 && this.#tokens[0] !== '}') actions.push(this.#statement());
    if (toTheEnd && this.#tokens.length > 0) throw this.#unexpected();
    return (at) => {
      for (const act of actions) act(at);
    };
  }

  #statement(): Action {
    const first = this.#next();
    if (first === 'if') {
      const condition = this.#bracketed();
      const holds = this.#braced();
      const otherwise = this.#otherwise();
      return (at) => (condition(at) === 0n ? otherwise?.(at) : holds(at));
    }
    if (first === 'while') {
      const condition = this.#bracketed();
      const body = this.#braced();
      return (at) => {
        for (let turns = 0; condition(at) !== 0n; turns++) {
          if (turns > MOST_TURNS) throw new Error('a loop without an end');
          body(at);
        }
      };
    }
    if (first === 'printf') return this.#printf();
    if (first === 'clear' || first === 'delete') {
      this.#expect('(');
      const key = this.#target(this.#next());
      this.#expect(')', ';');
      return (at) => {
        const name = key(at);
        for (const one of [...at.maps.keys()]) {
          if (one === name || (first === 'clear' && one.startsWith(`${name}[`)))
            at.maps.delete(one);
        }
      };
    }
    if (!/^[@$]/.test(first)) throw new Error(`no statement: ${first}`);
    const key = this.#target(first);
    this.#expect('=');
    const value = this.#expr(0);
    this.#expect(';');
    return (at) => (first.startsWith('@') ? at.maps : at.locals).set(key(at), value(at) & MASK);
  }

  #otherwise(): Action | undefined {
    if (this.#tokens[0] !== 'else') return undefined;
    this.#next();
    return this.#braced();
  }

  #printf(): Action {
    this.#expect('(');
    const form = JSON.parse(this.#next()) as string;
    const values: Expr[] = [];
    while (this.#tokens[0] === ',') {
      this.#next();
      values.push(this.#expr(0));
    }
    this.#expect(')', ';');
    const places = form.match(/%ll[dx]/g)?.length ?? 0;
    if (places !== values.length) throw new Error(`printf of ${places} has ${values.length}`);
    return (at) => {
      let i = 0;
      at.print(form.replaceAll(/%ll[dx]/g, () => (values[i++] as Expr)(at).toString(16)).trimEnd());
    };
  }

  #target(name: string): (at: Firing) => string {
    if (!/^[@$]\w+$/.test(name)) throw new Error(`no variable: ${name}`);
    if (this.#tokens[0] !== '[') return () => name;
    this.#next();
    const index = this.#expr(0);
    this.#expect(']');
    return (at) => `${name}[${index(at)}]`;
  }

  #expr(level: number): Expr {
    const operators = binary[level];
    if (operators === undefined) return this.#unary();
    let left = this.#expr(level + 1);
    for (;;) {
      const operator = operators[this.#tokens[0] ?? ''];
      if (operator === undefined) return left;
      this.#next();
      const [a, b] = [left, this.#expr(level + 1)];
      left = (at) => operator(a(at), b(at)) & MASK;
    }
  }

  #unary(): Expr {
    const [first, second, third] = this.#tokens;
    if (first === '!' || first === '~') {
      this.#next();
      const a = this.#unary();
      return first === '!' ? (at) => BigInt(a(at) === 0n) : (at) => ~a(at) & MASK;
    }
    if (first === '*') {
      this.#next();
      const a = this.#unary();
      return (at) => at.memory(String(a(at)));
    }
    if (first === '(' && (second === 'uint64' || second === 'struct')) {
      this.#tokens.splice(0, second === 'struct' ? 3 : 2);
      if (second === 'struct' && third === undefined) throw this.#unexpected();
      if (this.#tokens[0] === '*') this.#next();
      this.#expect(')');
      return this.#unary();
    }
    return this.#postfix();
  }

  #postfix(): Expr {
    let left = this.#primary();
    while (this.#tokens[0] === '->') {
      this.#next();
      const member = this.#next();
      const of = left;
      left = (at) => at.memory(`${of(at)}.${member}`);
    }
    return left;
  }

  #primary(): Expr {
    const first = this.#next();
    if (/^\d+$/.test(first)) return () => BigInt(first);
    if (first === '(') {
      const inner = this.#expr(0);
      this.#expect(')');
      return inner;
    }
    if (first === 'cpu' || first === 'tid' || first === 'nsecs') return (at) => at[first];
    if (first === 'args') {
      this.#expect('->');
      const name = `args->${this.#next()}`;
      return (at) => given(at, name);
    }
    if (/^arg\d$/.test(first)) return (at) => given(at, first);
    if (first === 'kaddr') {
      this.#expect('(');
      const symbol = JSON.parse(this.#next()) as string;
      this.#expect(')');
      return (at) => at.memory(`&${symbol}`);
    }
    if (first === 'sizeof') {
      this.#expect('(', 'struct');
      const name = this.#next();
      this.#expect(')');
      return (at) => at.memory(`sizeof ${name}`);
    }
    if (!/^[@$]/.test(first)) throw new Error(`no expression: ${first}`);
    const key = this.#target(first);
    return first.startsWith('@')
      ? (at) => at.maps.get(key(at)) ?? 0n
      : (at) => {
          const value = at.locals.get(key(at));
          if (value === undefined) throw new Error(`${first} is not set`);
          return value;
        };
  }

  #bracketed(): Expr {
    this.#expect('(');
    const expr = this.#expr(0);
    this.#expect(')');
    return expr;
  }

  #braced(): Action {
    this.#expect('{');
    const body = this.statements(false);
    this.#expect('}');
    return body;
  }

  #next(): string {
    const token = this.#tokens.shift();
    if (token === undefined) throw new Error('the text ends too early');
    return token;
  }

  #expect(...tokens: readonly string[]): void {
    for (const token of tokens) {
      const found = this.#next();
      if (found !== token) throw new Error(`'${token}' expected, not '${found}'`);
    }
  }

  #unexpected(): Error {
    return new Error(`not expected: ${this.#tokens.slice(0, 5).join(' ')}`);
  }
}

function given(at: Firing, name: string): bigint {
  const value = at.given.get(name);
  if (value === undefined) throw new Error(`no ${name} here`);
  return value;
}
