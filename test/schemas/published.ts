// Reports held against the schemas that others have published: test/schemas/.

import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { validateXML } from 'xmllint-wasm';

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

// SARIF's schema is of an older draft, in which an identity is `id`, and has a pattern that is none by
// the rules of Unicode.
const {
  id: _,
  $schema: __,
  ...sarif
} = JSON.parse(read('test/schemas/sarif-2.1.0-rtm.5.json')) as Record<string, unknown>;
const draft4 = new Ajv({
  strict: false,
  allErrors: true,
  unicodeRegExp: false,
  formats: {
    uri: /^[a-z][a-z0-9+.-]*:\S+$/i,
    'uri-reference': /^(?:[\w.~!$&'()*+,;=:@/?#-]|%[0-9a-f]{2}|\[|\])*$/i,
    'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
  },
});
const isSarif = draft4.compile(sarif);
const latest = new Ajv2020({ strict: false, allErrors: true });
const storiesSchema = closed(JSON.parse(read('docs/schema/stories-1.json'))) as object;
const xsd = read('test/schemas/jenkins-junit.xsd');

/** What is wrong with a SARIF log, by the schema of the standard; none if it is valid. */
export function sarifErrors(log: unknown): unknown[] {
  isSarif(log);
  return isSarif.errors ?? [];
}

/** What is wrong with a JUnit report, by the schema of Jenkins. */
export async function junitErrors(report: string): Promise<readonly string[]> {
  const { errors } = await validateXML({
    xml: [{ fileName: 'report.xml', contents: report }],
    schema: [xsd],
  });
  return errors.map(({ message }) => message);
}

/** What is wrong with stories as data, by the schema that we publish, and what it does not tell of. */
export function storiesErrors(report: unknown): unknown[] {
  return errorsBy(storiesSchema, report);
}

export function errorsBy(schema: object, document: unknown): unknown[] {
  const validate = latest.compile(schema);
  validate(document);
  return validate.errors ?? [];
}

/** Every object with named properties has no others. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, of]) => [key, closed(of)]));
  const isOpen = 'properties' in inner && !('additionalProperties' in inner);
  return isOpen && typeof inner.type === 'string'
    ? { ...inner, additionalProperties: false }
    : inner;
}
