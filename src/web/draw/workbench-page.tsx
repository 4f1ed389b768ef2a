import type { JSX } from 'preact';
import type { PageProps } from './app.tsx';

export function WorkbenchPage(_: PageProps): JSX.Element {
  return <p>later</p>;
}
