// JSON Schemas for tests: the parts of SARIF 2.1.0 and of the Informal Trace Format that we write, from
// the texts of their standards. They are closed: a property that the standard does not have is an error.

function object(properties: object, ...required: string[]): object {
  return { type: 'object', properties, required, additionalProperties: false };
}
function list(items: object): object {
  return { type: 'array', items };
}

const text = { type: 'string', minLength: 1 };
const count = { type: 'integer', minimum: 0 };
const message = object({ text, markdown: text, id: text, arguments: list(text) }, 'text');
const bag = { type: 'object' };

const logicalLocation = object({
  name: text,
  index: count,
  fullyQualifiedName: text,
  decoratedName: text,
  parentIndex: count,
  kind: text,
  properties: bag,
});
const location = object({
  id: count,
  physicalLocation: object(
    { artifactLocation: object({ uri: { type: 'string', pattern: '^[^\\s\\\\]+$' } }, 'uri') },
    'artifactLocation',
  ),
  logicalLocations: { ...list(logicalLocation), uniqueItems: true },
  message,
  properties: bag,
});
const threadFlow = object(
  {
    id: text,
    message,
    locations: {
      ...list(
        object({
          index: count,
          location,
          kinds: list(text),
          nestingLevel: count,
          executionOrder: { type: 'integer', minimum: -1 },
          importance: { enum: ['important', 'essential', 'unimportant'] },
          properties: bag,
        }),
      ),
      minItems: 1,
    },
    properties: bag,
  },
  'locations',
);
const result = object(
  {
    ruleId: text,
    ruleIndex: count,
    kind: { enum: ['notApplicable', 'pass', 'fail', 'review', 'open', 'informational'] },
    level: { enum: ['none', 'note', 'warning', 'error'] },
    message,
    locations: list(location),
    occurrenceCount: { type: 'integer', minimum: 1 },
    partialFingerprints: { type: 'object', additionalProperties: text },
    codeFlows: list(
      object(
        { message, threadFlows: { ...list(threadFlow), minItems: 1 }, properties: bag },
        'threadFlows',
      ),
    ),
    properties: bag,
  },
  'message',
);
const driver = object(
  {
    name: text,
    version: text,
    rules: {
      ...list(object({ id: text, shortDescription: message, properties: bag }, 'id')),
      uniqueItems: true,
    },
    properties: bag,
  },
  'name',
);

/** OASIS, SARIF 2.1.0, sections 3.13 (log), 3.14 (run), 3.27 (result), 3.36 to 3.38 (flows). */
export const sarifSchema: object = object(
  {
    $schema: text,
    version: { const: '2.1.0' },
    runs: list(object({ tool: object({ driver }, 'driver'), results: list(result) }, 'tool')),
  },
  'version',
  'runs',
);

/** Apalache, ADR 015. */
export const itfSchema: object = {
  ...object(
    {
      '#meta': object(
        {
          format: { const: 'ITF' },
          'format-description': text,
          source: text,
          description: text,
          violated: text,
        },
        'format',
      ),
      params: list(text),
      vars: { ...list(text), uniqueItems: true },
      states: {
        ...list({
          type: 'object',
          properties: { '#meta': { type: 'object', required: ['index'] } },
          additionalProperties: { $ref: '#/$defs/expression' },
        }),
        minItems: 1,
      },
      loop: count,
    },
    'vars',
    'states',
  ),
  $defs: {
    expression: {
      anyOf: [
        { type: ['string', 'boolean', 'integer'] },
        list({ $ref: '#/$defs/expression' }),
        object({ '#bigint': { type: 'string', pattern: '^-?\\d+$' } }, '#bigint'),
        object({ '#tup': list({ $ref: '#/$defs/expression' }) }, '#tup'),
        object({ '#set': { ...list({ $ref: '#/$defs/expression' }), uniqueItems: true } }, '#set'),
        object(
          {
            '#map': list({ ...list({ $ref: '#/$defs/expression' }), minItems: 2, maxItems: 2 }),
          },
          '#map',
        ),
        {
          type: 'object',
          propertyNames: { pattern: '^[^#]' },
          additionalProperties: { $ref: '#/$defs/expression' },
        },
      ],
    },
  },
};
