import { join } from 'node:path';
import type { Request, Response } from 'express';
import * as z from 'zod';
import { READY_PROFILES, readyProfile } from '../../core/deidentification/profile.js';
import { createZipWriter } from '../../core/media/zip-writer.js';
import { diskFile } from '../../node/disk-source.js';
import { acceptedTypes, assertAccepts } from '../dicomweb/accept.js';
import { sendMultipart, write } from '../dicomweb/multipart-answer.js';
import { type AnyEndpoint, type Call, endpoint, parse, parseJson, typeWithout } from '../http/endpoint.js';
import { text, uid } from '../http/fields.js';
import { boundaryOf, dispositionOf, readMultipart } from '../http/multipart.js';
import { Problem } from '../http/problem.js';
import { type UploadFolder, openUploadFolder } from '../http/upload-folder.js';
import type { ApiDeps } from './deps.js';
import { type DeidentifiedFiles, deidentifyFiles } from './deidentified-files.js';

/** De-identification without sending: instances in, or a received study named; out comes what may leave, and the report of what was done. */

const MAX_ORDER_BYTES = 64 * 1024;
const MAX_INSTANCES = 10_000;
/** Each uses the processors that the rest of the gateway needs, too. */
const MAX_AT_ONCE = 2;
const ZIP = 'application/zip';
const MULTIPART = 'multipart/related';
const REPORT = 'deidentification.json';

/** Whatever its name, the profile that changes nothing is no de-identification. */
const PROFILES = READY_PROFILES.filter((name) => readyProfile(name).kind === 'deidentify');

const order = z.strictObject({
  profile: z.enum(PROFILES as [string, ...string[]]),
  options: z.array(text(60)).max(20).default([]).meta({ description: 'Of PS3.15 annex E, for instance `retainUIDs`' }),
  purpose: text(100)
    .min(1)
    .default('default')
    .meta({ description: 'The same purpose gives the same pseudonyms, in messages as well' }),
  refused: z.enum(['refuse', 'leave-out']).default('refuse').meta({
    description: 'What happens when an instance cannot be de-identified: nothing is answered, or it is left out',
  }),
  confirmRisk: z
    .boolean()
    .default(false)
    .meta({ description: 'Somebody has looked: burned-in text and faces are no reason to refuse' }),
  studies: z
    .array(z.strictObject({ studyInstanceUid: uid, seriesInstanceUids: z.array(uid).min(1).max(1000).optional() }))
    .max(100)
    .default([])
    .meta({ description: 'Received studies, or some series of them; needs the scope `images:read`, too' }),
});
type Order = z.output<typeof order>;

export const deidentifiedView = z.object({
  report: z
    .record(z.string(), z.unknown())
    .meta({ description: 'What was done, attribute by attribute, without a removed value' }),
  files: z
    .array(z.object({ input: z.number().int(), name: z.string() }))
    .meta({ description: 'Which came of which: inputs are counted from 1, parts before studies' }),
  refused: z.array(z.object({ input: z.number().int(), reason: z.string() })),
});

const form = {
  type: 'multipart/form-data',
  schema: {
    type: 'object',
    required: ['order'],
    properties: {
      order: { type: 'string', description: 'The JSON document of this operation' },
      instance: { type: 'array', items: { type: 'string', format: 'binary' } },
    },
  },
};

export function deidentifyEndpoints(deps: ApiDeps): AnyEndpoint[] {
  let atOnce = 0;
  return [
    endpoint({
      ...{ method: 'post', path: '/deidentify', id: 'deidentify', tag: 'studies', scope: 'deidentify' },
      summary: 'De-identified copies of instances, and the report; nothing is sent and nothing kept',
      description: `As a form, with a part \`order\` (this JSON) and any number of parts \`instance\`; or as JSON alone with \`studies\`. The answer is a zip with \`${REPORT}\` and \`instances/NNNNNN.dcm\`, or, for \`Accept: multipart/related\`, the same as parts with their names in \`Content-Location\`, the report first.`,
      body: order,
      streams: [form],
      answers: { 200: { description: 'The copies and the report', schema: deidentifiedView, types: [ZIP, MULTIPART] } },
      problems: ['content-refused', 'not-found', 'not-acceptable', 'too-large', 'too-many', 'disk-full'],
      async handle(call, response) {
        const { accept } = call.request.headers;
        const type = assertAccepts(acceptedTypes(accept, undefined), [ZIP, MULTIPART]);
        if (atOnce >= MAX_AT_ONCE) throw new Problem('too-many', { detail: 'de-identified at once' });
        atOnce += 1;
        try {
          await using upload = await openUploadFolder(deps.uploads);
          await answer(response, type, await deidentified(deps, call, response, upload));
        } finally {
          atOnce -= 1;
        }
      },
    }),
  ];
}

