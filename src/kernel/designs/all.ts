// Every design, by the age of its idea.

import type { Design } from '../kernel.ts';
import { immediate } from './immediate.ts';
import { latr } from './latr.ts';
import { lufV10 } from './luf-v10.ts';
import { lufV11 } from './luf-v11.ts';
import { lufV12 } from './luf-v12/design.ts';
import { mainline } from './mainline.ts';
import { migrcV8 } from './migrc-v8.ts';
import { migrcV9 } from './migrc-v9.ts';
import { nadavGen } from './nadav-gen.ts';
import { strict } from './strict.ts';

export const designs: readonly Design[] = [
  immediate,
  mainline,
  latr,
  nadavGen,
  migrcV8,
  migrcV9,
  lufV10,
  lufV11,
  lufV12,
  strict,
];
