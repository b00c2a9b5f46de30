import type { ByteSource } from '../ports.js';
import { plainText, TAG, type RawValues } from './attributes.js';
import { sourceCursor, type Cursor } from './cursor.js';
import type { Encoding } from './element.js';
import { inflatedCursor } from './inflate.js';
import { dataSetEncoding, DEFLATED, locateMagic, readMeta, skipPreamble } from './part10.js';
import { createBudget, type Budget } from './sequence.js';

/** A file whose meta group has been read, with the cursor at its data set. Close the cursor. */
export interface OpenDataSet {
  readonly cursor: Cursor;
  readonly encoding: Encoding;
  /** Of the meta group: `values` goes on to collect when it is handed to the readers. */
  readonly values: RawValues;
  readonly budget: Budget;
  /** Where `DICM` stands: 128, 0, or null where it does not. */
  readonly magicAt: number | null;
  /** Where the data set begins in the file. */
  readonly start: number;
}

/** @throws ScanRefused for what is not DICOM */
export async function openDataSet(source: ByteSource): Promise<OpenDataSet> {
  const values: RawValues = new Map();
  const budget = createBudget();
  const file = sourceCursor(source);
  const magicAt = await locateMagic(file);
  await skipPreamble(file);
  await readMeta(file, values, budget);
  const start = file.position;
  const isDeflated = plainText(values, TAG.transferSyntaxUid) === DEFLATED;
  const cursor = isDeflated ? inflatedCursor(source, start) : file;
  try {
    return { cursor, encoding: await dataSetEncoding(cursor, values), values, budget, magicAt, start };
  } catch (error) {
    await cursor.close();
    throw error;
  }
}
