// 64 bits as two halves: what hexadecimal text says, without making text of every address.

/** Both halves are signed numbers of 32 bits: those need no memory of their own, larger ones do. */
export interface Wide {
  low: number;
  high: number;
}

/** The low 64 bits of hex; false, and nothing written, where there is none. */
export function wideFromHex(hex: string | undefined, into: Wide): boolean {
  if (hex === undefined || hex === '') return false;
  into.low = Number.parseInt(hex.slice(-8), 16) | 0;
  into.high = hex.length > 8 ? Number.parseInt(hex.slice(-16, -8), 16) | 0 : 0;
  return true;
}

/** Lower-case hex without leading zeros. */
export function hexFromWide({ low, high }: Wide): string {
  const [upper, lower] = [(high >>> 0).toString(16), (low >>> 0).toString(16)];
  return high === 0 ? lower : upper + lower.padStart(8, '0');
}
