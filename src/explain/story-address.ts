// Where a story is in the pages: everything that its view rests on, as the part of an address behind
// `#`. A link reproduces the view; who makes links (SARIF, HTML, the terminal) needs no page for it.

/** What a view of a story shows. */
export interface StoryAddress {
  /** `LUF-buddy:broken` */
  readonly variant: string;
  /** As behind the name in a story's last line; empty: from the start. */
  readonly schedule: string;
  /** After how many steps; left out: after the last. */
  readonly at?: number;
  /** Options that made another question of the variant, as on the command line. */
  readonly design?: string;
  readonly without?: string;
  readonly with?: string;
  readonly cut?: string;
  /**
   * What a cell of a campaign asks: `variant`, `situation` or `pair`. Then `without` is a list of whole names of
   * flush points, and these may be there:
   */
  readonly of?: string;
  /** Numbers of the world that are others: `frames:4,pages:2`. */
  readonly world?: string;
  /** The function of a mutant, and the slip in it. */
  readonly unit?: string;
  readonly slip?: string;
  /** The variant of the same scenario that it stands beside. */
  readonly beside?: string;
  /** `all`: every step, not only those that mattered. */
  readonly show?: string;
}

const PREFIX = '#/story/';
const texts = [
  'design',
  'without',
  'with',
  'cut',
  'of',
  'world',
  'unit',
  'slip',
  'beside',
  'show',
] as const;

/**
 * @example
 * ```ts
 * storyAddress({ variant: 'LUF-buddy:broken', schedule: 'H1S0-15', at: 3 })
 * // => '#/story/LUF-buddy:broken?at=3&schedule=H1S0-15'
 * ```
 */
export function storyAddress(address: StoryAddress): string {
  const pairs: [string, string][] = [];
  if (address.at !== undefined) pairs.push(['at', String(address.at)]);
  for (const name of texts) {
    const text = address[name];
    if (text !== undefined) pairs.push([name, text]);
  }
  if (address.schedule !== '') pairs.push(['schedule', address.schedule]);
  const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `${PREFIX}${encode(address.variant)}${query === '' ? '' : `?${query}`}`;
}

/** Undefined for what is no address of a story. */
export function readStoryAddress(hash: string): StoryAddress | undefined {
  if (!hash.startsWith(PREFIX)) return undefined;
  const [path = '', query = ''] = hash.slice(PREFIX.length).split(/\?(.*)/s);
  const variant = decode(path);
  if (variant === undefined || variant === '') return undefined;
  const given = new URLSearchParams(query);
  const at = given.get('at');
  return {
    variant,
    schedule: given.get('schedule') ?? '',
    ...(at !== null && /^\d{1,6}$/.test(at) ? { at: Number(at) } : {}),
    ...Object.fromEntries(
      texts.flatMap((name) => {
        const text = given.get(name);
        return text === null || text === '' ? [] : [[name, text]];
      }),
    ),
  };
}

/** Colons stay, so that names can be read in an address. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':');
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
