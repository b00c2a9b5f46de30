import type { Request, Response } from 'express';
import { scanSource, type ScannedInstance } from '../../core/dicom/scan.js';
import { type Address, parseAddress } from '../../core/ids.js';
import { diskFile } from '../../node/disk-source.js';
import { typeWithout } from '../http/endpoint.js';
import { boundaryOf, readMultipart, typeOf } from '../http/multipart.js';
import { Problem } from '../http/problem.js';
import type { UploadedFile, UploadFolder } from '../http/upload-folder.js';
import { acceptOf, DICOM, DICOM_JSON } from './retrieve.js';
import { assertAccepts } from './accept.js';

/** STOW-RS (PS3.18 §10.5): instances that practice programs hand in to be sent. */

/** Where handed-in instances wait, and what becomes of them. */
export interface StoreIntake {
  upload(): Promise<UploadFolder>;
  /**
   * Everything that was added will be sent. @param recipient of the path; null where rules decide
   * @returns the jobs' ids @throws GatewayError `recipient-missing`
   */
  submit(files: readonly StoredFile[], recipient: Address | null, client: string): Promise<readonly string[]>;
}

export interface StoredFile extends UploadedFile {
  readonly scan: ScannedInstance;
}

/** Of one request: the largest studies have some thousand instances. */
const MAX_INSTANCES = 20_000;
/** PS3.18 table 10.5.3-1 and PS3.4 §B.2.3. */
const CANNOT_UNDERSTAND = 0xc000;
const OTHER_STUDY = 0xc409;

interface Outcome {
  readonly stored: StoredFile[];
  readonly failed: { readonly scan: ScannedInstance | null; readonly reason: number }[];
}

export interface StoreTarget {
  readonly recipient: string | null;
  readonly study: string | null;
  /** Id of the key that hands in. */
  readonly client: string;
}

/** @param study of the path: others are refused, one by one */
export async function store(
  intake: StoreIntake,
  request: Request,
  response: Response,
  { recipient, study, client }: StoreTarget,
): Promise<void> {
  const type = assertAccepts(acceptOf(request), [DICOM_JSON, 'application/json']);
  if (typeWithout(request) !== 'multipart/related') throw new Problem('media-type-unsupported');
  const contentType = request.headers['content-type'] ?? '';
  if (!/;\s*type="?application\/dicom"?\s*(;|$)/i.test(contentType)) throw new Problem('media-type-unsupported');
  const boundary = boundaryOf(contentType);
  const to = recipient === null ? null : addressOf(recipient);
  await using upload = await intake.upload();
  const outcome: Outcome = { stored: [], failed: [] };
  for await (const part of readMultipart(request, boundary, MAX_INSTANCES)) {
    if (typeOf(part) !== DICOM) outcome.failed.push({ scan: null, reason: CANNOT_UNDERSTAND });
    else await take(upload, part.body, study, outcome);
  }
  const { stored, failed } = outcome;
  const jobs = stored.length === 0 ? [] : await intake.submit(stored, to, client);
  // PS3.18 §10.5.3: 200 for all, 202 for some, 409 for none.
  response.status(stored.length === 0 ? 409 : failed.length === 0 ? 200 : 202).type(type);
  const [first, ...more] = jobs.map((id) => `/api/v1/jobs/${id}`);
  if (first !== undefined) response.set('Location', first);
  // Rules may have made several messages of it (RFC 8288).
  if (more.length > 0) response.set('Link', [first, ...more].map((one) => `<${one}>; rel="item"`).join(', '));
  response.send(JSON.stringify(answerOf(outcome)));
}

function addressOf(text: string): Address {
  try {
    return parseAddress(text);
  } catch {
    throw new Problem('request-invalid', { fields: ['recipient'] });
  }
}

async function take(
  upload: UploadFolder,
  body: AsyncIterable<Uint8Array>,
  study: string | null,
  outcome: Outcome,
): Promise<void> {
  const file = await upload.write(body);
  const scan = await scanSource(await diskFile(file.path));
  const instance = scan.kind === 'instance' ? scan : null;
  if (instance !== null && (study === null || instance.studyInstanceUid === study)) {
    outcome.stored.push({ ...file, scan: instance });
  } else outcome.failed.push({ scan: instance, reason: instance === null ? CANNOT_UNDERSTAND : OTHER_STUDY });
}

/** PS3.18 §10.5.3.2: references of what was taken and of what was not, and why. */
function answerOf({ stored, failed }: Outcome): Record<string, unknown> {
  const reference = (scan: ScannedInstance | null): Record<string, unknown> =>
    scan === null
      ? {}
      : {
          '00081150': { vr: 'UI', Value: [scan.sopClassUid] },
          '00081155': { vr: 'UI', Value: [scan.sopInstanceUid] },
        };
  const failures = failed.map(({ scan, reason }) => ({
    ...reference(scan),
    '00081197': { vr: 'US', Value: [reason] },
  }));
  return {
    ...(stored.length === 0 ? {} : { '00081199': { vr: 'SQ', Value: stored.map(({ scan }) => reference(scan)) } }),
    ...(failures.length === 0 ? {} : { '00081198': { vr: 'SQ', Value: failures } }),
  };
}
