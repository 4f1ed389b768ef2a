// The body of an event line as fields, under the names that the binary record uses. Most bodies are
// key=value; `text-quirks.ts` knows the events that print something else.

import { type Quirk, quirkOf } from './text-quirks.ts';

const KEY = /(?<![^\s(,])([A-Za-z_]\w{0,63})=/g;
const QUOTED = /^"(.*?)"(?=\s|$)/;
const LONGEST_QUOTE = 1024;
// Forms hold free text and may backtrack; no real body of such an event comes near this.
const LONGEST_FORM = 1024;
const PROBE = /^\(([^()]{1,512})\)(?: |$)/;
const HEX_ADDRESS = /^[0-9a-f]{8,16}$/i;

/** Values by field name, as printed. */
export function parseBody(event: string, body: string): Map<string, string> {
  const quirk = quirkOf(event);
  const fields = matchForm(quirk, body) ?? scanPairs(quirk?.rewrite?.(body) ?? body);
  const probe = PROBE.exec(body);
  // trace-cmd's kmem plugin repeats the call site in the same place.
  if (probe !== null && !fields.has('call_site')) addProbe(fields, probe[1]);
  quirk?.adjust?.(fields);
  return fields;
}

function matchForm(quirk: Quirk | undefined, body: string): Map<string, string> | undefined {
  const trimmed = body.trimEnd();
  if (trimmed.length > LONGEST_FORM) return undefined;
  for (const form of quirk?.forms ?? []) {
    const groups = form.exec(trimmed)?.groups;
    if (groups !== undefined) return new Map(Object.entries(groups));
  }
  return undefined;
}

/**
 * All key=value pairs. A value runs to the next key, so it may hold spaces; a quoted one runs to
 * its closing quote. A key that occurs twice with different values is left out: one of the two may
 * be part of a hostile string, and nothing tells which.
 */
function scanPairs(body: string): Map<string, string> {
  const fields = new Map<string, string>();
  const ambiguous = new Set<string>();
  KEY.lastIndex = 0;
  let match = KEY.exec(body);
  while (match !== null) {
    const start = match.index + match[0].length;
    const quoted =
      body[start] === '"' ? QUOTED.exec(body.slice(start, start + LONGEST_QUOTE)) : null;
    if (quoted !== null) KEY.lastIndex = start + quoted[0].length;
    const next = KEY.exec(body);
    const value = quoted?.[1] ?? body.slice(start, next?.index ?? body.length).trimEnd();
    const before = fields.get(match[1]);
    if (before !== undefined && before !== value) ambiguous.add(match[1]);
    fields.set(match[1], value);
    match = next;
  }
  for (const key of ambiguous) fields.delete(key);
  return fields;
}

/** "(place)" of a probe, "(from <- to)" of a return probe: trace-cmd and kernel order differ. */
function addProbe(fields: Map<string, string>, place: string): void {
  const [left, right] = place.split(' <- ');
  if (right === undefined) {
    fields.set('__probe_ip', left);
    return;
  }
  const functionFirst = HEX_ADDRESS.test(left);
  fields.set('__probe_func', functionFirst ? left : right);
  fields.set('__probe_ret_ip', functionFirst ? right : left);
}
