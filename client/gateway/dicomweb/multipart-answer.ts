import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Response } from 'express';

/** Writes multipart/related answers (RFC 2387, PS3.18 §8.6.1.2.2) part by part, no faster than they are read. */
export interface AnswerPart {
  readonly type: string;
  readonly location: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** @param innerType of all parts, as the answer's own type names it */
export async function sendMultipart(
  response: Response,
  innerType: string,
  parts: AsyncIterable<AnswerPart>,
): Promise<void> {
  const boundary = `bildbote-${randomBytes(12).toString('hex')}`;
  response.set('Content-Type', `multipart/related; type="${innerType}"; boundary=${boundary}`);
  for await (const { type, location, body } of parts) {
    await write(
      response,
      Buffer.from(`\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Location: ${location}\r\n\r\n`),
    );
    for await (const chunk of body) await write(response, chunk);
  }
  response.end(`\r\n--${boundary}--\r\n`);
}

/** @throws Error when the client has left */
export async function write(response: Response, chunk: Uint8Array): Promise<void> {
  if (response.destroyed) throw new Error('the client has left');
  // A chunk of a file is valid until the next one is asked for, and the socket may keep it longer.
  if (response.write(Buffer.from(chunk))) return;
  await Promise.race([once(response, 'drain'), once(response, 'close')]);
}
