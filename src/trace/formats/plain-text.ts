// Text from a trace ends up on terminals and web pages, and any process can choose its own name.
// Everything textual that leaves the readers passes through here.

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
// Controls, invisible formatting (such as right-to-left overrides), lone surrogates, line breaks.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const decoder = new TextDecoder();

/** The text with every control or invisible character replaced by U+FFFD. */
export function plain(text: string): string {
  return PRINTABLE_ASCII.test(text) ? text : text.replace(UNSAFE, '\ufffd');
}

/** UTF-8 bytes up to the first NUL as plain text; bytes that are not UTF-8 become U+FFFD. */
export function plainFromBytes(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return plain(decoder.decode(nul < 0 ? bytes : bytes.subarray(0, nul)));
}
