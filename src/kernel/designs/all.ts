// Every design, by the age of its idea.

import type { Design } from '../kernel.ts';
import { immediate } from './immediate.ts';
import { lufV11 } from './luf-v11.ts';
import { lufV12 } from './luf-v12/design.ts';
import { mainline } from './mainline.ts';

export const designs: readonly Design[] = [immediate, mainline, lufV11, lufV12];
