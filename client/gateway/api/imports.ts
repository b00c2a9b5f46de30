import * as z from 'zod';
import { type AnyEndpoint, type Call, endpoint } from '../http/endpoint.js';
import { messageName, shortId, text, timestamp, uid } from '../http/fields.js';
import { Problem } from '../http/problem.js';
import { type Imports, candidateOf } from '../import/imports.js';
import type { Decision, ImportRecord } from '../import/records.js';
import { type LocalPatient, type LocalPatients, localPatientFields } from '../patients/local-patients.js';
import type { ApiDeps } from './deps.js';
import { iso } from './views.js';

/** Into the right patient: what was compared, what waits for a person, and what the practice's programs know of their patients. */
export function importEndpoints(deps: ApiDeps): AnyEndpoint[] {
  return [listImports(deps), decideImport(deps), compareAgain(deps), ...localPatientEndpoints(deps)];
}

const common = { tag: 'pacs', scope: 'imports', problems: ['not-found', 'conflict'] } as const;

const patientView = z.object({
  ...{ patientId: z.string(), issuer: z.string(), name: z.string(), birthDate: z.string(), sex: z.string() },
  ...{ accessionNumber: z.string(), source: z.string() },
});
const verdict = z.enum(['exact', 'probable', 'none']);
const importView = z.object({
  message: z.string(),
  studyInstanceUid: z.string(),
  pacs: z.string(),
  instances: z.number().int(),
  incoming: z.object({
    ...{ patientId: z.string(), name: z.string(), birthDate: z.string(), sex: z.string(), accessionNumber: z.string() },
    isMixed: z.boolean().meta({ description: 'Instances of the study do not agree about whom they show' }),
  }),
  verdict,
  candidates: z.array(z.object({ patient: patientView, verdict })),
  comparedAt: timestamp,
  decision: z
    .object({
      kind: z.enum(['assign', 'as-signed', 'refuse']),
      by: z.string().meta({ description: '`comparison` where no person had to decide' }),
      at: timestamp,
      patient: patientView.nullable(),
    })
    .nullable(),
});

function viewOf(message: string, record: ImportRecord): z.infer<typeof importView> {
  const { comparedMs, decision, ...rest } = record;
  return { message, ...rest, comparedAt: iso(comparedMs), decision: decision === null ? null : decisionView(decision) };
}

function decisionView(decision: Decision) {
  const { kind, by, atMs } = decision;
  return { kind, by, at: iso(atMs), patient: kind === 'assign' ? decision.patient : null };
}

/** @throws Problem `not-found` where nothing is stored in a PACS */
function importsOf({ imports }: ApiDeps): Imports {
  if (imports === null) throw new Problem('not-found');
  return imports;
}

function patientsOf({ patients }: ApiDeps): LocalPatients {
  if (patients === null) throw new Problem('not-found');
  return patients;
}

function listImports(deps: ApiDeps): AnyEndpoint {
  return endpoint({
    ...common,
    ...{ method: 'get', path: '/imports', id: 'listImports' },
    summary: 'Received studies and whose they are here; `state=waiting` for those that need a person',
    query: z.strictObject({ state: z.enum(['waiting', 'decided']).optional(), message: messageName.optional() }),
    answers: { 200: { description: 'Imports', schema: z.object({ imports: z.array(importView) }) } },
    handle({ query: { state, message } }, response) {
      const all = [...importsOf(deps).all()].flatMap(([name, records]) => records.map((one) => viewOf(name, one)));
      const imports = all
        .filter((one) => message === undefined || one.message === message)
        .filter(({ decision }) => state === undefined || (decision === null) === (state === 'waiting'));
      response.json({ imports });
    },
  });
}

