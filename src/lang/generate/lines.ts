import type { Test } from './code.ts';

/** Generated source, line by line, indented as it nests. */
export class Lines {
  #lines: string[] = [];
  #indent = '';

  get length(): number {
    return this.#lines.length;
  }
  /** `note`: a name or label, which goes into a comment behind it. */
  add(line: string, note?: string): void {
    const comment = note === undefined ? '' : ` // ${oneLine(note)}`;
    this.#lines.push(this.#indent + line + comment);
  }
  append(lines: readonly string[]): void {
    for (const line of lines) this.#lines.push(line);
  }
  inside(body: () => void): void {
    const outer = this.#indent;
    this.#indent += '  ';
    body();
    this.#indent = outer;
  }
  /** `head {`, what `body` adds, `}`. */
  block(head: string, body: () => void): void {
    this.add(`${head} {`);
    this.inside(body);
    this.add('}');
  }
  /** What `body` adds, one level in, to be appended later or not at all. */
  nested(body: () => void): readonly string[] {
    const outer = this.#lines;
    this.#lines = [];
    this.inside(body);
    const own = this.#lines;
    this.#lines = outer;
    return own;
  }
  /** A choice between lines made by `nested`. */
  choice(cond: Test, holds: readonly string[], otherwise: readonly string[]): void {
    if (cond.always !== undefined) {
      for (const line of cond.always ? holds : otherwise) this.#lines.push(line.slice(2));
    } else if (holds.length > 0) {
      this.add(`if (${cond.text}) {`);
      this.append(holds);
      if (otherwise.length > 0) {
        this.add('} else {');
        this.append(otherwise);
      }
      this.add('}');
    } else if (otherwise.length > 0) {
      this.add(`if (${cond.not}) {`);
      this.append(otherwise);
      this.add('}');
    }
  }
  toArray(): readonly string[] {
    return this.#lines;
  }
  toString(): string {
    return this.#lines.join('\n');
  }
}

/** Names and labels go into comments: nothing in them may end one. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n\u2028\u2029]+/g, ' ');
}
