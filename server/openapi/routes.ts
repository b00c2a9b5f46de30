import { Router } from 'express';
import type { OpenApiDocument } from './document.js';
import { PAGE_POLICY, renderPage } from './page.js';

/** docs/spec/relay-api.md §15. For everybody: what a relay can do is no secret. */
export function openApiRoutes(documentOf: () => OpenApiDocument): Router {
  const router = Router();
  let made: { readonly document: OpenApiDocument; readonly page: string } | null = null;
  // Made when it is first asked for: by then everything is mounted.
  const current = () =>
    (made ??= (({ document }) => ({ document, page: renderPage(document) }))({ document: documentOf() }));
  router.get('/openapi.json', (_request, response) => {
    response.json(current().document);
  });
  router.get('/docs', (_request, response) => {
    response.set('Content-Security-Policy', PAGE_POLICY).type('text/html; charset=utf-8').send(current().page);
  });
  return router;
}
