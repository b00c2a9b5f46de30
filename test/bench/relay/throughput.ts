import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeText } from '../../../client/cli/bench/ground/certificate.js';
import { firstMissing, freePort, startServer } from '../../../client/cli/bench/ground/programs.js';
import { MAX_PART_SEGMENTS, SEGMENT_BYTES, SEGMENT_OVERHEAD } from '../../../crypto/wire/payload.js';
import {
  type SealedPayload,
  createPayload,
  digestsHeader,
  innerSegment,
  messageTo,
  tallyRecord,
} from '../../support/sealed-payload.js';
import { type RelayGround, createClient, inParallel, timed } from './ground.js';

/** Parts of 8 MiB to the relay over TLS and back, each hashed, synced and written down, and the same bytes to nginx beside it, which does none of that. */

const PART_BYTES = MAX_PART_SEGMENTS * SEGMENT_BYTES;
const AT_ONCE = 4;

export interface Passed {
  readonly putS: number;
  readonly getS: number;
  readonly cpuS: number;
}

export async function measureThroughput(ground: RelayGround, parts: number) {
  const segments = Array.from({ length: MAX_PART_SEGMENTS }, () => innerSegment(SEGMENT_BYTES));
  const part = Buffer.concat(segments);
  const relay = await throughRelay(ground, parts, part, digestsHeader(segments));
  const nginx = (await firstMissing(['nginx'])) === null ? await throughNginx(ground, parts, part) : null;
  const ratio = nginx === null ? null : (nginx.putS + nginx.getS) / (relay.putS + relay.getS);
  return { megabytes: (parts * PART_BYTES) / 1e6, relay, nginx, ofNginx: ratio };
}

async function throughRelay(
  ground: RelayGround,
  parts: number,
  part: Buffer,
  digests: Record<string, string>,
): Promise<Passed> {
  const [sender, recipient] = ground.actors;
  if (sender === undefined || recipient === undefined) throw new Error('two mailboxes');
  const payload = payloadOf(parts);
  using client = createClient(ground.tls.url, AT_ONCE, ground.tlsFiles.cert);
  const as = (token: string, type: string) => ({ authorization: `Bearer ${token}`, 'content-type': type });
  const json = messageTo([recipient.mailboxId], { payloads: [payload] });
  const headers = as(sender.token, 'application/json');
  await client({ method: 'POST', path: '/api/messages', headers, body: Buffer.from(JSON.stringify(json)) });
  const path = `/api/payloads/${payload.payloadId}`;
  const binary = as(sender.token, 'application/octet-stream');
  const put = await timed(ground.tls.pid, () =>
    inParallel(parts, AT_ONCE, async (i) => {
      const partHeaders = { ...binary, ...digests };
      await client({ method: 'PUT', path: `${path}/parts/${i * MAX_PART_SEGMENTS}`, headers: partHeaders, body: part });
    }),
  );
  const covered = parts * MAX_PART_SEGMENTS;
  await client({ method: 'PUT', path: `${path}/tallies/1?segments=${covered}`, headers: binary, body: tallyRecord() });
  const reading = { authorization: `Bearer ${recipient.token}` };
  const get = await timed(ground.tls.pid, () =>
    inParallel(parts, AT_ONCE, async (i) => {
      const range = `${path}/segments/${i * MAX_PART_SEGMENTS}?count=${MAX_PART_SEGMENTS}`;
      assertWhole(await client({ method: 'GET', path: range, headers: reading }), part);
    }),
  );
  return { putS: put.wallS, getS: get.wallS, cpuS: put.cpuS + get.cpuS };
}

/** Only its header and its bound matter to the relay: the parts come from elsewhere. */
function payloadOf(parts: number): SealedPayload {
  const payload = createPayload({ segments: 1, segmentBytes: SEGMENT_BYTES });
  // One segment more than is sent: an open tally never covers the last one.
  return { ...payload, sizeBound: (parts * MAX_PART_SEGMENTS + 1) * (SEGMENT_BYTES - SEGMENT_OVERHEAD) };
}

async function throughNginx(ground: RelayGround, parts: number, part: Buffer): Promise<Passed> {
  const folder = join(ground.folder, 'nginx');
  await mkdir(join(folder, 'www'), { recursive: true });
  const port = await freePort();
  const server = await startServer('nginx', ['-c', await writeConfig(folder, port, ground), '-p', folder], port);
  using client = createClient(`https://127.0.0.1:${port}`, AT_ONCE, ground.tlsFiles.cert);
  try {
    const put = await timed(server.pid, () =>
      inParallel(parts, AT_ONCE, async (i) => void (await client({ method: 'PUT', path: `/${i}`, body: part }))),
    );
    const get = await timed(server.pid, () =>
      inParallel(parts, AT_ONCE, async (i) => assertWhole(await client({ method: 'GET', path: `/${i}` }), part)),
    );
    return { putS: put.wallS, getS: get.wallS, cpuS: put.cpuS + get.cpuS };
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

function assertWhole(bytes: number, part: Buffer): void {
  if (bytes !== part.length) throw new Error(`${bytes} of ${part.length} bytes came back`);
}

function writeConfig(folder: string, port: number, { tlsFiles }: RelayGround): Promise<string> {
  const text = `daemon off; pid nginx.pid; error_log stderr crit; worker_processes 1; master_process off;
events { worker_connections 64; }
http {
  access_log off; client_max_body_size 0; client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp;
  uwsgi_temp_path temp; scgi_temp_path temp; sendfile on; keepalive_requests 100000;
  server {
    listen 127.0.0.1:${port} ssl; ssl_certificate ${tlsFiles.cert}; ssl_certificate_key ${tlsFiles.key}; root www;
    location / { dav_methods PUT DELETE; create_full_put_path on; }
  }
}
`;
  return writeText(join(folder, 'nginx.conf'), text);
}
