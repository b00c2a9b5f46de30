import * as z from 'zod';
import { askToImport } from '../../core/work/imports.js';
import { type AnyEndpoint, endpoint } from '../http/endpoint.js';
import { decimal, messageName, shortId, text, uid } from '../http/fields.js';
import { Problem } from '../http/problem.js';
import { echo } from '../pacs/store.js';
import { pacsNamed, remoteOf } from '../query/remote.js';
import { findPatients, findSeries, findStudies } from '../query/levels.js';
import type { ApiDeps } from './deps.js';
import { letterOf } from './messages.js';

/** What the PACS of the practice have, by C-FIND; a study that is found is sent by naming it, with its PACS, in `POST /messages`. */
export function pacsEndpoints(deps: ApiDeps): AnyEndpoint[] {
  const searches = [patientSearch(deps), studySearch(deps), seriesSearch(deps)];
  return [listPacs(deps), echoPacs(deps), ...searches, storeMessage(deps)];
}

const common = { tag: 'pacs', scope: 'pacs', problems: ['not-found', 'pacs-failed'] } as const;
const params = z.strictObject({ pacs: shortId });
const LIMIT = 200;

function listPacs({ pacs }: ApiDeps): AnyEndpoint {
  const view = z.object({ pacs: z.string(), aeTitle: z.string(), store: z.enum(['all', 'match', 'none']) });
  return endpoint({
    ...common,
    ...{ method: 'get', path: '/pacs', id: 'listPacs', summary: 'The PACS of the configuration' },
    answers: { 200: { description: 'PACS', schema: z.object({ pacs: z.array(view) }) } },
    handle(_call, response) {
      response.json({ pacs: pacs.map(({ name, aeTitle, store }) => ({ pacs: name, aeTitle, store })) });
    },
  });
}

function echoPacs({ pacs }: ApiDeps): AnyEndpoint {
  return endpoint({
    ...common,
    ...{ method: 'post', path: '/pacs/{pacs}/echo', id: 'echoPacs', summary: 'Whether a PACS is there and knows us' },
    params,
    answers: { 204: { description: 'It is (C-ECHO)' } },
    async handle({ params: { pacs: name } }, response) {
      await echo(pacsNamed(pacs, name));
      response.status(204).end();
    },
  });
}

const patientCriteria = {
  patientId: text(64).optional(),
  patientName: text(200).optional(),
  birthDate: text(20).optional(),
};
const studyCriteria = {
  ...patientCriteria,
  accessionNumber: text(64).optional(),
  studyDate: text(20).optional(),
  modality: text(16).optional(),
  studyInstanceUid: uid.optional(),
};
const limit = { limit: decimal(1, 1000).optional() };

/** A PACS that is asked for everything may be busy with it for minutes. */
function assertNarrow(criteria: Readonly<Record<string, string | number | undefined>>): void {
  const isNarrow = Object.values(criteria).some((value) => typeof value === 'string' && /[^*?]/.test(value));
  if (!isNarrow) throw new Problem('request-invalid', { detail: 'at least one criterion' });
}

export const patientView = z.object({
  patientId: z.string(),
  issuer: z.string(),
  patientName: z.string(),
  birthDate: z.string(),
  sex: z.string(),
});

const MORE = z.boolean().meta({ description: 'There are more than `limit`: ask more narrowly' });

function patientSearch({ pacs }: ApiDeps): AnyEndpoint {
  return endpoint({
    ...common,
    ...{ method: 'get', path: '/pacs/{pacs}/patients', id: 'searchPacsPatients', summary: 'Patients of a PACS' },
    description: 'Values are matched by the PACS: `*` and `?`, ranges of dates like `19600101-19601231`.',
    params,
    query: z.strictObject({ ...patientCriteria, ...limit }),
    answers: {
      200: { description: 'Patients', schema: z.object({ patients: z.array(patientView), more: MORE }) },
    },
    async handle({ params: { pacs: name }, query: { limit: most = LIMIT, ...criteria } }, response) {
      assertNarrow(criteria);
      const { rows, isCut } = await findPatients(remoteOf(pacsNamed(pacs, name)), criteria, most);
      response.json({ patients: rows.map(({ accessionNumber: _, ...row }) => row), more: isCut });
    },
  });
}

export const studyView = patientView.extend({
  studyInstanceUid: z.string(),
  studyDate: z.string(),
  studyTime: z.string(),
  description: z.string(),
  accessionNumber: z.string(),
  referringPhysician: z.string(),
  modalities: z.array(z.string()),
  series: z.number().int().nullable(),
  instances: z.number().int().nullable().meta({ description: 'null where the PACS does not count' }),
});

function studySearch({ pacs }: ApiDeps): AnyEndpoint {
  return endpoint({
    ...common,
    ...{ method: 'get', path: '/pacs/{pacs}/studies', id: 'searchPacsStudies', summary: 'Studies of a PACS' },
    description: 'Values are matched by the PACS: `*` and `?`, ranges of dates like `20260101-20261231`.',
    params,
    query: z.strictObject({ ...studyCriteria, ...limit }),
    answers: { 200: { description: 'Studies', schema: z.object({ studies: z.array(studyView), more: MORE }) } },
    async handle({ params: { pacs: name }, query: { limit: most = LIMIT, ...criteria } }, response) {
      assertNarrow(criteria);
      const { rows, isCut } = await findStudies(remoteOf(pacsNamed(pacs, name)), criteria, most);
      response.json({ studies: rows, more: isCut });
    },
  });
}

export const seriesView = z.object({
  seriesInstanceUid: z.string(),
  modality: z.string(),
  number: z.string(),
  description: z.string(),
  instances: z.number().int().nullable(),
});

function seriesSearch({ pacs }: ApiDeps): AnyEndpoint {
  return endpoint({
    ...common,
    ...{ method: 'get', path: '/pacs/{pacs}/studies/{study}/series', id: 'searchPacsSeries' },
    summary: 'Series of a study of a PACS',
    params: params.extend({ study: uid }),
    answers: { 200: { description: 'Series', schema: z.object({ series: z.array(seriesView), more: MORE }) } },
    async handle({ params: { pacs: name, study } }, response) {
      const { rows, isCut } = await findSeries(remoteOf(pacsNamed(pacs, name)), study, LIMIT);
      response.json({ series: rows, more: isCut });
    },
  });
}

/** The same as the web client's button: the asking goes over the own mailbox, and every device sees it. */
function storeMessage({ pacs, desk, incoming }: ApiDeps): AnyEndpoint {
  return endpoint({
    ...common,
    ...{ method: 'post', path: '/pacs/{pacs}/messages/{message}', id: 'storeMessage' },
    summary: "Store a received message's instances in a PACS",
    description:
      'For a PACS that does not get everything by itself (`store: none`), or once more. `GET /messages/{message}/deeds` says how far it is.',
    params: params.extend({ message: messageName }),
    answers: { 202: { description: 'Asked for; it is stored when all of it is here' } },
    problems: [...common.problems, 'conflict'],
    async handle({ params: { pacs: name, message } }, response) {
      pacsNamed(pacs, name);
      const letter = letterOf({ desk }, message);
      if (letter.isOwn) throw new Problem('conflict', { detail: 'an own message' });
      await askToImport(desk, letter, name);
      await incoming.look();
      response.status(202).end();
    },
  });
}
