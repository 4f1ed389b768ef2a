// What a renderer must know of where its text goes.

import { type Paint, plain } from './plain-paint.ts';

export interface Look {
  readonly columns: number;
  readonly paint: Paint;
  /** How the user starts the program: commands to copy begin with it. */
  readonly program: string;
  /** The command that shows a story as a page, from its line; left out where there is none. */
  readonly pages?: string;
}

/** Narrower than this nothing is laid out. */
export const NARROWEST = 80;

export const plainLook: Look = { columns: NARROWEST, paint: plain, program: 'lufcheck' };
