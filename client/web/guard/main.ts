import { type GuardAsk } from '../desk/guard.js';
import { createKeeper } from './keeper.js';

/** The service worker: it stands between the page's files and the relay, and touches nothing else. */
const scope = self as unknown as ServiceWorkerGlobalScope;

const keeper = createKeeper({
  openCache: (name) => scope.caches.open(name),
  dropCache: (name) => scope.caches.delete(name),
  fetch: (address) => fetch(address, { cache: 'no-store', credentials: 'omit', redirect: 'error' }),
});

scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));

scope.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  const isFile = pathname.startsWith('/assets/') || event.request.mode === 'navigate';
  if (method !== 'GET' || origin !== scope.location.origin || !isFile) return;
  event.respondWith(keeper.answer(pathname).then((answer) => answer ?? fetch(event.request)));
});

scope.addEventListener('message', (event) => {
  const [port] = event.ports;
  const asked = event.data as GuardAsk;
  const answered = keeper.ask(asked).catch(() => ({ kind: 'broken' as const }));
  event.waitUntil(answered.then((answer) => port?.postMessage(answer)));
});
