import type { JSX } from 'preact';

/** Whether the guest itself was sound: what it said against itself, and whether it came to its end. */
export function LabHealth(props: {
  readonly warnings: readonly string[];
  readonly failures: readonly string[];
  readonly unloaded: boolean;
  readonly complete: boolean;
}): JSX.Element {
  const { warnings, failures, unloaded, complete } = props;
  const bad = [
    ...(complete ? [] : ['The guest did not come to its end: what is missing was not tried.']),
    ...(unloaded ? [] : ['The module was not unloaded.']),
    ...failures.map((text) => `guest: ${text}`),
    ...warnings.map((text) => `kernel: ${text}`),
  ];
  if (bad.length === 0) {
    return (
      <p>
        <span class="tag holds">sound</span> The guest came to its end without a warning, and the
        module was unloaded.
      </p>
    );
  }
  return (
    <div class="panel trouble" role="alert">
      {bad.map((text) => (
        <div key={text}>{text}</div>
      ))}
    </div>
  );
}
