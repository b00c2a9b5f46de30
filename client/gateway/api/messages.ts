import type { Response } from 'express';
import * as z from 'zod';
import { tellOwnDevices } from '../../core/contacts/own-devices.js';
import { confirmAgain } from '../../core/receive/confirm.js';
import { type Letter, receivedLetters, sentLetters } from '../../core/receive/inbox.js';
import { receiptsOf } from '../../core/receive/receipts.js';
import { verifiedBytes } from '../dicomweb/retrieve.js';
import { write } from '../dicomweb/multipart-answer.js';
import { type AnyEndpoint, endpoint } from '../http/endpoint.js';
import { decimal, messageName, page, timestamp } from '../http/fields.js';
import { Problem } from '../http/problem.js';
import type { ReceivedFile } from '../incoming/received-files.js';
import { isPdf } from '../orders/file-kind.js';
import type { ApiDeps } from './deps.js';
import { detailOf, iso, type LetterState, messageDetail, messageView, viewOf } from './views.js';

const params = z.strictObject({ message: messageName });
const reading = { tag: 'messages', scope: 'messages:read', problems: ['not-found', 'message-incomplete'] } as const;

export function messageEndpoints(deps: ApiDeps): AnyEndpoint[] {
  return [
    listMessages(deps),
    readMessage(deps),
    ...fileEndpoints(deps),
    receiptsEndpoint(deps),
    ...workEndpoints(deps),
  ];
}

function listMessages(deps: ApiDeps): AnyEndpoint {
  return endpoint({
    ...reading,
    ...{ method: 'get', path: '/messages', id: 'listMessages', summary: 'Messages by number, oldest first' },
    query: z.strictObject({ ...page, box: z.enum(['inbox', 'sent']).optional() }),
    answers: {
      200: {
        description: '`next` is what to ask for after, null when that was all',
        schema: z.object({ messages: z.array(messageView), next: z.number().int().nullable() }),
      },
    },
    handle({ query: { after = 0, limit = 100, box = 'inbox' } }, response) {
      const { desk } = deps;
      const all = box === 'sent' ? sentLetters(desk.account) : receivedLetters(desk.account);
      const later = all.filter(({ stored }) => stored.seq > after);
      const letters = later.slice(0, limit);
      const next = letters.length < later.length ? (letters.at(-1)?.stored.seq ?? null) : null;
      response.json({ messages: letters.map((letter) => viewOf(desk, letter, stateOf(deps, letter))), next });
    },
  });
}

function readMessage(deps: ApiDeps): AnyEndpoint {
  return endpoint({
    ...reading,
    ...{ method: 'get', path: '/messages/{message}', id: 'readMessage', summary: 'A message with its text' },
    params,
    answers: { 200: { description: 'The message', schema: messageDetail } },
    handle({ params: { message } }, response) {
      const letter = letterOf(deps, message);
      response.json(detailOf(deps.desk, letter, stateOf(deps, letter)));
    },
  });
}

/** @throws Problem `not-found`: by its whole name alone, a beginning is for people */
export function letterOf({ desk }: Pick<ApiDeps, 'desk'>, name: string): Letter {
  const letters = [...receivedLetters(desk.account), ...sentLetters(desk.account)];
  const letter = letters.find((one) => one.name === name);
  if (letter === undefined) throw new Problem('not-found');
  return letter;
}

function stateOf({ incoming }: Pick<ApiDeps, 'incoming'>, { name, isOwn, stored }: Letter): LetterState {
  if (isOwn && stored.part.role === 'bcc') return { state: 'sent', failure: null };
  return incoming.get(name);
}

const fileView = z.object({
  file: z.number().int(),
  kind: z.enum(['instance', 'document']),
  name: z.string(),
  bytes: z.number().int(),
  sha256: z.string(),
  sopInstanceUid: z.string().nullable(),
});

