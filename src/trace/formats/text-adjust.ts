// Small conversions that the table of text quirks is made of: they change printed fields in place.

const PAGE_BITS = 12n;
const MINOR_BITS = 20n;

/** Moves fields to other names; absent ones are passed over. */
export function rename(fields: Map<string, string>, names: Readonly<Record<string, string>>): void {
  for (const [from, to] of Object.entries(names)) {
    const value = fields.get(from);
    if (value === undefined) continue;
    fields.delete(from);
    fields.set(to, value);
  }
}

/** Removes fields. */
export function drop(fields: Map<string, string>, ...names: string[]): void {
  for (const name of names) fields.delete(name);
}

/** Appends the number, in parentheses, to a field printed as one of `names`. */
export function nameToNumber(
  fields: Map<string, string>,
  field: string,
  names: readonly string[],
): void {
  const index = names.indexOf(fields.get(field) ?? '');
  if (index >= 0) fields.set(field, `${names[index]} (${index})`);
}

/** Page-cache events: device numbers to the kernel's dev_t, byte offsets to page indices. */
export function adjustPageCache(fields: Map<string, string>): void {
  drop(fields, 'page');
  rename(fields, { ino: 'i_ino' });
  const device = /^(\d{1,7}):(\d{1,7})$/.exec(fields.get('dev') ?? '');
  if (device !== null) {
    fields.delete('dev');
    fields.set('s_dev', String((BigInt(device[1]) << MINOR_BITS) | BigInt(device[2])));
  }
  const range = /^(\d{1,20})(?:-(\d{1,20}))?$/.exec(fields.get('ofs') ?? '');
  if (range === null) return;
  fields.delete('ofs');
  fields.set('index', String(BigInt(range[1]) >> PAGE_BITS));
  if (range[2] !== undefined) fields.set('last_index', String(BigInt(range[2]) >> PAGE_BITS));
}
