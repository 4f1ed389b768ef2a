// Events of a recording as a Parquet file, for DuckDB, pandas and the like: one row an event, a column for
// each field that events of recordings have. Written in groups of rows, so that memory stays bounded.

import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { Problem } from '../base/problem.ts';
import type { ConcreteEvent } from '../events/concrete.ts';

const ROWS = 100_000;

type Cell = string | number | bigint | boolean | readonly number[] | undefined;
type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

interface Column {
  readonly name: string;
  readonly schema: readonly SchemaElement[];
  readonly cell: (value: unknown) => Cell;
}

const text = (name: string): Column => ({
  name,
  schema: [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }],
  cell: String,
});
const large = (name: string): Column => ({
  name,
  schema: [{ name, type: 'INT64', repetition_type: 'OPTIONAL' }],
  cell: (value) => BigInt(value as number),
});
const flag = (name: string): Column => ({
  name,
  schema: [{ name, type: 'BOOLEAN', repetition_type: 'OPTIONAL' }],
  cell: (value) => value === true,
});
const list = (name: string): Column => ({
  name,
  schema: [
    { name, converted_type: 'LIST', num_children: 1, repetition_type: 'OPTIONAL' },
    { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
    { name: 'element', type: 'INT32', repetition_type: 'OPTIONAL' },
  ],
  cell: (value) => [...(value as readonly number[])],
});

const columns: readonly Column[] = [
  text('event'),
  large('at'),
  {
    name: 'cpu',
    schema: [{ name: 'cpu', type: 'INT32', repetition_type: 'OPTIONAL' }],
    cell: Number,
  },
  text('by'),
  text('mm'),
  large('va'),
  large('frame'),
  text('slot'),
  flag('writable'),
  list('cpus'),
  large('pages'),
];
const known = new Set(columns.map(({ name }) => name));

export interface ParquetOutput {
  write(event: ConcreteEvent): void;
  close(): void;
}

/**
 * Opens the file. `facts` go into its key-value metadata.
 *
 * @throws Problem LUF-E201 if it cannot be written.
 */
export function openParquet(
  path: string,
  facts: Readonly<Record<string, string | number>>,
): ParquetOutput {
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      throw new Problem('LUF-E201', `cannot write the file (${String(error.code)})`, {
        where: path,
        hint: 'check the path, the permissions and the room on the disk',
      });
    }
  };
  const writer = attempt(
    () =>
      new ParquetWriter({
        writer: fileWriter(path),
        schema: [
          { name: 'events', num_children: columns.length },
          ...columns.flatMap(({ schema }) => schema),
        ],
        kvMetadata: Object.entries(facts).map(([key, value]) => ({ key, value: String(value) })),
        createdBy: 'lufcheck',
      }),
  );
  let rows: Cell[][] = columns.map(() => []);
  let count = 0;
  const flush = (): void => {
    if (count === 0) return;
    const columnData = columns.map(({ name }, i) => ({ name, data: rows[i] ?? [] }));
    attempt(() => writer.write({ columnData, rowGroupSize: ROWS }));
    rows = columns.map(() => []);
    count = 0;
  };
  return {
    write(event) {
      const given = event as unknown as Readonly<Record<string, unknown>>;
      for (const name of Object.keys(given)) {
        if (!known.has(name)) throw new Error(`${event.event} has ${name}, which has no column`);
      }
      for (const [i, { name, cell }] of columns.entries()) {
        const value = given[name];
        rows[i]?.push(value === undefined || value === null ? undefined : cell(value));
      }
      if (++count >= ROWS) flush();
    },
    close() {
      flush();
      attempt(() => writer.finish());
    },
  };
}
