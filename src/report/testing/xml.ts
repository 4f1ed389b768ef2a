// Just enough of XML to hold a report against what its schema says. Throws for what is not well formed.

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

type Open = Omit<Element, 'children' | 'text'> & { children: Element[]; text: string };

export function parseXml(source: string): Element {
  const [, body = source] =
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n([\s\S]*)$/.exec(source) ?? [];
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let at = 0;
  for (const tag of body.matchAll(/<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/g)) {
    const inner = open.at(-1) as Open;
    inner.text += decoded(body.slice(at, tag.index));
    at = tag.index + tag[0].length;
    const [, closes, name = '', attributes = '', empty] = tag;
    if (closes === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes another element`);
      continue;
    }
    const pairs = [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)];
    const values = pairs.map(([, key = '', value = '']) => [key, decoded(value)] as const);
    const element: Open = { name, attributes: Object.fromEntries(values), children: [], text: '' };
    inner.children.push(element);
    if (empty !== '/') open.push(element);
  }
  root.text += decoded(body.slice(at));
  const [only, ...more] = root.children;
  if (open.length !== 1 || only === undefined || more.length > 0 || root.text.trim() !== '') {
    throw new Error('not one element');
  }
  return only;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

function decoded(text: string): string {
  if (/[<>]/.test(text)) throw new Error(`a bare bracket: ${text}`);
  return text.replace(/&([^;]*;?)/g, (all, name: string) => {
    const known = entities[name.slice(0, -1)];
    if (known === undefined) throw new Error(`no entity ${all}`);
    return known;
  });
}
