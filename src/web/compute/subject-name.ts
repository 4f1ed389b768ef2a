// What is asked about, by its names: without the models, which only workers have.

import type { StoryAddress } from '../../explain/story-address.ts';

/** A subject by its names, as addresses and messages to workers have it. */
export type SubjectName = Pick<StoryAddress, 'variant' | (typeof parts)[number]>;

const parts = ['design', 'without', 'with', 'cut', 'of', 'world', 'unit', 'slip'] as const;

/** What an address says of its subject. */
export function subjectNameOf(address: StoryAddress): SubjectName {
  const given = parts.flatMap((part) => {
    const text = address[part];
    return text === undefined ? [] : [[part, text] as const];
  });
  return { variant: address.variant, ...Object.fromEntries(given) };
}

/** What `lufcheck replay` takes; undefined for what only a campaign asks. */
export function replayLine(name: SubjectName, schedule: string): string | undefined {
  if (name.of !== undefined) return undefined;
  const options = (['design', 'without', 'with', 'cut'] as const).flatMap((option) => {
    const text = name[option];
    return text === undefined ? [] : [`--${option}`, text];
  });
  return [name.variant, ...options, schedule].join(' ');
}
