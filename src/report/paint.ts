// Colour for those who want it. What a colour says, the text says too.

import { styleText } from 'node:util';

export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
}

const same = (text: string): string => text;
export const plain: Paint = { bold: same, dim: same, bad: same, good: same, warn: same };

const coloured: Paint = {
  bold: (text) => styleText('bold', text, { validateStream: false }),
  dim: (text) => styleText('dim', text, { validateStream: false }),
  bad: (text) => styleText(['bold', 'red'], text, { validateStream: false }),
  good: (text) => styleText('green', text, { validateStream: false }),
  warn: (text) => styleText('yellow', text, { validateStream: false }),
};

/** NO_COLOR (any value but an empty one) and anything that is no terminal get plain text. */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  const refused = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return stream.isTTY === true && !refused ? coloured : plain;
}
