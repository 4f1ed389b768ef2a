// A certificate as bytes: one line of JSON, then all states, packed, as little-endian words in
// growing order. It lists what a proof needs and nothing that would have to be believed.

import { Problem } from '../base/problem.ts';

export const CERTIFICATE_SCHEMA = 'lufcheck.certificate/1';

export interface CertificateHead {
  readonly schema: typeof CERTIFICATE_SCHEMA;
  /** What was asked: `LUF-buddy:repaired`, and the options that made another design of it. */
  readonly question: string;
  readonly redesign: Readonly<Record<string, string>>;
  /** The bound: how large the explored machine is. */
  readonly world: string;
  /** Tells models apart, for messages only (identity.ts): the proof is checked against the model itself. */
  readonly model: string;
  /** What does not happen in any of the states. */
  readonly properties: readonly string[];
  /** 32-bit words of a state. */
  readonly words: number;
  readonly states: number;
  readonly transitions: number;
  /** States in which every thread is done. */
  readonly finished: number;
  readonly initial: readonly number[];
}

export interface Certificate {
  readonly head: CertificateHead;
  /** `head.states` states of `head.words` words. */
  readonly states: Int32Array;
}

export function encode({ head, states }: Certificate): Uint8Array {
  const line = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  const bytes = new Uint8Array(line.length + states.length * 4);
  bytes.set(line);
  const view = new DataView(bytes.buffer);
  states.forEach((word, i) => {
    view.setInt32(line.length + i * 4, word, true);
  });
  return bytes;
}

/** @throws Problem LUF-E202 for what is no certificate, LUF-E203 for one that is damaged. */
export function decode(bytes: Uint8Array, where: string): Certificate {
  const end = bytes.indexOf(10);
  const head = end < 0 ? undefined : headOf(new TextDecoder().decode(bytes.subarray(0, end)));
  if (head === undefined) {
    throw new Problem('LUF-E202', `this is no certificate (${CERTIFICATE_SCHEMA})`, {
      where,
      hint: 'lufcheck check SCENARIO:VARIANT --certificate FILE writes one',
    });
  }
  const length = (bytes.length - end - 1) / 4;
  if (length !== head.states * head.words) {
    throw new Problem(
      'LUF-E203',
      `${head.states} states were promised, and there are not as many`,
      {
        where,
        hint: 'the file was cut short, or has something added',
      },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + end + 1);
  return { head, states: Int32Array.from({ length }, (_, i) => view.getInt32(i * 4, true)) };
}

function headOf(line: string): CertificateHead | undefined {
  let head: Partial<CertificateHead> | null;
  try {
    head = JSON.parse(line) as typeof head;
  } catch {
    return undefined;
  }
  const counts = [head?.words, head?.states, head?.transitions, head?.finished];
  const lists = [head?.initial, head?.properties];
  const fits =
    head?.schema === CERTIFICATE_SCHEMA &&
    [head.question, head.model, head.world].every((one) => typeof one === 'string') &&
    typeof head.redesign === 'object' &&
    counts.every((n) => Number.isSafeInteger(n) && (n as number) >= 0) &&
    lists.every(Array.isArray);
  return fits ? (head as CertificateHead) : undefined;
}
