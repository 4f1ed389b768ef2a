import type { ComponentChildren, JSX } from 'preact';

/** Around a table that may be larger than its place. */
export function TableBox(props: {
  readonly label: string;
  readonly isWhole?: boolean;
  /** A class of its own. */
  readonly look?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { label, isWhole = false, look = '', children } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: with the focus it is scrolled by keyboard
    <section class={`table-box ${isWhole ? 'whole' : ''} ${look}`} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
