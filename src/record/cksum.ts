// The checksum of POSIX `cksum`, which every target has: a script made for one kernel refuses others.

const POLYNOMIAL = 0x04c11db7;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  return crc >>> 0;
});

/**
 * What `cksum < FILE` prints.
 *
 * @example
 * ```ts
 * cksum(new TextEncoder().encode('123456789')) // => '930766865 9'
 * ```
 */
export function cksum(bytes: Uint8Array): string {
  let crc = 0;
  const eat = (byte: number): void => {
    crc = ((crc << 8) ^ (table[(crc >>> 24) ^ byte] as number)) >>> 0;
  };
  for (const byte of bytes) eat(byte);
  for (let length = bytes.length; length > 0; length = Math.floor(length / 256)) eat(length % 256);
  return `${~crc >>> 0} ${bytes.length}`;
}
