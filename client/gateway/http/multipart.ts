import { Problem } from './problem.js';

/**
 * Multipart bodies (RFC 2046 §5.1) as a stream of parts: of forms (RFC 7578) and of DICOMweb (PS3.18 §8.6.1.2). A part's body is
 * given as it comes, so that memory does not grow with an instance; what is not read of it is passed over.
 */
export interface Part {
  /** Names in lower case; a repeated one is refused. */
  readonly headers: ReadonlyMap<string, string>;
  /** To be read before the next part is asked for. */
  readonly body: AsyncIterable<Buffer>;
}

/** Headers of a part: a disposition, a type, a location. */
const MAX_HEADER_BYTES = 8 * 1024;
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/;
const CRLF = Buffer.from('\r\n');
const BLANK = Buffer.from('\r\n\r\n');

/** @throws Problem `request-invalid` when the type has no usable boundary */
export function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"]*)"|([^;\s]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2] ?? '';
  if (!BOUNDARY.test(boundary)) throw new Problem('request-invalid', { detail: 'no boundary' });
  return boundary;
}

/** @throws Problem `request-invalid` for what is not multipart, `too-large` after `maxParts` */
export async function* readMultipart(
  chunks: AsyncIterable<Uint8Array>,
  boundary: string,
  maxParts: number,
): AsyncGenerator<Part, void, undefined> {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // A body may begin with the boundary: the line end before it is part of every later delimiter.
  const window = createWindow(chunks, CRLF);
  for await (const preamble of bodyUntil(window, delimiter)) void preamble;
  for (let count = 0; !(await isLast(window)); count++) {
    if (count >= maxParts) throw new Problem('too-large', { detail: 'too many parts' });
    const headers = await readHeaders(window);
    const body = bodyUntil(window, delimiter);
    yield { headers, body };
    for await (const rest of body) void rest;
  }
}

interface Window {
  bytes: Buffer;
  /** @returns false at the end of the stream */
  more(): Promise<boolean>;
}

function createWindow(chunks: AsyncIterable<Uint8Array>, start: Buffer): Window {
  const iterator = chunks[Symbol.asyncIterator]();
  return {
    bytes: start,
    async more() {
      const next = await iterator.next();
      if (next.done === true) return false;
      this.bytes = this.bytes.length === 0 ? asBuffer(next.value) : Buffer.concat([this.bytes, next.value]);
      return true;
    },
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The bytes before the next delimiter, which is taken away. Ends for good when that has been seen. */
async function* bodyUntil(window: Window, delimiter: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (;;) {
    const at = window.bytes.indexOf(delimiter);
    if (at >= 0) {
      const body = window.bytes.subarray(0, at);
      window.bytes = window.bytes.subarray(at + delimiter.length);
      if (body.length > 0) yield body;
      return;
    }
    // A delimiter may have begun in the last bytes.
    const safe = window.bytes.length - delimiter.length + 1;
    if (safe > 0) {
      const body = window.bytes.subarray(0, safe);
      window.bytes = window.bytes.subarray(safe);
      yield body;
    }
    if (!(await window.more())) throw malformed('ends before its last boundary');
  }
}

/** Behind a delimiter: `--` ends the body, spaces and a line end begin a part. */
async function isLast(window: Window): Promise<boolean> {
  while (window.bytes.length < 2) if (!(await window.more())) throw malformed('ends within a boundary');
  if (window.bytes[0] === 0x2d && window.bytes[1] === 0x2d) return true;
  let at = window.bytes.indexOf(CRLF);
  while (at < 0 && window.bytes.length < MAX_HEADER_BYTES && (await window.more())) at = window.bytes.indexOf(CRLF);
  if (at < 0 || !/^[ \t]*$/.test(window.bytes.toString('latin1', 0, at))) throw malformed('a boundary goes on');
  // The line end stays: headers begin behind it, and there may be none.
  window.bytes = window.bytes.subarray(at);
  return false;
}

async function readHeaders(window: Window): Promise<ReadonlyMap<string, string>> {
  let at = window.bytes.indexOf(BLANK);
  while (at < 0) {
    if (window.bytes.length > MAX_HEADER_BYTES) throw malformed('headers of a part are too long');
    if (!(await window.more())) throw malformed('ends within headers');
    at = window.bytes.indexOf(BLANK);
  }
  if (at > MAX_HEADER_BYTES) throw malformed('headers of a part are too long');
  const text = window.bytes.toString('utf8', 0, at);
  // Of the two line ends the second stays: an empty body's delimiter begins with it.
  window.bytes = window.bytes.subarray(at + BLANK.length);
  const headers = new Map<string, string>();
  for (const line of text.split('\r\n').filter((one) => one !== '')) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    const name = match?.[1]?.toLowerCase();
    if (name === undefined || headers.has(name)) throw malformed('a header of a part');
    headers.set(name, match?.[2] ?? '');
  }
  return headers;
}

function malformed(detail: string): Problem {
  return new Problem('request-invalid', { detail: `multipart: ${detail}` });
}

/** `name` and `filename` of a form's part (RFC 7578 §4.2); null when it has no name. */
export function dispositionOf(part: Part): { readonly name: string; readonly filename: string | null } | null {
  const text = part.headers.get('content-disposition') ?? '';
  const parameter = (name: string): string | null => {
    const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(text);
    return match === null ? null : (match[1]?.replaceAll(/\\(.)/g, '$1') ?? match[2] ?? null);
  };
  const name = parameter('name');
  return name === null ? null : { name, filename: parameter('filename') };
}

export function typeOf(part: Part): string {
  return (part.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}
