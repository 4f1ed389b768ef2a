// The variants that most scenarios end with: kernels without LUF, which must hold.

import { immediate } from '../kernel/designs/immediate.ts';
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