const person = text(100).min(1).meta({ description: 'Who decides, for the record' });
const pacs = shortId.optional().meta({ description: 'Only there; without it wherever the study waits' });
const decisionBody = z.discriminatedUnion('decision', [
  z
    .strictObject({
      ...{ decision: z.literal('assign'), person, pacs, patientId: text(64).min(1), issuer: text(64).optional() },
    })
    .meta({ description: 'One of the candidates' }),
  z
    .strictObject({ decision: z.literal('assign-other'), person, pacs, patient: z.strictObject(localPatientFields) })
    .meta({ description: 'A patient that the caller names' }),
  z
    .strictObject({ decision: z.literal('as-signed'), person, pacs })
    .meta({ description: "Under the sender's patient number" }),
  z.strictObject({ decision: z.literal('refuse'), person, pacs }).meta({ description: 'It stays out of the PACS' }),
]);

function decideImport(deps: ApiDeps): AnyEndpoint {
  const params = z.strictObject({ message: messageName, study: uid });
  return endpoint({
    ...common,
    ...{ method: 'post', path: '/messages/{message}/imports/{study}', id: 'decideImport' },
    summary: 'Say whose study it is, or that it is nobody’s here',
    params,
    body: decisionBody,
    answers: { 204: { description: 'Written down; the study is stored next' } },
    async handle({ params: { message, study }, body }, response) {
      const imports = importsOf(deps);
      const decision = decisionOf(body, imports.of(message), study);
      await imports.decide(message, study, body.pacs ?? null, decision);
      response.status(204).end();
    },
  });
}

function decisionOf(body: z.output<typeof decisionBody>, records: readonly ImportRecord[], study: string): Decision {
  const by = { by: body.person, atMs: Date.now() };
  switch (body.decision) {
    case 'assign': {
      const patient = candidateOf(records, study, body.patientId, body.issuer ?? null);
      return { kind: 'assign', patient, ...by };
    }
    case 'assign-other':
      return { kind: 'assign', patient: { ...body.patient, source: 'person' }, ...by };
    case 'as-signed':
    case 'refuse':
      return { kind: body.decision, ...by };
  }
}

function compareAgain(deps: ApiDeps): AnyEndpoint {
  return endpoint({
    ...common,
    ...{ method: 'post', path: '/imports/compare', id: 'compareImports' },
    summary: 'Compare what waits for a person once more',
    answers: { 202: { description: 'Under way' } },
    handle(_call, response) {
      importsOf(deps).compareAgain();
      response.status(202).end();
    },
  });
}

const MINUTE_MS = 60_000;
const MAX_MINUTES = 90 * 24 * 60;
const offer = z.strictObject({
  ...localPatientFields,
  keepMinutes: z
    .int()
    .min(1)
    .max(MAX_MINUTES)
    .default(24 * 60),
});

function localPatientEndpoints(deps: ApiDeps): AnyEndpoint[] {
  const key = z.strictObject({ patientId: text(64).min(1), issuer: text(64).default('') });
  return [
    endpoint({
      ...common,
      ...{ method: 'put', path: '/local-patients', id: 'offerLocalPatient' },
      summary: "Name one of the practice's own patients, for studies that are about to come",
      body: offer,
      answers: { 204: { description: 'Known from now on; what waits for a person is compared once more' } },
      async handle({ body: { keepMinutes, ...patient } }: Call<unknown, unknown, z.output<typeof offer>>, response) {
        const local: LocalPatient = { ...patient, source: 'pvs' };
        await patientsOf(deps).offer(local, keepMinutes * MINUTE_MS);
        response.status(204).end();
      },
    }),
    endpoint({
      ...common,
      ...{ method: 'get', path: '/local-patients', id: 'listLocalPatients', summary: 'Those that are known now' },
      answers: { 200: { description: 'Patients', schema: z.object({ patients: z.array(patientView) }) } },
      handle: (_call, response) => void response.json({ patients: patientsOf(deps).list() }),
    }),
    endpoint({
      ...common,
      ...{ method: 'delete', path: '/local-patients', id: 'forgetLocalPatient', summary: 'Forget one' },
      query: key,
      answers: { 204: { description: 'Forgotten' } },
      async handle({ query: { patientId, issuer } }, response) {
        await patientsOf(deps).forget(patientId, issuer);
        response.status(204).end();
      },
    }),
  ];
}
