import type { Response } from 'express';
import * as z from 'zod';
import { type AnyEndpoint, endpoint } from '../http/endpoint.js';
import { page, timestamp } from '../http/fields.js';
import { Problem } from '../http/problem.js';
import { isHookAddress } from '../webhooks/address.js';
import { EVENT_TYPES, type EventLog, type GatewayEvent } from '../webhooks/event-log.js';
import type { Hook } from '../webhooks/hook-store.js';
import { newSecret } from '../webhooks/signature.js';
import type { ApiDeps } from './deps.js';

const eventView = z.object({
  seq: z.number().int(),
  type: z.enum(EVENT_TYPES),
  time: timestamp,
  data: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
});

const hookView = z.object({
  webhook: z.string(),
  url: z.string(),
  events: z.array(z.enum(EVENT_TYPES)),
  createdAt: timestamp,
  pending: z.number().int(),
});

const attempt = z.object({
  at: timestamp,
  status: z.number().int().nullable(),
  failure: z.enum(['status', 'timeout', 'unreachable']).nullable(),
  ms: z.number().int(),
});
const deliveryView = z.object({
  delivery: z.string(),
  eventSeq: z.number().int(),
  state: z.enum(['pending', 'delivered', 'failed']),
  nextAt: timestamp.nullable(),
  attempts: z.array(attempt),
});

const MAX_HOOKS = 50;
const params = z.strictObject({ webhook: z.string().regex(/^[0-9a-f]{16}$/) });
const common = { tag: 'webhooks', scope: 'webhooks', problems: ['not-found', 'too-many'] } as const;

export function hookEndpoints(deps: ApiDeps): AnyEndpoint[] {
  return [...registration(deps), testEndpoint(deps), ...deliveries(deps), ...eventEndpoints(deps)];
}

/** Another client's is as if it were not there. */
function own({ hooks }: ApiDeps, id: string, keyId: string | undefined): Hook {
  const hook = hooks.get(id);
  if (hook === null || hook.keyId !== keyId) throw new Problem('not-found');
  return hook;
}

function viewOf({ id, url, events, createdAt, deliveries: all }: Hook): z.infer<typeof hookView> {
  const pending = all.filter(({ state }) => state === 'pending').length;
  return { webhook: id, url, events: [...events], createdAt, pending };
}

function registration(deps: ApiDeps): AnyEndpoint[] {
  const { hooks, events } = deps;
  return [
    endpoint({
      ...common,
      ...{ method: 'post', path: '/webhooks', id: 'createWebhook', summary: 'Be told what happens from now on' },
      body: z.strictObject({
        url: z.string().max(2048).refine(isHookAddress, 'https, or http within the practice'),
        events: z.array(z.enum(EVENT_TYPES)).min(1).max(EVENT_TYPES.length),
      }),
      answers: {
        201: {
          description: 'The secret is said here and nowhere else',
          schema: hookView.extend({ secret: z.string() }),
        },
      },
      async handle({ body, key }, response) {
        if (hooks.list().length >= MAX_HOOKS) throw new Problem('too-many');
        const secret = newSecret();
        const createdAt = new Date().toISOString();
        const hook = await hooks.create({ ...body, keyId: key?.id ?? '', secret, createdAt, cursor: events.last });
        response.status(201).json({ ...viewOf(hook), secret });
      },
    }),
    endpoint({
      ...common,
      ...{ method: 'get', path: '/webhooks', id: 'listWebhooks', summary: "This key's webhooks" },
      answers: { 200: { description: 'Webhooks', schema: z.object({ webhooks: z.array(hookView) }) } },
      handle({ key }, response) {
        response.json({
          webhooks: hooks
            .list()
            .filter(({ keyId }) => keyId === key?.id)
            .map(viewOf),
        });
      },
    }),
    endpoint({
      ...common,
      ...{ method: 'delete', path: '/webhooks/{webhook}', id: 'deleteWebhook', summary: 'Be told no more' },
      params,
      answers: { 204: { description: 'Gone' } },
      async handle({ params: { webhook }, key }, response) {
        await hooks.remove(own(deps, webhook, key?.id).id);
        response.status(204).end();
      },
    }),
  ];
}

