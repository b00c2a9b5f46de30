import { type S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import type { S3Place } from './place.js';
import type { BlobKey, DirectBlobs } from './store.js';

/** A part of 8 MiB passes in this time at 0.3 Mbit/s; who is slower goes through the relay. */
export const PUT_SECONDS = 240;
/** Long enough to begin; what has begun goes on. */
export const GET_SECONDS = 60;

type SigningClient = Pick<S3Client, 'config'>;

export function createDirect(client: SigningClient, place: S3Place, nameOf: (key: BlobKey) => string): DirectBlobs {
  const base = new URL(place.publicEndpoint ?? place.endpoint ?? `https://s3.${place.region}.amazonaws.com`);
  const { region } = place;
  const signer = new SignatureV4({
    ...{ service: 's3', region, uriEscapePath: false },
    ...{ credentials: client.config.credentials, sha256: client.config.sha256 },
  });
  const sign = async (
    method: 'PUT' | 'GET',
    key: BlobKey,
    headers: Readonly<Record<string, string>>,
    seconds: number,
  ): Promise<string> => {
    const path = `${base.pathname.replace(/\/$/, '')}/${place.bucket}/${nameOf(key)}`;
    const request = {
      ...{ method, path, query: {} },
      ...{ protocol: base.protocol, hostname: base.hostname, port: base.port === '' ? undefined : Number(base.port) },
      headers: { ...headers, host: base.host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    };
    const options = { expiresIn: seconds, signableHeaders: new Set(['host', ...Object.keys(headers)]) };
    const { query = {} } = await signer.presign(request as Parameters<typeof signer.presign>[0], options);
    const pairs = Object.entries(query).map(([name, value]) => `${escaped(name)}=${escaped(String(value))}`);
    return `${base.origin}${path}?${pairs.join('&')}`;
  };
  return {
    origin: base.origin,
    async put(key, bytes) {
      const headers = { 'if-none-match': '*' };
      return { url: await sign('PUT', key, { ...headers, 'content-length': String(bytes) }, PUT_SECONDS), headers };
    },
    async get(key, start, end) {
      const headers = { range: `bytes=${start}-${end - 1}` };
      return { url: await sign('GET', key, headers, GET_SECONDS), headers };
    },
  };
}

/** RFC 3986, as signatures of version 4 count it. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
