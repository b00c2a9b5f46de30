import { Router } from 'express';
import { type AnyEndpoint, mount } from '../http/endpoint.js';
import type { KeyFolder } from '../http/keys.js';
import { openApi } from '../http/openapi.js';
import { type ApiDocument, apiPage } from '../page/api-page.js';
import { sendPage } from '../page/html.js';
import type { ApiDeps } from './deps.js';
import { deidentifyEndpoints } from './deidentify.js';
import { handOverEndpoints } from './handovers.js';
import { hookEndpoints } from './hooks.js';
import { importEndpoints } from './imports.js';
import { messageEndpoints } from './messages.js';
import { pacsEndpoints } from './pacs.js';
import { searchEndpoints } from './search.js';
import { sendEndpoints } from './send.js';
import { withdrawEndpoints } from './withdraw.js';

export const API_PATH = '/api/v1';

const INFO = {
  title: 'Bildbote gateway',
  version: '1',
  description:
    'What practice software talks to. Every operation needs a key with its scope (`x-scope`). Errors are RFC 9457 problems; programs decide by `code`.',
  tags: [
    { name: 'sending', description: 'Messages that go out, as jobs that survive crashes' },
    { name: 'messages', description: 'Messages of the mailbox' },
    { name: 'studies', description: 'What has come in whole and verified' },
    { name: 'pacs', description: 'What the PACS of the practice have, and what is stored there' },
    { name: 'directory', description: 'Mailboxes and their keys' },
    { name: 'webhooks', description: 'What happens, as it happens' },
  ],
};

export function apiEndpoints(deps: ApiDeps): AnyEndpoint[] {
  return [
    ...[...sendEndpoints(deps), ...withdrawEndpoints(deps), ...messageEndpoints(deps)],
    ...[...searchEndpoints(deps), ...pacsEndpoints(deps), ...importEndpoints(deps)],
    ...[...deidentifyEndpoints(deps), ...handOverEndpoints(deps), ...hookEndpoints(deps)],
  ];
}

export function apiRoutes(deps: ApiDeps, keys: KeyFolder): Router {
  const router = Router();
  const endpoints = apiEndpoints(deps);
  const document = JSON.stringify(openApi(INFO, API_PATH, endpoints));
  const page = apiPage(JSON.parse(document) as ApiDocument);
  router.get('/', (_request, response) => sendPage(response, page));
  router.get('/openapi.json', (_request, response) => {
    response.type('application/json').send(document);
  });
  mount(router, endpoints, keys);
  return router;
}
