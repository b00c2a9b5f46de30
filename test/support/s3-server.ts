import { createHmac, createHash, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * As much of S3 as the relay uses, in memory: PUT with If-None-Match, GET with Range, DELETE, ListObjectsV2 in pages, HEAD
 * of a bucket, signatures of version 4 checked. And it can be made to fail. Real stores pass the same suite where there is one.
 */
export interface S3Server {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly bucket: string;
  readonly objects: Map<string, { readonly bytes: Buffer; readonly at: Date }>;
  /** `METHOD signed` by header or `METHOD presigned` by address, of everything that was asked for. */
  readonly asked: string[];
  /** What it does to a request instead of answering it; null answers it. */
  misbehave: ((request: IncomingMessage) => 'error-500' | 'error-503' | 'cut' | 'silent' | null) | null;
  close(): Promise<void>;
}

const PAGE = 2;

export async function startS3Server(): Promise<S3Server> {
  const credentials = { accessKeyId: 'test-key', secretAccessKey: 'a secret for tests' };
  const bucket = 'sealed';
  const objects: S3Server['objects'] = new Map();
  const server: Server = createServer((request, response) => void handle(request, response));
  const asked: string[] = [];
  const state: { misbehave: S3Server['misbehave'] } = { misbehave: null };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    asked.push(`${request.method} ${request.headers.authorization === undefined ? 'presigned' : 'signed'}`);
    const fault = state.misbehave?.(request) ?? null;
    if (fault === 'silent') return;
    if (fault === 'cut') return void response.destroy();
    if (fault !== null) return fail(response, Number(fault.slice(-3)), 'InternalError');
    if (!isSigned(request, credentials)) return fail(response, 403, 'SignatureDoesNotMatch');
    answer(request, response, Buffer.concat(chunks));
  }

  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://s3');
    const [, first, ...rest] = url.pathname.split('/');
    if (first !== bucket) return fail(response, 404, 'NoSuchBucket');
    const key = rest.map(decodeURIComponent).join('/');
    if (key === '') return request.method === 'HEAD' ? void response.end() : listTo(response, url.searchParams);
    const found = objects.get(key);
    switch (request.method) {
      case 'PUT':
        if (request.headers['if-none-match'] === '*' && found) return fail(response, 412, 'PreconditionFailed');
        objects.set(key, { bytes: body, at: new Date() });
        return void response.setHeader('ETag', '"x"').end();
      case 'DELETE':
        objects.delete(key);
        return void response.writeHead(204).end();
      default:
        return found === undefined ? fail(response, 404, 'NoSuchKey') : rangeTo(request, response, found.bytes);
    }
  }

  function listTo(response: ServerResponse, query: URLSearchParams): void {
    const after = query.get('continuation-token') ?? '';
    const all = [...objects].filter(([key]) => key.startsWith(query.get('prefix') ?? '') && key > after).sort();
    const page = all.slice(0, PAGE);
    const contents = page.map(
      ([key, { at, bytes }]) =>
        `<Contents><Key>${key}</Key><LastModified>${at.toISOString()}</LastModified><Size>${bytes.length}</Size></Contents>`,
    );
    const more =
      all.length > PAGE
        ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${page.at(-1)?.[0] ?? ''}</NextContinuationToken>`
        : '<IsTruncated>false</IsTruncated>';
    response.setHeader('Content-Type', 'application/xml');
    response.end(`<?xml version="1.0"?><ListBucketResult>${contents.join('')}${more}</ListBucketResult>`);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials,
    bucket,
    objects,
    asked,
    get misbehave() {
      return state.misbehave;
    },
    set misbehave(value) {
      state.misbehave = value;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function rangeTo(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (range === null) return void response.end(bytes);
  const [start, end] = [Number(range[1]), Number(range[2])];
  if (start >= bytes.length) return fail(response, 416, 'InvalidRange');
  response.writeHead(206).end(bytes.subarray(start, end + 1));
}

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'Content-Type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

/** AWS Signature Version 4: in the header, or in the address of a request that was signed for somebody else. */
function isSigned(request: IncomingMessage, credentials: S3Server['credentials']): boolean {
  const url = new URL(request.url ?? '/', 'http://s3');
  const inUrl = url.searchParams.get('X-Amz-Signature');
  const match = /Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})/.exec(
    request.headers.authorization ?? '',
  );
  if (inUrl === null) {
    const [, id = '', scope = '', names = '', signature = ''] = match ?? [];
    const date = String(request.headers['x-amz-date']);
    const hashed = String(request.headers['x-amz-content-sha256']);
    return isRight(request, url, { id, scope, names, signature, date, hashed }, credentials);
  }
  const [id = '', ...scope] = (url.searchParams.get('X-Amz-Credential') ?? '').split('/');
  const names = url.searchParams.get('X-Amz-SignedHeaders') ?? '';
  const date = url.searchParams.get('X-Amz-Date') ?? '';
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(at + Number(url.searchParams.get('X-Amz-Expires')) * 1_000 > Date.now())) return false;
  url.searchParams.delete('X-Amz-Signature');
  const said = { id, scope: scope.join('/'), names, signature: inUrl, date, hashed: 'UNSIGNED-PAYLOAD' };
  return isRight(request, url, said, credentials);
}

interface Said {
  readonly id: string;
  readonly scope: string;
  readonly names: string;
  readonly signature: string;
  readonly date: string;
  readonly hashed: string;
}

function isRight(
  request: IncomingMessage,
  url: URL,
  said: Said,
  { accessKeyId, secretAccessKey }: S3Server['credentials'],
): boolean {
  if (said.id !== accessKeyId || !/^[0-9a-f]{64}$/.test(said.signature)) return false;
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const headers = said.names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [request.method, url.pathname, query, headers.join(''), said.names, said.hashed].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', said.date, said.scope, digest].join('\n');
  const key = said.scope
    .split('/')
    .reduce<Buffer>(
      (before, part) => createHmac('sha256', before).update(part).digest(),
      Buffer.from(`AWS4${secretAccessKey}`),
    );
  const expected = createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(expected, Buffer.from(said.signature, 'hex'));
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
