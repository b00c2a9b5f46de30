import { mkdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { RequestHandler, Router } from 'express';
import { createApp } from '../../client/gateway/http/app.js';
import { hostNames } from '../../client/gateway/http/guard.js';
import { type KeyFolder, openKeys, type Scope, SCOPES } from '../../client/gateway/http/keys.js';
import { listen } from '../../client/gateway/http/listen.js';
import { createFolder } from './folder.js';
import { type Ask, gatewayAsker } from './http.js';

/** A gateway's HTTP side alone, on a real port, with keys, and whatever routers a test gives it. */
export interface GatewayHttp {
  readonly url: string;
  readonly folder: string;
  readonly keys: KeyFolder;
  /** With a key that may do everything. */
  readonly ask: Ask;
  readonly token: string;
  /** Failures that were logged. */
  readonly failures: unknown[];
  tokenFor(...scopes: readonly Scope[]): Promise<string>;
  close(): Promise<void>;
}

export interface GatewayHttpParts {
  readonly keys: KeyFolder;
  readonly folder: string;
}

type Routers = readonly (readonly [string, Router | RequestHandler])[];

export async function startGatewayHttp(
  routersOf: (parts: GatewayHttpParts) => Routers | Promise<Routers>,
  origins: readonly string[] = [],
): Promise<GatewayHttp> {
  const folder = await createFolder();
  const keys = openKeys(join(folder.path, 'keys'));
  const routers = await routersOf({ keys, folder: folder.path });
  const failures: unknown[] = [];
  const listening = await listen('127.0.0.1', 0, null, (port) =>
    createApp({
      guard: {
        hosts: () => hostNames('127.0.0.1', port, 'http', []),
        scheme: 'http',
        origins: new Set(origins),
      },
      log: { done: () => undefined, failed: (entry) => void failures.push(entry) },
      routers,
    }),
  );
  const url = `http://127.0.0.1:${listening.port}`;
  const { token } = await keys.add('Test', SCOPES);
  return {
    url,
    folder: folder.path,
    keys,
    token,
    ask: gatewayAsker(url, token),
    failures,
    tokenFor: async (...scopes) => (await keys.add('Test', scopes)).token,
    async close() {
      await listening[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
}

/** A message's folder as receiving leaves it: files in place, and a manifest that says complete. */
export async function writeMessage(
  folder: string,
  files: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly sop: string | null }>,
): Promise<void> {
  const rows = [];
  for (const [path, { bytes, sop }] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    rows.push({ path, bytes: bytes.length, sha256, sopInstanceUid: sop });
  }
  const instances = rows.filter(({ sopInstanceUid }) => sopInstanceUid !== null).length;
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ complete: true, instances, files: rows }));
}
