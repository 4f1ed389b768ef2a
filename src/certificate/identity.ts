// A name for a model by what it looks like from outside: its actions, properties and initial state.
// Two models with one name need not be the same; a certificate of another model fails all the same,
// since every step is taken in the model that it is held against.

import type { Machine } from '../lang/machine.ts';

/** 16 hexadecimal digits (FNV-1a, twice 32 bits). */
export function identityOf(machine: Machine): string {
  const { actions, properties, words } = machine;
  const text = JSON.stringify([actions, properties, words, [...machine.initial()]]);
  return [0x811c9dc5, 0x050c5d1f].map((start) => fnv(text, start)).join('');
}

function fnv(text: string, start: number): string {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