async function deidentified(
  deps: ApiDeps,
  { request, key, body }: Call<unknown, unknown, Order>,
  response: Response,
  upload: UploadFolder,
): Promise<DeidentifiedFiles> {
  const isForm = typeWithout(request) === 'multipart/form-data';
  const { wanted, paths } = isForm ? await readForm(request, upload) : { wanted: body, paths: [] };
  if (wanted.studies.length > 0 && key?.scopes.includes('images:read') !== true)
    throw new Problem('scope-missing', { detail: 'needs the scope images:read' });
  const all = [...paths, ...pathsOf(deps, wanted)];
  if (all.length === 0) throw new Problem('request-invalid', { detail: 'neither an instance nor a study' });
  if (all.length > MAX_INSTANCES) throw new Problem('too-large', { detail: 'too many instances' });
  // Who has left wants no answer.
  const left = new AbortController();
  response.once('close', () => left.abort());
  const { profile, options, purpose, confirmRisk } = wanted;
  const done = await deidentifyFiles(all, {
    ...{ folder: join(upload.path, 'copies'), profile: readyProfile(profile, options), purpose, signal: left.signal },
    ...{ content: deps.desk.account.content, nowMs: deps.desk.clock.now() },
    decision: confirmRisk ? 'confirmed' : 'hold',
  });
  if (done.refused.length > 0 && wanted.refused === 'refuse') {
    const reasons = [...new Set(done.refused.map(({ reason }) => reason))].sort();
    throw new Problem('content-refused', {
      detail: `not de-identified: ${reasons.join(', ')}`,
      fields: done.refused.slice(0, MAX_FIELDS).map(({ input, reason }) => `instance ${input}: ${reason}`),
    });
  }
  return done;
}

const MAX_FIELDS = 20;

async function readForm(request: Request, upload: UploadFolder) {
  const paths: string[] = [];
  let wanted: Order | null = null;
  const boundary = boundaryOf(request.headers['content-type'] ?? '');
  for await (const part of readMultipart(request, boundary, MAX_INSTANCES + 1)) {
    const name = dispositionOf(part)?.name;
    if (name === 'instance') paths.push((await upload.write(part.body)).path);
    else if (name === 'order' && wanted === null) wanted = parse(order, parseJson(await wholeOf(part.body)));
    else invalid('a part of an unknown name, or `order` twice');
  }
  return { wanted: wanted ?? invalid('no part `order`'), paths };
}

async function wholeOf(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_ORDER_BYTES) throw new Problem('too-large', { detail: 'the part `order`' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function pathsOf({ index }: ApiDeps, { studies }: Order): string[] {
  return studies.flatMap(({ studyInstanceUid, seriesInstanceUids }) => {
    const series = [...(index.study(studyInstanceUid)?.series.values() ?? [])].filter(
      (one) => seriesInstanceUids === undefined || seriesInstanceUids.includes(one.seriesInstanceUid),
    );
    if (series.length === 0) throw new Problem('not-found', { detail: 'no such study here', fields: ['studies'] });
    return series.flatMap(({ instances }) => [...instances.values()].map(({ path }) => path));
  });
}

async function answer(response: Response, type: string, { report, files, refused }: DeidentifiedFiles): Promise<void> {
  const named = files.map(({ input, path }) => ({ input, path, name: nameOf(input) }));
  const about = { report, files: named.map(({ input, name }) => ({ input, name })), refused };
  const json = Buffer.from(`${JSON.stringify(about)}\n`);
  response.status(200).set('Cache-Control', 'no-store');
  if (type === MULTIPART) return sendMultipart(response, 'application/json', parts(json, named));
  response.set('Content-Type', ZIP).set('Content-Disposition', 'attachment; filename="deidentified.zip"');
  // Not the time of now: the same files are the same zip.
  const zip = createZipWriter((bytes) => write(response, bytes), 0);
  for await (const { location, size, body } of parts(json, named)) await zip.add(location, size, body);
  await zip.finish();
  response.end();
}

/** Says nothing of the input but its place. */
function nameOf(input: number): string {
  return `instances/${String(input).padStart(6, '0')}.dcm`;
}

async function* parts(json: Buffer, files: readonly { readonly path: string; readonly name: string }[]) {
  yield { type: 'application/json', location: REPORT, size: json.length, body: once(json) };
  for (const { path, name } of files) {
    const { size, stream } = await diskFile(path);
    yield { type: 'application/dicom', location: name, size, body: stream() };
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(bytes);
}

function invalid(detail: string): never {
  throw new Problem('request-invalid', { detail });
}
