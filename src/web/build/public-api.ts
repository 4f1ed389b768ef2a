// What `import ... from 'lufcheck'` offers, for the workbench's completion: read from the sources when the pages
// are built, so that it cannot drift from them.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

export interface ApiEntry {
  readonly name: string;
  readonly kind: 'function' | 'type' | 'constant';
  /** Its declaration, without a body. */
  readonly signature: string;
  /** The comment above it; empty if there is none. */
  readonly says: string;
}

const LONGEST = 700;

/** `index`: the file that exports the API. */
export function publicApi(index: string): ApiEntry[] {
  const text = readFileSync(index, 'utf8');
  const entries = [...text.matchAll(/export (type )?\{([^}]*)\} from '([^']+)'/g)].flatMap(
    ([, , names = '', from = '']) => {
      const source = readFileSync(resolve(dirname(index), from), 'utf8');
      return names
        .split(',')
        .map((name) => name.trim().replace(/^type /, ''))
        .filter((name) => name !== '')
        .map((name) => entryOf(name, source));
    },
  );
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function entryOf(name: string, source: string): ApiEntry {
  const start = new RegExp(
    `^export (?:declare )?(?:async )?(function|interface|type|const|class) ${name}\\b`,
    'm',
  ).exec(source);
  if (start === null) return { name, kind: 'constant', signature: name, says: '' };
  const [, word = ''] = start;
  const kind =
    word === 'function' || word === 'class' ? 'function' : word === 'const' ? 'constant' : 'type';
  const rest = source.slice(start.index).replace(/^export /, '');
  return {
    name,
    kind,
    signature: declarationOf(rest, kind),
    says: commentBefore(source, start.index),
  };
}

/** Up to the body of a function, or the end of what is declared. */
function declarationOf(text: string, kind: ApiEntry['kind']): string {
  let depth = 0;
  for (let i = 0; i < Math.min(text.length, LONGEST); i++) {
    const letter = text[i] as string;
    if ('([{'.includes(letter)) {
      const isBody =
        letter === '{' &&
        depth === 0 &&
        kind === 'function' &&
        !/[:|&<]\s*$/.test(text.slice(0, i));
      if (isBody) return text.slice(0, i).trim();
      depth++;
    } else if (')]}'.includes(letter)) {
      depth--;
      if (letter === '}' && depth === 0 && kind === 'type') return text.slice(0, i + 1);
    } else if (depth === 0 && (letter === ';' || (letter === '=' && kind === 'constant'))) {
      return text.slice(0, i).trim();
    }
  }
  return `${text.slice(0, LONGEST).trim()} ...`;
}

function commentBefore(source: string, at: number): string {
  const match = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(source.slice(0, at));
  return (match?.[1] ?? '').replace(/^\s*\* ?/gm, '').trim();
}
