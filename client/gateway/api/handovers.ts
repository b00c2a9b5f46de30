import * as z from 'zod';
import { type AnyEndpoint, endpoint } from '../http/endpoint.js';
import { messageName, shortId, text, timestamp } from '../http/fields.js';
import { Problem } from '../http/problem.js';
import { localPatientFields } from '../patients/local-patients.js';
import type { ApiDeps } from './deps.js';
import { iso } from './views.js';

/** What the practice's systems have got, and whose it is where a person has to say so. */

export const deedView = z.object({
  kind: z.enum(['pacs', 'export', 'exchange', 'webhook']),
  target: z.string().meta({ description: 'A name of the configuration' }),
  state: z.enum(['working', 'waiting', 'done', 'failed']),
  instances: z.number().int(),
  total: z.number().int(),
  code: z.string().nullable().meta({ description: 'Why it waits or has failed, for instance `patient-unknown`' }),
  at: timestamp,
});

export function handOverEndpoints(deps: ApiDeps): AnyEndpoint[] {
  const { incoming } = deps;
  const params = z.strictObject({ message: messageName });
  return [
    endpoint({
      ...{ method: 'get', path: '/messages/{message}/deeds', id: 'listDeeds', tag: 'messages', scope: 'messages:read' },
      summary: 'Which systems of the practice have got it: PACS, folders, practice software',
      params,
      answers: { 200: { description: 'By target', schema: z.object({ deeds: z.array(deedView) }) } },
      problems: ['not-found'],
      handle({ params: { message } }, response) {
        const deeds = incoming
          .get(message)
          .deeds.map(({ atMs, confirmed: _, ...deed }) => ({ ...deed, at: iso(atMs) }));
        response.json({ deeds });
      },
    }),
    endpoint({
      ...{ method: 'post', path: '/messages/{message}/handover', id: 'decideHandOver', tag: 'messages' },
      scope: 'imports',
      summary: 'Say whose report it is, so that the practice software gets it under this number',
      params,
      body: z.strictObject({
        person: text(100).min(1).meta({ description: 'Who decides, for the record' }),
        exchange: shortId.optional().meta({ description: 'Only this one; without it all of the configuration' }),
        patient: z.strictObject(localPatientFields),
      }),
      answers: { 204: { description: 'Written down; it is handed over next' } },
      problems: ['not-found', 'conflict'],
      async handle({ params: { message: name }, body: { person, exchange, patient } }, response) {
        const message = incoming.get(name);
        const { store, targets, again } = deps.handOvers ?? missing();
        const wanted = targets.filter((one) => exchange === undefined || one === exchange);
        if (wanted.length === 0) missing();
        const isDone = (target: string): boolean =>
          message.deeds.some((deed) => deed.kind === 'exchange' && deed.target === target && deed.state === 'done');
        const open = wanted.filter((target) => !isDone(target));
        if (open.length === 0) throw new Problem('conflict', { detail: 'handed over already' });
        const decision = { patient: { ...patient, source: 'person' as const }, by: person, atMs: Date.now() };
        for (const target of open) await store.save(name, target, { ...(await store.of(name, target)), decision });
        again();
        response.status(204).end();
      },
    }),
  ];
}

/** Without a section `exchange` there is nothing to decide. */
function missing(): never {
  throw new Problem('not-found', { detail: 'no such exchange' });
}
