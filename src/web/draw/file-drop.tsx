// A place where a file is dropped, with a button that does the same and a list of files that are offered.

import type { ComponentChildren, JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

export interface Offer {
  readonly id: number | string;
  readonly name: string;
  readonly says: string;
}

interface Props {
  readonly title: string;
  /** What the files are: `Recordings`. */
  readonly label: string;
  readonly offers: readonly Offer[];
  readonly chosen: string | undefined;
  readonly onFile: (file: File) => void;
  readonly onOffer: (id: string) => void;
  readonly children: ComponentChildren;
}

export function FileDrop(props: Props): JSX.Element {
  const { title, label, offers, chosen, onFile, onOffer, children } = props;
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (file: File | undefined): void => {
    if (file !== undefined) onFile(file);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files are dropped here; the button does the same
    <div
      class={isOver ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files[0]);
      }}
    >
      <div class="row">
        <h1>{title}</h1>
        <span class="grow" />
        {offers.length > 0 && (
          <select
            aria-label={label}
            value={chosen ?? ''}
            onChange={(event) => onOffer(event.currentTarget.value)}
          >
            <option value="" disabled>
              {label.toLowerCase()} ...
            </option>
            {offers.map(({ id, name, says }) => (
              <option key={id} value={String(id)} title={says}>
                {name}
              </option>
            ))}
          </select>
        )}
        <input
          ref={input}
          class="hidden"
          type="file"
          tabIndex={-1}
          aria-label={`A file: ${label.toLowerCase()}`}
          onChange={(event) => {
            take(event.currentTarget.files?.[0]);
            // The same file can be opened again, after it has changed.
            event.currentTarget.value = '';
          }}
        />
        <button type="button" class="main" onClick={() => input.current?.click()}>
          Open a file
        </button>
      </div>
      {children}
    </div>
  );
}
