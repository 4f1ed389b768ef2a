import type { JSX } from 'preact';
import type { PageProps } from './app.tsx';

export function TracePage(_: PageProps): JSX.Element {
  return <p>later</p>;
}
