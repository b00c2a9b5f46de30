import { type Request, type RequestHandler, type Response, Router } from 'express';
import { loadDictionary } from '../../core/dicom/dictionary.js';
import type { PixelWorker } from '../../core/pixels/work.js';
import { parse } from '../http/endpoint.js';
import { uid } from '../http/fields.js';
import { authenticate } from '../http/authenticate.js';
import type { ApiKey, KeyFolder, Scope as KeyScope } from '../http/keys.js';
import { Problem } from '../http/problem.js';
import type { Level } from '../received/attributes.js';
import type { Instance, ReceivedIndex } from '../received/received.js';
import { acceptedTypes, assertAccepts } from './accept.js';
import { chooseFrames, openFrames, parseFrames } from './frames.js';
import { sendMultipart } from './multipart-answer.js';
import { parseQuery } from './query.js';
import { render, RENDERED_TYPES, type RenderedType, renderOptions } from './rendered.js';
import {
  acceptOf,
  DICOM_JSON,
  instancesOf,
  sendInstances,
  sendMetadata,
  type Target,
  urlOfInstance,
} from './retrieve.js';
import { search } from './search.js';
import { store, type StoreIntake } from './store.js';

/** docs/dicomweb.md. */

export interface DicomWebDeps {
  readonly index: ReceivedIndex;
  readonly keys: KeyFolder;
  readonly work: PixelWorker;
  /** Null where nothing is sent by STOW-RS. */
  readonly intake: StoreIntake | null;
  /** `https://gateway.praxis.lan:8042`, as the client called it. */
  readonly origin: (request: Request) => string;
}

export const DICOMWEB_PATH = '/dicomweb';

type Handler = (request: Request, response: Response, key: ApiKey) => Promise<void>;

export function dicomWebRoutes(deps: DicomWebDeps): Router {
  const router = Router();
  const guarded = (scope: KeyScope, handle: Handler): RequestHandler => {
    return async (request, response) => {
      const key = await authenticate(deps.keys, request.headers, scope);
      await handle(request, response, key);
    };
  };
  const get = (path: string, handle: Handler): void => void router.get(path, guarded('images:read', handle));
  addSearch(deps, get);
  addRetrieve(deps, get);
  addPictures(deps, get);
  const { intake } = deps;
  if (intake !== null) {
    for (const prefix of ['', '/to/:recipient']) {
      for (const path of [`${prefix}/studies`, `${prefix}/studies/:study`]) {
        router.post(
          path,
          guarded('images:store', async (request, response, { id }) => {
            const { recipient, study } = request.params as { recipient?: string; study?: string };
            await store(intake, request, response, {
              recipient: recipient ?? null,
              client: id,
              study: study === undefined ? null : parse(uid, study),
            });
          }),
        );
      }
    }
  }
  router.all(
    '/{*path}',
    guarded('images:read', () => Promise.reject(new Problem('not-found'))),
  );
  return router;
}

type Get = (path: string, handle: Handler) => void;

const SEARCHES: readonly (readonly [string, Level])[] = [
  ['/studies', 'study'],
  ['/series', 'series'],
  ['/instances', 'instance'],
  ['/studies/:study/series', 'series'],
  ['/studies/:study/instances', 'instance'],
  ['/studies/:study/series/:series/instances', 'instance'],
];

function addSearch(deps: DicomWebDeps, get: Get): void {
  for (const [path, level] of SEARCHES) {
    get(path, async (request, response) => {
      const type = assertAccepts(acceptOf(request), [DICOM_JSON, 'application/json']);
      const { study, series } = targetOf(request);
      const query = parseQuery(new URL(request.url, 'http://gateway').searchParams, await loadDictionary());
      const scope = { studyInstanceUid: study === '' ? undefined : study, seriesInstanceUid: series };
      const { results, total } = await search(deps.index, level, scope, query, baseOf(deps, request));
      response.set('X-Total-Count', String(total));
      // PS3.18 §8.3.4.4: there is more than was asked for.
      if (query.offset + results.length < total) response.set('Warning', '299 bildbote: "There are more results"');
      response.type(type).send(JSON.stringify(results));
    });
  }
}

