import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { createDirect } from './direct.js';
import type { S3Place } from './place.js';
import { BlobError, type BlobKey, type BlobStore, isBlobKey } from './store.js';

/**
 * Blobs as objects of any S3-compatible store: `prefix/ab/abcdef…`. An object appears as a whole and is durable when the
 * store answers, so nothing is ever unfinished.
 */

/** A part has at most 8 MiB (docs/spec/relay-api.md §5). It is gathered before it is put, because a PUT names its length. */
const MAX_BLOB_BYTES = 8 * 1024 * 1024;
const LISTED_AT_ONCE = 1_000;
/** Parts in parallel from all clients, and ranges read: more than that waits its turn. */
const MAX_SOCKETS = 64;
const CONNECT_MS = 5_000;
/** A store that says nothing for this long counts as down: the client is told to try again. */
const SILENT_MS = 30_000;
const ATTEMPTS = 3;

export function openS3Blobs(place: S3Place): BlobStore {
  const client = createClient(place);
  const { bucket } = place;
  const objectOf = (key: BlobKey) => ({ Bucket: bucket, Key: nameOf(place, key) });
  return {
    write: async (key, bytes) => write(client, objectOf(key), bytes),
    read: (key, start, end) => read(client, objectOf(key), start, end),
    delete: async (key) => void (await translated(client.send(new DeleteObjectCommand(objectOf(key))))),
    list: (before) => list(client, place, before),
    discardUnfinished: () => Promise.resolve(0),
    check: async () => void (await translated(client.send(new HeadBucketCommand({ Bucket: bucket })))),
    ...(place.isDirect === true ? { direct: createDirect(client, place, (key) => nameOf(place, key)) } : {}),
    [Symbol.asyncDispose]: () => Promise.resolve(client.destroy()),
  };
}

function createClient({ endpoint, region, credentials }: S3Place): S3Client {
  return new S3Client({
    region,
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === null ? {} : { credentials: { ...credentials } }),
    // Ceph and Swift refuse the checksums that newer SDKs send unasked; segments carry their own digests anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: SILENT_MS,
      socketTimeout: SILENT_MS,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: MAX_SOCKETS },
      httpsAgent: { maxSockets: MAX_SOCKETS },
    },
  });
}

function nameOf({ prefix }: S3Place, key: BlobKey): string {
  // The type says it already; a name in somebody else's store is worth a second look.
  if (!isBlobKey(key)) throw new BlobError('key-invalid', 'not a blob key');
  return `${prefix}${key.slice(0, 2)}/${key}`;
}

interface ObjectName {
  readonly Bucket: string;
  readonly Key: string;
}

async function write(client: S3Client, name: ObjectName, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const Body = await gather(bytes);
  await translated(client.send(new PutObjectCommand({ ...name, Body, IfNoneMatch: '*' })));
}

async function gather(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > MAX_BLOB_BYTES) throw new BlobError('blob-too-large', 'a blob has at most 8 MiB');
    // A chunk belongs to its source: it is valid until the next one is asked for.
    chunks.push(Uint8Array.prototype.slice.call(chunk));
  }
  return Buffer.concat(chunks);
}

async function* read(client: S3Client, name: ObjectName, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (end <= start) return;
  const abort = new AbortController();
  const command = new GetObjectCommand({ ...name, Range: `bytes=${start}-${end - 1}` });
  const { Body } = await translated(client.send(command, { abortSignal: abort.signal }));
  let left = end - start;
  try {
    for await (const chunk of (Body ?? []) as AsyncIterable<Uint8Array>) {
      left -= chunk.length;
      yield chunk;
    }
  } catch (cause) {
    throw new BlobError('store-unavailable', 'the store broke off', { cause });
  } finally {
    // Whoever leaves early does not wait for the rest.
    if (left > 0) abort.abort();
  }
  if (left !== 0) throw new BlobError('blob-missing', 'the blob is shorter than asked for');
}

async function* list(client: S3Client, { bucket, prefix }: S3Place, before: Date): AsyncGenerator<BlobKey> {
  let ContinuationToken: string | undefined;
  do {
    const page = await translated(
      client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: LISTED_AT_ONCE, ContinuationToken }),
      ),
    );
    for (const { Key = '', LastModified } of page.Contents ?? []) {
      const key = Key.slice(prefix.length + 3);
      const isOurs = isBlobKey(key) && Key === `${prefix}${key.slice(0, 2)}/${key}`;
      if (isOurs && LastModified !== undefined && LastModified < before) yield key;
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

/** What the store says, in the words of this contract. Faults of the store are not faults of the request. */
async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw translate(cause);
  }
}

const FULL = ['QuotaExceeded', 'XMinioStorageFull', 'EntityTooLarge'];

function translate(cause: unknown): unknown {
  if (!(cause instanceof S3ServiceException)) return new BlobError('store-unavailable', 'no answer', { cause });
  const status = cause.$metadata.httpStatusCode ?? 0;
  if (status === 412 || status === 409) return new BlobError('blob-exists', 'a blob is written once', { cause });
  if (status === 416 || cause.name === 'NoSuchKey') return new BlobError('blob-missing', 'no such bytes', { cause });
  if (status === 507 || FULL.includes(cause.name)) return new BlobError('storage-full', 'no room', { cause });
  return new BlobError('store-unavailable', 'the store refuses', { cause });
}
