// A JSON Schema for tests: the Informal Trace Format as its description (Apalache, ADR 015) has it. It is
// closed: a property that is not in the description is an error.

function object(properties: object, ...required: string[]): object {
  return { type: 'object', properties, required, additionalProperties: false };
}
function list(items: object): object {
  return { type: 'array', items };
}

const text = { type: 'string', minLength: 1 };
const count = { type: 'integer', minimum: 0 };
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