const STUDY = '/studies/:study';
const SERIES = `${STUDY}/series/:series`;
const INSTANCE = `${SERIES}/instances/:instance`;

function addRetrieve(deps: DicomWebDeps, get: Get): void {
  for (const path of [STUDY, SERIES, INSTANCE]) {
    get(path, (request, response) =>
      sendInstances(request, response, instancesOf(deps.index, targetOf(request)), baseOf(deps, request)),
    );
    get(`${path}/metadata`, (request, response) =>
      sendMetadata(request, response, instancesOf(deps.index, targetOf(request)), baseOf(deps, request)),
    );
  }
  get(`${INSTANCE}/frames/:frames`, (request, response) => sendFrames(deps, request, response));
  get(`${INSTANCE}/pixeldata`, (request, response) => sendFrames(deps, request, response));
}

async function sendFrames({ index, work, ...deps }: DicomWebDeps, request: Request, response: Response): Promise<void> {
  const instance = theInstance(index, request);
  const open = await openFrames(instance);
  const { frames: text } = request.params as { readonly frames?: string };
  const frames = text === undefined ? [...Array(open.frames.count).keys()] : parseFrames(text, open.frames.count);
  const answer = chooseFrames(open, instance, acceptOf(request), work);
  const url = urlOfInstance(baseOf({ index, work, ...deps }, request), instance);
  async function* parts() {
    for (const frame of frames) {
      const bytes = await answer.read(frame);
      yield {
        type: `${answer.type}; transfer-syntax=${answer.transferSyntax}`,
        location: `${url}/frames/${frame + 1}`,
        body: only(bytes),
      };
    }
  }
  await sendMultipart(response, answer.type, parts());
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  await Promise.resolve();
  yield bytes;
}

function addPictures(deps: DicomWebDeps, get: Get): void {
  for (const kind of ['rendered', 'thumbnail'] as const) {
    const paths = kind === 'rendered' ? [INSTANCE] : [STUDY, SERIES, INSTANCE];
    for (const path of paths) get(`${path}/${kind}`, (request, response) => sendPicture(deps, kind, request, response));
    get(`${INSTANCE}/frames/:frames/${kind}`, (request, response) => sendPicture(deps, kind, request, response));
  }
}

async function sendPicture(
  { index, work }: DicomWebDeps,
  kind: 'rendered' | 'thumbnail',
  request: Request,
  response: Response,
): Promise<void> {
  const { accept } = request.query;
  const accepted = acceptedTypes(request.headers.accept, typeof accept === 'string' ? accept : undefined);
  const type = assertAccepts(accepted, RENDERED_TYPES) as RenderedType;
  const options = renderOptions(request.query, type, kind);
  const { frames } = request.params as { readonly frames?: string };
  const instances = instancesOf(index, targetOf(request));
  const instance = instances[Math.floor(instances.length / 2)] as Instance;
  const frame = frames === undefined ? null : oneFrame(frames, (await openFrames(instance)).frames.count);
  const bytes = await render(instance, frame, options, work);
  response.set('Content-Type', type);
  response.end(Buffer.from(bytes));
}

/** One picture an answer: several frames would be an animation. */
function oneFrame(text: string, count: number): number {
  const [frame, ...more] = parseFrames(text, count);
  if (frame === undefined || more.length > 0) throw new Problem('request-invalid', { fields: ['frames'] });
  return frame;
}

function theInstance(index: ReceivedIndex, request: Request): Instance {
  const [instance] = instancesOf(index, targetOf(request));
  if (instance === undefined) throw new Problem('not-found');
  return instance;
}

function targetOf(request: Request): Target {
  const { study, series, instance } = request.params as Readonly<Record<string, string | undefined>>;
  const read = (text: string | undefined): string | undefined => (text === undefined ? undefined : parse(uid, text));
  return { study: read(study) ?? '', series: read(series), instance: read(instance) };
}

function baseOf({ origin }: DicomWebDeps, request: Request): string {
  return `${origin(request)}${DICOMWEB_PATH}`;
}
