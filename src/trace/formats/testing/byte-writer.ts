// A growing byte buffer in either byte order, for writing sample traces.

/** Appends numbers and blocks; `patchU64` fills in offsets that are known only later. */
export class ByteWriter {
  readonly littleEndian: boolean;
  #bytes: Uint8Array = new Uint8Array(4096);
  #view: DataView = new DataView(this.#bytes.buffer);
  #length = 0;

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, this.littleEndian);
  }

  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, this.littleEndian);
  }

  u64(value: number | bigint): void {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, BigInt(value), this.littleEndian);
  }

  block(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Text without an end mark. */
  text(text: string): void {
    this.block(new TextEncoder().encode(text));
  }

  /** NUL-terminated text. */
  name(text: string): void {
    this.text(text);
    this.u8(0);
  }

  /** Zeros up to a multiple of `step`. */
  align(step: number): void {
    this.#grow((step - (this.#length % step)) % step);
  }

  patchU64(at: number, value: number): void {
    this.#view.setBigUint64(at, BigInt(value), this.littleEndian);
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(by: number): number {
    const at = this.#length;
    this.#length += by;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
