import { once } from 'node:events';
import { type Socket, createServer } from 'node:net';
import { type Command, type CommandFields, encodeCommand, parseCommand } from '../../client/gateway/dimse/command.js';
import { type Key, encodeIdentifier, parseIdentifier } from '../../client/gateway/dimse/identifier.js';
import { type Link, createLink } from '../../client/gateway/dimse/link.js';
import { type DicomJson } from '../../client/gateway/received/data-set.js';
import { type PacsConfig } from '../../client/gateway/config/config.js';

/** A PACS that answers what a test has written down, well or badly: it accepts every context, and says for each request what `answer` gives. */
export interface ScriptedPacs extends AsyncDisposable {
  readonly port: number;
  /** What it was asked, in order. */
  readonly asked: readonly Asked[];
  readonly config: PacsConfig;
}

export interface Asked {
  readonly command: Command;
  readonly identifier: DicomJson;
}

export interface Said {
  readonly command: Omit<CommandFields, 'hasDataSet' | 'respondedTo'> & { readonly respondedTo?: number };
  readonly keys?: readonly Key[];
}

const IMPLICIT = '1.2.840.10008.1.2';

/** @param answer its last one ends the request; a function is called when its turn comes; `hang up` ends the connection */
export async function scriptedPacs(
  answer: (asked: Asked) => Iterable<Said | 'hang up'> | AsyncIterable<Said | 'hang up'>,
  accepts: (abstractSyntax: string) => boolean = () => true,
): Promise<ScriptedPacs> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    void serve(createLink(socket, { maxPduBytes: 131_072, idleMs: 20_000 }), asked, answer, accepts)
      .catch(() => undefined)
      .finally(() => {
        socket.destroy();
        sockets.delete(socket);
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const config: PacsConfig = {
    ...{ name: 'archiv', host: '127.0.0.1', port, aeTitle: 'PACS', callingAeTitle: 'BILDBOTE', timeout: 5000 },
    ...{ store: 'match', commitment: 'auto', commitmentWait: 60_000 },
  };
  return {
    ...{ port, asked, config },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

async function serve(
  link: Link,
  asked: Asked[],
  answer: Parameters<typeof scriptedPacs>[0],
  accepts: (abstractSyntax: string) => boolean,
): Promise<void> {
  const first = await link.read();
  if (first.kind !== 'associate-rq') return;
  const contexts = first.contexts.map(({ id, abstractSyntax, transferSyntaxes }) => {
    const result = accepts(abstractSyntax) ? ('accepted' as const) : ('abstract-syntax' as const);
    return { id, result, transferSyntax: transferSyntaxes[0] ?? '' };
  });
  await link.send({ ...first, kind: 'associate-ac', contexts });
  for (;;) {
    const request = await readRequest(link);
    if (request === null) return void (await link.send({ kind: 'release-rp' }));
    const { contextId, command, bytes } = request;
    const one: Asked = { command, identifier: await parseIdentifier(bytes, IMPLICIT) };
    asked.push(one);
    for await (const said of answer(one)) {
      if (said === 'hang up') return;
      await say(link, contextId, command.messageId, said);
    }
  }
}

async function say(link: Link, contextId: number, messageId: number, { command, keys }: Said): Promise<void> {
  const fields = { respondedTo: messageId, ...command, hasDataSet: keys !== undefined };
  const pdv = (isCommand: boolean, data: Uint8Array) => ({ contextId, isCommand, isLast: true, data });
  const identifier = keys === undefined ? [] : [pdv(false, encodeIdentifier(keys))];
  await link.send({ kind: 'data', pdvs: [pdv(true, encodeCommand(fields)), ...identifier] });
}

async function readRequest(link: Link) {
  const [commands, data]: [Buffer[], Buffer[]] = [[], []];
  for (;;) {
    const pdu = await link.read();
    if (pdu.kind !== 'data') return null;
    for (const { contextId, isCommand, isLast, data: piece } of pdu.pdvs) {
      (isCommand ? commands : data).push(Buffer.from(piece));
      if (!isLast) continue;
      const command = parseCommand(Buffer.concat(commands));
      if (!isCommand || !command.hasDataSet) return { contextId, command, bytes: Buffer.concat(data) };
    }
  }
}
