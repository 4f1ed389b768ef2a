import type { JSX } from 'preact';
import type { Trouble } from '../work/protocol.ts';

/** What could not be done, where, and what helps. */
export function TroubleNote({ trouble }: { readonly trouble: Trouble }): JSX.Element {
  const { code, where, message, hint } = trouble;
  return (
    <div class="panel trouble" role="alert">
      <strong class="bad">{message}</strong>
      {where !== undefined && <span class="dim"> · {where}</span>}
      {hint !== undefined && <div>{hint}</div>}
      {code !== undefined && <div class="dim mono">{code}</div>}
    </div>
  );
}
