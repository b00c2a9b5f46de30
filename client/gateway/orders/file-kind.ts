import { open } from 'node:fs/promises';

const PDF = '%PDF-';

/** By its first bytes: names prove nothing. */
export async function isPdf(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(PDF.length), 0, PDF.length, 0);
    return buffer.toString('latin1') === PDF;
  } finally {
    await handle.close();
  }
}
