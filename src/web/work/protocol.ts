// What the page and its worker for models say to each other.

import type { Progress } from '../../explore/search.ts';
import type { BoardIndex } from '../compute/board-index.ts';
import type { BesideView, Choices, StoryView } from '../compute/story-view.ts';
import type { SubjectName } from '../compute/subject-name.ts';

export type { Progress } from '../../explore/search.ts';

/** The text of a user's file, where a subject is not of the catalogue. */
export type Source = string | undefined;

export interface Asked {
  readonly index: { readonly source?: string | undefined };
  readonly view: {
    readonly subject: SubjectName;
    readonly source?: Source;
    readonly schedule: string;
  };
  readonly after: Asked['view'] & { readonly at: number; readonly actions: readonly number[] };
  readonly choices: Asked['view'] & { readonly at: number };
  readonly beside: Asked['view'] & { readonly other: SubjectName };
  readonly how: Asked['choices'] & { readonly words: readonly string[] };
  readonly find: {
    readonly subject: SubjectName;
    readonly source?: Source;
    readonly maxStates: number;
    readonly maxSeconds: number;
  };
}

/** What came of exploring a variant. */
export interface Found {
  readonly verdict: 'holds' | 'violated' | 'bounded' | 'unreached' | 'error';
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly seconds: number;
  readonly bound?: string;
  readonly property?: string;
  readonly schedule?: string;
}

export type HowAnswer =
  | { readonly kind: 'way'; readonly actions: readonly number[]; readonly steps: readonly string[] }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'never'; readonly states: number }
  | { readonly kind: 'bounded'; readonly states: number };

export interface Answered {
  readonly index: BoardIndex;
  readonly view: StoryView;
  readonly after: StoryView;
  readonly choices: Choices;
  readonly beside: BesideView;
  readonly how: HowAnswer;
  readonly find: Found;
}

export type Question = {
  [K in keyof Asked]: { readonly id: number; readonly kind: K; readonly about: Asked[K] };
}[keyof Asked];

/** An error as it crosses the border of a thread. */
export interface Trouble {
  readonly message: string;
  readonly code?: string;
  readonly where?: string;
  readonly hint?: string;
}

export type Reply =
  | { readonly id: number; readonly kind: 'answer'; readonly answer: unknown }
  | { readonly id: number; readonly kind: 'progress'; readonly progress: Progress }
  | { readonly id: number; readonly kind: 'trouble'; readonly trouble: Trouble };
