// 64 bits as two halves: what hexadecimal text says, without making text of every address.

/** Both halves are from 0 to 2^32 - 1. */
export interface Wide {
  low: number;
  high: number;
}

/** The low 64 bits of hex; false, and nothing written, where there is none. */
export function wideFromHex(hex: string | undefined, into: Wide): boolean {
  if (hex === undefined || hex === '') return false;
  into.low = Number.parseInt(hex.slice(-8), 16);
  into.high = hex.length > 8 ? Number.parseInt(hex.slice(-16, -8), 16) : 0;
  return true;
}

/** Lower-case hex without leading zeros. */
export function hexFromWide({ low, high }: Wide): string {
  return high === 0 ? low.toString(16) : high.toString(16) + low.toString(16).padStart(8, '0');
}
