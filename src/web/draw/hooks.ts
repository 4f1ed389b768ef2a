// Small hooks that views share.

import { useEffect, useRef, useState } from 'preact/hooks';
import { Troubled } from '../work/ask.ts';
import type { Trouble } from '../work/protocol.ts';

export type Loaded<T> =
  | { readonly state: 'waiting'; readonly before?: T }
  | { readonly state: 'there'; readonly value: T }
  | { readonly state: 'trouble'; readonly trouble: Trouble };

export function asTrouble(error: unknown): Trouble {
  if (error instanceof Troubled) return error.trouble;
  return { message: error instanceof Error ? error.message : String(error) };
}

/** The answer to a question, asked again when `key` changes; what was there before stays until then. */
export function useAnswer<T>(key: string, question: () => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'waiting' });
  useEffect(() => {
    let isCurrent = true;
    setLoaded((old) =>
      old.state === 'there' ? { state: 'waiting', before: old.value } : { state: 'waiting' },
    );
    question().then(
      (value) => isCurrent && setLoaded({ state: 'there', value }),
      (error) => isCurrent && setLoaded({ state: 'trouble', trouble: asTrouble(error) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return loaded;
}

/** What is there, or was until now. */
export function latest<T>(loaded: Loaded<T>): T | undefined {
  if (loaded.state === 'there') return loaded.value;
  return loaded.state === 'waiting' ? loaded.before : undefined;
}

/** The width of an element, as it changes. */
export function useWidth(): [{ readonly current: HTMLDivElement | null }, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const note = (): void => setWidth(element.clientWidth);
    note();
    const observer = new ResizeObserver(note);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

export type Keys = Readonly<Record<string, () => void>>;

/** Keys of a view, while no text is being typed. */
export function useKeys(keys: Keys): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      const action = current.current[event.key];
      if (action === undefined) return;
      // A button that has the focus is pressed by the space bar and Enter.
      if (event.key === ' ' && event.target instanceof HTMLButtonElement) return;
      event.preventDefault();
      action();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['range', 'checkbox', 'radio'].includes(target.type)) ||
    (target instanceof HTMLElement && target.isContentEditable)
  );
}
