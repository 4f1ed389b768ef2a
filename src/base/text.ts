// Plain text on a grid: widths, wrapping, numbers. No colours here: what these functions measure is
// what a terminal shows.

/** Cells a string takes on a terminal. All our own text is one cell per character. */
export function width(text: string): number {
  return [...text].length;
}

export function padEnd(text: string, to: number): string {
  return text + ' '.repeat(Math.max(0, to - width(text)));
}
export function padStart(text: string, to: number): string {
  return ' '.repeat(Math.max(0, to - width(text))) + text;
}

/**
 * Breaks text at blanks so that no line is wider than asked, unless one word alone is. Later lines
 * start with `hang`, which counts; blanks in front of the text stay.
 *
 * @example
 * ```ts
 * wrap('the entry was never flushed', 16, '  ')
 * // => ['the entry was', '  never flushed']
 * ```
 */
export function wrap(text: string, columns: number, hang = ''): string[] {
  const lines: string[] = [];
  const indent = /^ */.exec(text)?.[0] ?? '';
  let line = indent;
  for (const word of text.slice(indent.length).split(' ')) {
    const longer = line.trim() === '' ? line + word : `${line} ${word}`;
    if (width(longer) > columns && line.trim() !== '') {
      lines.push(line);
      line = hang + word;
    } else {
      line = longer;
    }
  }
  lines.push(line);
  return lines;
}

/** `1,234,567` */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 step`, `2 steps`, `1,234 states`. */
export function counted(n: number, one: string, many: string = `${one}s`): string {
  return `${grouped(n)} ${n === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[], last = 'and'): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}

/** `0.4 s`, `12 s`, `3 min 5 s`, `15 h 28 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  if (whole < 2 * 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
