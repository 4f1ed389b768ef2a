// Finds the BTF in a file: /sys/kernel/btf/vmlinux is nothing else, and an ELF vmlinux has a section.

import { Problem } from '../../base/problem.ts';

const ELF = [0x7f, 0x45, 0x4c, 0x46];
const ELF64_LITTLE = [2, 1];
const SECTION_HEADER = 64;
const MOST_SECTIONS = 65_536;

/**
 * The bytes of the BTF.
 *
 * @throws Problem LUF-E202 for an ELF file of another kind or without a section `.BTF`.
 */
export function btfBytesOf(file: Uint8Array, where: string): Uint8Array {
  if (!ELF.every((byte, i) => file[i] === byte)) return file;
  const bad = (what: string): Problem =>
    new Problem('LUF-E202', what, {
      where,
      hint: 'give /sys/kernel/btf/vmlinux of the target, or its vmlinux with a section .BTF',
    });
  if (!ELF64_LITTLE.every((byte, i) => file[4 + i] === byte) || file.length < SECTION_HEADER) {
    throw bad('an ELF file that is not 64-bit little-endian');
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const table = Number(view.getBigUint64(40, true));
  const count = Math.min(view.getUint16(60, true), MOST_SECTIONS);
  const names = view.getUint16(62, true);
  const section = (n: number): { name: number; offset: number; size: number } | undefined => {
    const at = table + n * SECTION_HEADER;
    if (!(at + SECTION_HEADER <= file.length)) return undefined;
    return {
      name: view.getUint32(at, true),
      offset: Number(view.getBigUint64(at + 24, true)),
      size: Number(view.getBigUint64(at + 32, true)),
    };
  };
  const strings = section(names);
  for (let n = 0; strings !== undefined && n < count; n++) {
    const one = section(n);
    if (one === undefined) break;
    const name = strings.offset + one.name;
    if ([...'.BTF\0'].every((letter, i) => file[name + i] === letter.charCodeAt(0))) {
      if (!(one.offset + one.size <= file.length)) throw bad('the section .BTF is cut off');
      return file.subarray(one.offset, one.offset + one.size);
    }
  }
  throw bad('an ELF file without a section .BTF');
}
