// Events and times of a recording in words.

import type { TraceTable } from './trace-table.ts';

/** `cpus {1}, mm ffff.., va 0x7f.., frame 0x29e2` */
export function eventDetail(table: TraceTable, i: number): string {
  const parts: string[] = [];
  const frame = table.frame[i] as number;
  const va = table.va[i] as number;
  const pages = table.pages[i] as number;
  if (!Number.isNaN(frame)) parts.push(`frame 0x${frame.toString(16)}`);
  if (!Number.isNaN(va)) parts.push(`va 0x${va.toString(16)}`);
  if (!Number.isNaN(pages) && pages > 1) parts.push(`${pages} pages`);
  const mm = table.texts[table.mm[i] as number];
  if (mm !== undefined && mm !== '') parts.push(`mm ${mm}`);
  const cpus = table.texts[table.cpus[i] as number];
  if (cpus !== undefined && cpus !== '') parts.push(`of CPU ${cpus}`);
  return parts.join(', ');
}

/** Seconds with the digits that matter at this zoom. `base`: to be added, ns. */
export function timeText(at: number, base: bigint, digits = 6): string {
  const ns = base + BigInt(Math.round(at));
  const whole = ns / 1_000_000_000n;
  const rest = String(ns % 1_000_000_000n).padStart(9, '0');
  return `${whole}.${rest.slice(0, digits)}`;
}

/** A length of time. */
export function lengthText(ns: number): string {
  if (ns >= 1e9) return `${(ns / 1e9).toFixed(ns >= 1e10 ? 0 : 2)} s`;
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(ns >= 1e7 ? 0 : 2)} ms`;
  if (ns >= 1e3) return `${(ns / 1e3).toFixed(ns >= 1e4 ? 0 : 2)} µs`;
  return `${Math.round(ns)} ns`;
}

/** `14.073310` as ns since `base`. */
export function parseTime(text: string, base: bigint): number {
  const [whole = '0', rest = ''] = text.split('.');
  return Number(BigInt(whole) * 1_000_000_000n + BigInt(rest.padEnd(9, '0').slice(0, 9)) - base);
}

/** Round times for a scale: at most `most` of them. */
export function ticksIn(from: number, to: number, most: number): number[] {
  const rough = (to - from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return ticks;
}
