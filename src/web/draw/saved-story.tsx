// A story as a campaign saved it, for models that these pages do not have: a column for each CPU.

import type { JSX } from 'preact';
import type { Story } from '../../explain/story.ts';
import { latest, useAnswer } from './hooks.ts';
import { TroubleNote } from './trouble-note.tsx';

export function SavedStory(props: {
  readonly name: string;
  readonly load: () => Promise<string | undefined>;
}): JSX.Element {
  const loaded = useAnswer(props.name, async () => {
    const text = await props.load();
    return text === undefined ? undefined : (JSON.parse(text) as Story);
  });
  if (loaded.state === 'trouble') return <TroubleNote trouble={loaded.trouble} />;
  const story = latest(loaded);
  if (story === undefined) {
    return (
      <p class="dim">
        {loaded.state === 'waiting'
          ? 'reading ...'
          : 'The file has no stories: lufcheck campaign export --stories writes them, too.'}
      </p>
    );
  }
  const { title, lanes, rows, why } = story;
  return (
    <div class="saved-story">
      <h2>{title}</h2>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">step</th>
            {lanes.map(({ cpu, threads }) => (
              <th key={cpu} scope="col">
                CPU {cpu} <span class="dim">{threads.join(', ')}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={`${i} ${row.to}`} class={row.mark === undefined ? '' : 'bad'}>
              <td class="number">{row.to}</td>
              {lanes.map(({ cpu }) => (
                <td key={cpu}>{row.cpu === cpu ? <code>{row.text}</code> : ''}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {why.map(({ text }) => (
        <p key={text}>{text}</p>
      ))}
    </div>
  );
}