function testEndpoint(deps: ApiDeps): AnyEndpoint {
  const { events, deliverer } = deps;
  return endpoint({
    ...common,
    ...{
      method: 'post',
      path: '/webhooks/{webhook}/test',
      id: 'testWebhook',
      summary: 'Have a test notification sent',
    },
    params,
    answers: { 202: { description: 'Under way', schema: eventView } },
    async handle({ params: { webhook }, key }, response) {
      const hook = own(deps, webhook, key?.id);
      const event = await events.append('webhook.test', { webhook: hook.id });
      await deliverer.offer(hook.id, event.seq);
      response.status(202).json(event);
    },
  });
}

function deliveries(deps: ApiDeps): AnyEndpoint[] {
  return [
    endpoint({
      ...common,
      ...{
        method: 'get',
        path: '/webhooks/{webhook}/deliveries',
        id: 'listDeliveries',
        summary: 'What was tried, and with what success',
      },
      params,
      answers: { 200: { description: 'Oldest first', schema: z.object({ deliveries: z.array(deliveryView) }) } },
      handle({ params: { webhook }, key }, response) {
        const all = own(deps, webhook, key?.id).deliveries.map(({ id, eventSeq, state, nextMs, attempts }) => {
          return {
            delivery: id,
            eventSeq,
            state,
            nextAt: nextMs === null ? null : new Date(nextMs).toISOString(),
            attempts,
          };
        });
        response.json({ deliveries: all });
      },
    }),
    endpoint({
      ...common,
      ...{
        method: 'post',
        path: '/webhooks/{webhook}/deliveries/{delivery}/redeliver',
        id: 'redeliver',
        summary: 'Tell it once more',
      },
      params: params.extend({ delivery: z.string().regex(/^evt_[0-9a-f]{24}$/) }),
      answers: { 202: { description: 'Under way' } },
      async handle({ params: { webhook, delivery }, key }, response) {
        const { id } = own(deps, webhook, key?.id);
        if (!(await deps.deliverer.redeliver(id, delivery))) throw new Problem('not-found');
        response.status(202).end();
      },
    }),
  ];
}

const MAX_STREAMS = 50;
/** Proxies and clients end what is silent for longer. */
const HEARTBEAT_MS = 15_000;

function eventEndpoints({ events }: ApiDeps): AnyEndpoint[] {
  let streams = 0;
  return [
    endpoint({
      ...common,
      ...{ method: 'get', path: '/events', id: 'listEvents', summary: 'What has happened, by number' },
      query: z.strictObject(page),
      answers: {
        200: { description: 'Oldest first', schema: z.object({ events: z.array(eventView), first: z.number().int() }) },
      },
      handle({ query: { after = 0, limit = 100 } }, response) {
        response.json({ events: events.after(after, limit), first: events.first });
      },
    }),
    endpoint({
      ...common,
      ...{ method: 'get', path: '/events/stream', id: 'streamEvents', summary: 'The same as it happens' },
      description:
        'Server-sent events. With `Last-Event-ID` what came after that is told first; `gap` says that something of it is no longer known.',
      headers: [{ name: 'Last-Event-ID', description: 'The last number that was seen', pattern: '^[0-9]{1,15}$' }],
      answers: { 200: { description: 'Goes on', types: ['text/event-stream'] } },
      handle({ request }, response) {
        const last = request.headers['last-event-id'] ?? String(events.last);
        if (typeof last !== 'string' || !/^[0-9]{1,15}$/.test(last))
          throw new Problem('request-invalid', { fields: ['Last-Event-ID'] });
        if (streams >= MAX_STREAMS) throw new Problem('too-many');
        streams += 1;
        response.once('close', () => void (streams -= 1));
        stream(events, response, Number(last));
      },
    }),
  ];
}

/** A client that reads too slowly is let go: with its last number it loses nothing. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

function stream(events: EventLog, response: Response, after: number): void {
  response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  const send = ({ seq, type, time, data }: GatewayEvent): void => {
    response.write(`id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify({ seq, type, time, data })}\n\n`);
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
  };
  if (after + 1 < events.first) response.write('event: gap\ndata: {}\n\n');
  const subscription = events.subscribe(send);
  for (const event of events.after(after, events.last)) send(event);
  const beat = setInterval(() => response.write(': \n\n'), HEARTBEAT_MS).unref();
  response.once('close', () => {
    clearInterval(beat);
    subscription[Symbol.dispose]();
  });
}
