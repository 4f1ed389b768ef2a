// How a question is searched, and what only this platform has for it.

import type { JudgeOptions } from '../explain/judge.ts';
import { nodeCrew } from '../explore-node/crew.ts';
import { freeBytes } from '../explore-node/free-bytes.ts';

/** As read from options it is plain data, which can be sent to a thread. */
export type SearchWish = Omit<JudgeOptions, 'onProgress'>;

export const onNode = { crew: nodeCrew, freeBytes };
