// Variants that many scenarios share: kernels without LUF, which must hold, and LUF less what makes it hold.

import { immediate } from '../kernel/designs/immediate.ts';
import { lufV11 } from '../kernel/designs/luf-v11.ts';
import { lufV12 } from '../kernel/designs/luf-v12/design.ts';
import { mainline } from '../kernel/designs/mainline.ts';
import type { Variant } from './scenario.ts';

export const immediateHolds: Variant = {
  id: 'immediate',
  says: 'every flush at once',
  design: { design: immediate },
  expect: 'holds',
};
export const withoutLuf: readonly Variant[] = [
  { id: 'mainline', says: 'no LUF at all', design: { design: mainline }, expect: 'holds' },
  immediateHolds,
];
/** As they are, or as posted: none of them may go wrong. */
export const withLufToo: readonly Variant[] = [
  { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
  { id: 'v11', says: 'LUF v11 as posted', design: { design: lufV11 }, expect: 'holds' },
  { id: 'v12', says: 'LUF v12 as posted', design: { design: lufV12 }, expect: 'holds' },
  immediateHolds,
];
/** Where no design that defers makes a difference. */
export const asItIs: readonly Variant[] = [
  { id: 'mainline', says: 'mainline as it is', design: { design: mainline }, expect: 'holds' },
  immediateHolds,
];
/** What goes wrong where a frame that owes a flush gets a new owner. */
export const handedOutUnasked: readonly Variant[] = [
  {
    id: 'v11-broken',
    says: 'LUF v11 that hands out a frame without asking for its debt',
    design: { design: lufV11, without: ['prep_new_page'] },
    expect: 'leak',
  },
  {
    id: 'v12-broken',
    says: 'LUF v12 that hands out a frame without asking for its debt',
    design: { design: lufV12, without: ['luf_takeoff'] },
    expect: 'leak',
  },
];
