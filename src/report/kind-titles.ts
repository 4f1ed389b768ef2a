// What each kind of violation is, in a sentence.

import { wrongs } from '../rules/truth/wrongs.ts';

export const kindTitles: Readonly<Record<string, string>> = {
  ...wrongs,
  deadlock: 'No thread can go on, and some are not done.',
};