function fileEndpoints(deps: ApiDeps): AnyEndpoint[] {
  return [
    endpoint({
      ...reading,
      ...{
        method: 'get',
        path: '/messages/{message}/files',
        id: 'listFiles',
        summary: 'Instances and documents, verified',
      },
      params,
      answers: { 200: { description: 'Files', schema: z.object({ files: z.array(fileView) }) } },
      async handle({ params: { message } }, response) {
        const files = await filesOf(deps, message);
        response.json({ files: files.map(fileViewOf) });
      },
    }),
    endpoint({
      ...reading,
      ...{ method: 'get', path: '/messages/{message}/files/{file}', id: 'getFile', summary: 'A file, byte for byte' },
      params: params.extend({ file: decimal(0, 1_000_000) }),
      answers: { 200: { description: 'The bytes', types: ['application/dicom', 'application/octet-stream'] } },
      async handle({ params: { message, file } }, response) {
        const found = (await filesOf(deps, message))[file];
        if (found === undefined) throw new Problem('not-found');
        // Nothing that a sender has sent is shown by a browser as something of this place (attack A12).
        await sendFile(
          response,
          found,
          found.sopInstanceUid === null ? 'application/octet-stream' : 'application/dicom',
        );
      },
    }),
    endpoint({
      ...reading,
      ...{ method: 'get', path: '/messages/{message}/report', id: 'getReport', summary: 'The report as PDF' },
      params,
      answers: { 200: { description: 'The report', types: ['application/pdf'] } },
      async handle({ params: { message } }, response) {
        for (const file of await filesOf(deps, message)) {
          if (file.sopInstanceUid === null && (await isPdf(file.absolute))) {
            return sendFile(response, file, 'application/pdf');
          }
        }
        throw new Problem('not-found', { detail: 'no report in this message' });
      },
    }),
  ];
}

async function filesOf({ incoming }: ApiDeps, message: string): Promise<readonly ReceivedFile[]> {
  return incoming.files(message);
}

function fileViewOf({ path, bytes, sha256, sopInstanceUid }: ReceivedFile, file: number): z.infer<typeof fileView> {
  const kind = sopInstanceUid === null ? 'document' : 'instance';
  return { file, kind, name: path.slice(path.lastIndexOf('/') + 1), bytes, sha256, sopInstanceUid };
}

async function sendFile(response: Response, { absolute, bytes, sha256 }: ReceivedFile, type: string): Promise<void> {
  response.set({ 'Content-Type': type, 'Content-Length': String(bytes), 'Content-Disposition': 'attachment' });
  for await (const chunk of verifiedBytes({ path: absolute, bytes, sha256 })) await write(response, chunk);
  response.end();
}

const receiptView = z.object({
  kind: z.string(),
  mailbox: z.string().nullable(),
  member: z.string(),
  at: timestamp,
  instances: z.number().int(),
  total: z.number().int(),
  agrees: z.boolean().meta({ description: 'The receiver has counted what was sent' }),
});

function receiptsEndpoint(deps: ApiDeps): AnyEndpoint {
  return endpoint({
    ...reading,
    ...{
      method: 'get',
      path: '/messages/{message}/receipts',
      id: 'listReceipts',
      summary: 'Who has signed to have it',
    },
    params,
    answers: { 200: { description: 'Receipts', schema: z.object({ receipts: z.array(receiptView) }) } },
    handle({ params: { message } }, response) {
      const receipts = receiptsOf(deps.desk.account, letterOf(deps, message)).map(({ receipt, from, agrees }) => {
        const { kind, instances, total, timeMs, member } = receipt;
        return { kind, mailbox: from, member: member.label, at: iso(timeMs), instances, total, agrees };
      });
      response.json({ receipts });
    },
  });
}

type Deed = 'claim' | 'done' | 'opened' | 'attended';

const DEEDS: Readonly<Record<Deed, string>> = {
  claim: 'Take a message on, for all devices of the mailbox to see',
  done: 'Say that it is done',
  opened: 'Tell the sender, signed, that it was opened',
  attended: 'Say that somebody has seen an urgent message',
};

function workEndpoints(deps: ApiDeps): AnyEndpoint[] {
  return (Object.keys(DEEDS) as Deed[]).map((deed) =>
    endpoint({
      ...reading,
      ...{ method: 'post', path: `/messages/{message}/${deed}`, id: `${deed}Message`, summary: DEEDS[deed] },
      params,
      answers: { 204: { description: 'Done; other devices learn of it with their next look' } },
      async handle({ params: { message } }, response) {
        await perform(deps, deed, letterOf(deps, message));
        response.status(204).end();
      },
    }),
  );
}

async function perform({ desk, incoming }: ApiDeps, deed: Deed, letter: Letter): Promise<void> {
  const { header, seq } = letter.stored;
  switch (deed) {
    case 'claim':
    case 'done':
      await tellOwnDevices(desk, {
        op: deed,
        target: { sender: header.sender.mailboxId, messageId: header.messageId },
      });
      // So that whoever reads it next sees it; files that are being fetched are not waited for.
      return incoming.look();
    case 'opened':
      if (!desk.account.state.completed.has(letter.key)) throw new Problem('message-incomplete');
      return confirmAgain(desk, letter);
    case 'attended':
      if (letter.body.urgency === null || letter.isOwn) throw new Problem('conflict', { detail: 'not urgent' });
      return desk.relay.attend(seq);
  }
}
