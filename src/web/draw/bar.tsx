import type { JSX } from 'preact';
import { grouped } from '../../base/text.ts';

/** A cell of a table: a bar, and its number as text. */
export function Bar(props: {
  readonly value: number;
  readonly most: number;
  /** What stands beside the bar; left out: the value. */
  readonly text?: string;
}): JSX.Element {
  const { value, most, text = grouped(value) } = props;
  return (
    <td>
      <div class="bar">
        <span style={{ width: `${(value / Math.max(most, 1e-9)) * 100}%` }} />
        {text}
      </div>
    </td>
  );
}
