// Printed integers. Decimal and hex can look alike, so a reading carries hints about fields whose
// print does not say what it is.

import type { Quirk } from './text-quirks.ts';

const SIGN_BIT = 1n << 63n;
const LIMIT = 1n << 64n;
const PREFIXED = /^0x([0-9a-f]{1,16})$/i;
const DECIMAL = /^-?\d{1,20}$/;
const BARE_HEX = /^[0-9a-f]{1,64}$/i;
// %p prints 16 digits; a decimal of 16 digits does not begin with 0.
const BARE_POINTER = /^(?=0|\d*[a-f])[0-9a-f]{16}$/i;
const NULL_POINTER = /^(?:\(nil\)|\(null\)|NULL)$/;
// The kernel's `fields` option prints single bytes so.
const SMALL = /^\((-?\d{1,3})\)$/;
const BOOLEANS = ['false', 'true'];
const ALWAYS_BARE: ReadonlySet<string> = new Set(['__probe_ip', '__probe_func', '__probe_ret_ip']);

/** The integer that a printed field holds, exact; undefined if it holds none of 64 bits. */
export function parseInteger(
  field: string,
  printed: string,
  quirk: Quirk | undefined,
): bigint | undefined {
  const named = quirk?.inParentheses?.includes(field) ? /\((\d{1,19})\)$/.exec(printed) : null;
  const token = named?.[1] ?? firstToken(printed);
  const bareHex = ALWAYS_BARE.has(field) || (quirk?.bareHex?.includes(field) ?? false);
  const value = parseToken(token, bareHex);
  if (value === undefined || value >= LIMIT || value < -SIGN_BIT) return undefined;
  return value >= SIGN_BIT && quirk?.signed?.includes(field) ? value - LIMIT : value;
}

/** As a double; undefined beyond 2^53. */
export function toNumber(value: bigint): number | undefined {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** As 64-bit hex without leading zeros; negative numbers in two's complement. */
export function toHex(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16);
}

function firstToken(printed: string): string {
  return printed.slice(0, printed.search(/\s|,(?!\d)|$/));
}

function parseToken(token: string, bareHex: boolean): bigint | undefined {
  const prefixed = PREFIXED.exec(token);
  if (prefixed !== null) return BigInt(`0x${prefixed[1]}`);
  if (bareHex) {
    const digits = token.replaceAll(',', '');
    return BARE_HEX.test(digits) ? BigInt(`0x${digits}`) : undefined;
  }
  if (BARE_POINTER.test(token)) return BigInt(`0x${token}`);
  if (DECIMAL.test(token)) return BigInt(token);
  if (NULL_POINTER.test(token)) return 0n;
  const small = SMALL.exec(token);
  if (small !== null) return BigInt(small[1]);
  const boolean = BOOLEANS.indexOf(token);
  return boolean < 0 ? undefined : BigInt(boolean);
}
