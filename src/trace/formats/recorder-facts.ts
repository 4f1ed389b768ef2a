// What lufcheck's own recorder knows of a recording beside its records: it stores lines `key=value`
// in an option of the trace.dat that other readers pass over.

/** Option number; trace-cmd counts its own up from 0. */
export const RECORDER_OPTION = 0x4c46;

const MOST_LINES = 4096;
const LONGEST = 200;

export interface ProbeCount {
  readonly event: string;
  readonly hits: number;
  readonly missed: number;
}

export interface RecorderFacts {
  readonly version: string;
  readonly profile: string;
  /** `vmemmap_base` of that boot, 64 bits of hex. */
  readonly pageArray: string | undefined;
  /** Pages beyond which a flush of a range becomes one of everything. */
  readonly flushCeiling: number | undefined;
  readonly pcid: boolean;
  readonly invlpgb: boolean;
  /** CPUs that were online: `0-3`. */
  readonly online: string;
  readonly probes: readonly ProbeCount[];
  /** Events that were recorded, whether they occurred or not: `kmem/mm_page_alloc`. */
  readonly events: readonly string[];
  /** Events that the kernel refused to record. */
  readonly refused: readonly string[];
}

/** Reads the recorder's option; whatever it does not understand it passes over. */
export function recorderFacts(text: string): RecorderFacts {
  const values = new Map<string, string>();
  const probes: ProbeCount[] = [];
  const refused: string[] = [];
  const events: string[] = [];
  for (const line of text.split('\n', MOST_LINES)) {
    const match = /^(\w{1,64})=([\x20-\x7e]*)$/.exec(line);
    if (match === null) continue;
    const [, key = '', all = ''] = match;
    const value = all.slice(0, LONGEST);
    const count = /^(\w+) (\d{1,15}) (\d{1,15})$/.exec(value);
    if (key === 'probe' && count !== null) {
      const [, event = '', hits, missed] = count;
      probes.push({ event, hits: Number(hits), missed: Number(missed) });
    } else if (key === 'refused') refused.push(value);
    else if (key === 'event') events.push(value);
    else values.set(key, value);
  }
  const hex = (key: string): string | undefined =>
    /^0x0*([0-9a-f]{1,16})$/.exec(values.get(key) ?? '')?.[1];
  const ceiling = hex('tlb_single_page_flush_ceiling');
  return {
    version: values.get('version') ?? '',
    profile: values.get('profile') ?? '',
    pageArray: hex('vmemmap_base'),
    flushCeiling: ceiling === undefined ? undefined : Number.parseInt(ceiling, 16),
    pcid: values.get('pcid') === '1',
    invlpgb: values.get('invlpgb') === '1',
    online: values.get('cpus') ?? '',
    probes,
    events,
    refused,
  };
}
