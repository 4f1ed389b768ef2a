import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

const keys = [
  ['← → or k j', 'a step back, a step on'],
  ['Home, End', 'to the start, to the end'],
  ['space', 'play, stop'],
  ['1 .. 9', 'take that step of what can happen next'],
  ['u', 'take the last step back'],
  ['a', 'every step, or only those that mattered'],
  ['/', 'how can I reach ...; on the board: filter'],
  ['t', 'light or dark'],
  ['+ - 0 and drag', 'on the trace page: zoom in and out, all of it, move'],
  ['n p', 'on the trace page: the next violation, the one before'],
  ['Ctrl-Enter', 'in the workbench: explore; Ctrl-Space: what could stand here'],
  ['?', 'these keys'],
] as const;

export function KeysHelp({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="keys-title">
      <h1 id="keys-title">Keys</h1>
      <dl>
        {keys.map(([key, says]) => (
          <>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{says}</dd>
          </>
        ))}
      </dl>
      <button type="button" class="main" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}
