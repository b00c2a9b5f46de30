import { request } from 'node:http';
import { expect } from 'chai';
import { healthRoutes } from '../../client/gateway/page/health.js';
import { type GatewayHttp, startGatewayHttp } from '../support/gateway-http.js';

/** A40: a page of another origin frames the gateway on the practice's network, posts to it, or reads from it (forged requests, DNS rebinding). */
describe('A40: pages of elsewhere and the gateway in the practice', () => {
  const VIEWER = 'https://viewer.example';
  let http: GatewayHttp;
  before(async () => {
    http = await startGatewayHttp(({ keys }) => [['/', healthRoutes([], keys)]], [VIEWER]);
  });
  after(() => http.close());

  interface Answered {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  }

  /** With headers that browsers set and fetch lets nobody set. */
  const ask = (path: string, headers: Record<string, string>, method = 'GET'): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const asked = request(new URL(path, http.url), { method, headers }, (answer) => {
        answer.resume();
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
      });
      asked.once('error', reject).end();
    });
  const PATHS = ['/', '/status', '/healthz', '/nothing'];

  it('does not answer pages of other origins, with or without a key, whatever they ask', async () => {
    const key = { Authorization: `Bearer ${http.token}` };
    for (const path of PATHS) {
      for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
        for (const origin of ['https://evil.example', 'null', http.url.replace('http:', 'https:'), `${http.url}0`]) {
          for (const headers of [{ Origin: origin }, { Origin: origin, ...key }]) {
            const { status, headers: answered } = await ask(path, headers, method);
            expect([status, answered['access-control-allow-origin']], `${method} ${path} ${origin}`).to.deep.equal([
              403,
              undefined,
            ]);
          }
        }
      }
    }
  });

  it('does not answer pictures, frames, scripts and links of other sites, which send no origin', async () => {
    for (const path of PATHS) {
      for (const site of ['cross-site', 'same-site', 'anything']) {
        expect((await ask(path, { 'Sec-Fetch-Site': site })).status, `${path} ${site}`).to.equal(403);
      }
    }
    for (const site of ['none', 'same-origin'])
      expect((await ask('/', { 'Sec-Fetch-Site': site })).status).to.equal(200);
  });

  it('answers to no name but its own: another one that points here is somebody else’s', async () => {
    const { port } = new URL(http.url);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port}.`,
      `0.0.0.0:${port}`,
    ]) {
      for (const path of PATHS) expect((await ask(path, { Host: host })).status, host).to.equal(421);
    }
    for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
      expect((await ask('/healthz', { Host: host })).status, host).to.equal(200);
    }
  });

  it('asks for the key of everybody, also of who passes for the right page, and browsers are never asked for one', async () => {
    const { status, headers } = await ask('/status', { Origin: http.url });
    expect([status, headers['www-authenticate']]).to.deep.equal([401, 'Bearer']);
    expect((await ask('/status', { Origin: http.url, Authorization: `Bearer ${http.token}` })).status).to.equal(200);
    expect((await ask('/status', { Origin: http.url, Cookie: `key=${http.token}` })).status).to.equal(401);
    expect((await ask(`/status?key=${http.token}`, {})).status).to.equal(401);
  });

  it('can be framed by nobody, and lets a page that the practice has named read only with a key', async () => {
    for (const path of PATHS) {
      const { headers } = await ask(path, {});
      expect([headers['x-frame-options'], headers['cross-origin-resource-policy']]).to.deep.equal([
        'DENY',
        'same-origin',
      ]);
      expect(headers['content-security-policy']).to.include("frame-ancestors 'none'");
    }
    const bare = await ask('/status', { Origin: VIEWER });
    expect([bare.status, bare.headers['access-control-allow-origin']]).to.deep.equal([401, VIEWER]);
    expect(bare.headers['access-control-allow-credentials']).to.equal(undefined);
  });
});
