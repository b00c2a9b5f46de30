import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Request, Response } from 'express';
import { readHeader } from '../../core/dicom/header.js';
import { diskFile } from '../../node/disk-source.js';
import { Problem } from '../http/problem.js';
import { type DicomJson, type DicomJsonElement, toDicomJson } from '../received/data-set.js';
import type { Instance, ReceivedIndex } from '../received/received.js';
import { type Accepted, acceptedTypes, assertAccepts, matchesType } from './accept.js';
import { type AnswerPart, sendMultipart, write } from './multipart-answer.js';

/** WADO-RS (PS3.18 §10.4): instances byte for byte as they were signed, and what they say of themselves. */

export const DICOM = 'application/dicom';
export const DICOM_JSON = 'application/dicom+json';

export interface Target {
  readonly study: string;
  readonly series?: string | undefined;
  readonly instance?: string | undefined;
}

/** @throws Problem `not-found` */
export function instancesOf(index: ReceivedIndex, { study, series, instance }: Target): Instance[] {
  const found = index.study(study);
  const all = [...(found?.series.values() ?? [])]
    .filter((one) => series === undefined || one.seriesInstanceUid === series)
    .flatMap((one) => [...one.instances.values()])
    .filter((one) => instance === undefined || one.sopInstanceUid === instance);
  if (all.length === 0) throw new Problem('not-found');
  return all;
}

export function acceptOf(request: Request): readonly Accepted[] {
  const { accept } = request.query;
  return acceptedTypes(request.headers.accept, typeof accept === 'string' ? accept : undefined);
}

export function urlOfInstance(base: string, { studyInstanceUid, seriesInstanceUid, sopInstanceUid }: Instance): string {
  return `${base}/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}`;
}

/**
 * The stored files. What a client does not take in the transfer syntax that it has is not changed for it: 406 when that is all of them, 206
 * when it is some. @throws Problem `not-acceptable`
 */
export async function sendInstances(
  request: Request,
  response: Response,
  instances: readonly Instance[],
  base: string,
): Promise<void> {
  const accepted = acceptOf(request);
  const single = accepted.find(({ type }) => matchesType(type, DICOM) && type !== '*/*');
  const [first] = instances;
  if (single !== undefined && instances.length === 1 && first !== undefined && takes([single], first)) {
    return sendOne(response, first);
  }
  const multipart = accepted.filter(
    ({ type, inner }) => type === '*/*' || (inner !== null && matchesType(inner, DICOM)),
  );
  const fitting = instances.filter((instance) => takes(multipart, instance));
  if (fitting.length === 0) throw new Problem('not-acceptable');
  if (fitting.length < instances.length) response.status(206);
  await sendMultipart(response, DICOM, partsOf(fitting, base));
}

function takes(accepted: readonly Accepted[], { transferSyntaxUid }: Instance): boolean {
  return accepted.some(
    ({ transferSyntax }) => transferSyntax === null || transferSyntax === '*' || transferSyntax === transferSyntaxUid,
  );
}

async function sendOne(response: Response, instance: Instance): Promise<void> {
  response.set('Content-Type', typeOf(instance));
  response.set('Content-Length', String(instance.bytes));
  for await (const chunk of verifiedBytes(instance)) await write(response, chunk);
  response.end();
}

function typeOf({ transferSyntaxUid }: Instance): string {
  return `${DICOM}; transfer-syntax=${transferSyntaxUid}`;
}

async function* partsOf(instances: readonly Instance[], base: string): AsyncGenerator<AnswerPart, void, undefined> {
  for (const instance of instances) {
    yield { type: typeOf(instance), location: urlOfInstance(base, instance), body: verifiedBytes(instance) };
  }
}

/** A file that was altered on this machine since it was verified is not given out whole: the answer breaks off (attack A19). */
export async function* verifiedBytes({
  path,
  sha256,
  bytes,
}: Pick<Instance, 'path' | 'sha256' | 'bytes'>): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sha256');
  let held: Buffer | null = null;
  let length = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    length += chunk.length;
    if (held !== null) yield held;
    held = chunk;
  }
  if (length !== bytes || hash.digest('hex') !== sha256) throw new Error('a verified file has changed');
  if (held !== null) yield held;
}

/** The data sets as DICOM JSON, one after the other. @throws Problem `not-acceptable` */
export async function sendMetadata(
  request: Request,
  response: Response,
  instances: readonly Instance[],
  base: string,
): Promise<void> {
  const type = assertAccepts(acceptOf(request), [DICOM_JSON, 'application/json']);
  response.set('Content-Type', type);
  let separator = '[';
  for (const instance of instances) {
    await write(
      response,
      Buffer.from(`${separator}${JSON.stringify(await metadataOf(instance, urlOfInstance(base, instance)))}`),
    );
    separator = ',';
  }
  response.end(']');
}

async function metadataOf(instance: Instance, url: string): Promise<DicomJson> {
  const header = await readHeader(await diskFile(instance.path));
  if (header.kind !== 'header') throw new Error('an indexed instance cannot be read');
  const data: Record<string, DicomJsonElement> = {
    ...toDicomJson(header.elements),
    // Texts are in UTF-8 here, whatever the file has.
    '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
    '00083002': { vr: 'UI', Value: [instance.transferSyntaxUid] },
  };
  if ('00280010' in data) data['7FE00010'] = { vr: 'OW', BulkDataURI: `${url}/pixeldata` };
  return data;
}
