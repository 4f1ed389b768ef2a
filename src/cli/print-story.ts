// A story as text on the terminal, with its steps if they are wanted.

import { fullStoryOf } from '../explain/full-story.ts';
import { fullText } from '../report/full-text.ts';
import { storyText } from '../report/story-text.ts';
import type { Surroundings } from './command.ts';
import type { Told } from './told.ts';

export function printStory(
  { verdict, violation, story }: Pick<Told, 'verdict' | 'violation' | 'story'>,
  full: boolean,
  io: Surroundings,
): void {
  for (const line of storyText(story, io.look)) io.out(line);
  if (!full) return;
  io.out('');
  for (const line of fullText(fullStoryOf(verdict, violation, story), io.look)) io.out(line);
}
