import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { createApp } from '../../server/app.js';
import { createLog } from '../../server/log.js';
import type { OpenApiDocument } from '../../server/openapi/document.js';
import { type OperationGroup, renderOperations } from '../../server/openapi/typescript.js';

const FOLDER = resolve(import.meta.dirname, '../../client/core/relay/operations');

const FILES: Readonly<Record<string, OperationGroup>> = {
  'public-operations.ts': 'PublicOperations',
  'mailbox-operations.ts': 'MailboxOperations',
  'message-operations.ts': 'MessageOperations',
};

/** The document of the relay as it is in this folder: it is read off the mounted routes, and needs no database. */
export async function currentDocument(): Promise<OpenApiDocument> {
  const deps = {
    log: createLog('silent'),
    origin: () => 'http://127.0.0.1',
    registrars: [],
    web: null,
    version: '0.0.0',
  };
  const server = createServer(createApp(deps as unknown as Parameters<typeof createApp>[0]));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    return (await (await fetch(`http://127.0.0.1:${port}/api/openapi.json`)).json()) as OpenApiDocument;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** The files of the client core that are made of it, by their paths. */
export async function apiClientFiles(document: OpenApiDocument): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const [name, group] of Object.entries(FILES)) {
    const path = join(FOLDER, name);
    const options = await resolveConfig(path);
    files.set(path, await format(renderOperations(document, group), { ...options, filepath: path }));
  }
  return files;
}
