// One text for values that are equal.

/**
 * The same text for values that are equal, whatever the order of their fields.
 *
 * @example
 * ```ts
 * canonical({ b: 1, a: [undefined, 'x'] })
 * // => '{"a":[null,"x"],"b":1}'
 * ```
 */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
