import type { ComponentChildren, JSX } from 'preact';

/** Around a table that may be larger than its place. */
export function TableBox(props: {
  readonly label: string;
  readonly isWhole?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { label, isWhole = false, children } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: with the focus it is scrolled by keyboard
    <section class={isWhole ? 'table-box whole' : 'table-box'} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
