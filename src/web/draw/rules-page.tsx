import type { JSX } from 'preact';
import type { PageProps } from './app.tsx';

export function RulesPage(_: PageProps): JSX.Element {
  return <p>later</p>;
}
