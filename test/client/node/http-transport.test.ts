import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { expect } from 'chai';
import { CoreError } from '../../../client/core/error.js';
import { exchange } from '../../../client/core/relay/http.js';
import { createHttpTransport } from '../../../client/node/http-transport.js';

async function withServer<T>(listener: RequestListener, use: (origin: string) => Promise<T>): Promise<T> {
  const server = createHttp(listener);
  await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}

async function codeOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
    return 'nothing thrown';
  } catch (error) {
    return error instanceof CoreError ? error.code : String(error);
  }
}

describe('HTTP to the relay', () => {
  const transport = createHttpTransport();
  after(() => transport[Symbol.dispose]());
  const get = (origin: string): Promise<Uint8Array> => exchange(transport, origin, { method: 'GET', path: '/x' });

  it('sends a body in pieces with its length and reads the whole answer', async () => {
    const echo: RequestListener = (request, response) => {
      expect(request.headers['content-length']).to.equal('5');
      request.pipe(response);
    };
    await withServer(echo, async (origin) => {
      const body = [new Uint8Array([1, 2]), new Uint8Array([3, 4, 5])];
      expect([...(await exchange(transport, origin, { method: 'PUT', path: '/x', body }))]).to.deep.equal([
        1, 2, 3, 4, 5,
      ]);
    });
  });

  it('takes the code of a problem, and nothing else, from an error', async () => {
    const problem: RequestListener = (_request, response) => {
      response
        .writeHead(409, { 'content-type': 'application/problem+json' })
        .end('{"code":"part-covered","detail":"x"}');
    };
    await withServer(problem, async (origin) => expect(await codeOf(get(origin))).to.equal('part-covered'));
    const invented: RequestListener = (_request, response) => void response.writeHead(418).end('{"code":"teapot"}');
    await withServer(invented, async (origin) => expect(await codeOf(get(origin))).to.equal('relay-answer'));
    const html: RequestListener = (_request, response) => void response.writeHead(502).end('<html>bad gateway</html>');
    await withServer(html, async (origin) => expect(await codeOf(get(origin))).to.equal('unavailable'));
  });

  it('follows no redirect: no request and no token goes to another host (attack A5)', async () => {
    let asked = 0;
    await withServer(
      (_request, response) => {
        asked += 1;
        response.end('other host');
      },
      (other) =>
        withServer(
          (_request, response) => void response.writeHead(302, { location: `${other}/` }).end(),
          async (origin) => {
            const request = exchange(transport, origin, { method: 'GET', path: '/x', token: 'secret' });
            expect(await codeOf(request)).to.equal('relay-answer');
          },
        ),
    );
    expect(asked).to.equal(0);
  });

  it('tells a relay that is not there from a connection that broke', async () => {
    const gone = await withServer(
      (_request, response) => void response.end(),
      (origin) => Promise.resolve(origin),
    );
    expect(await codeOf(get(gone))).to.equal('relay-unreachable');
    const server = createTcp((socket) => socket.once('data', () => socket.destroy()));
    await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready));
    expect(await codeOf(get(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))).to.equal(
      'relay-interrupted',
    );
    await new Promise((closed) => server.close(closed));
  });

  it('counts half an answer as none', async () => {
    const half: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('only this');
      setImmediate(() => response.destroy());
    };
    await withServer(half, async (origin) => expect(await codeOf(get(origin))).to.equal('relay-interrupted'));
  });

  it('stops when the caller says so', async () => {
    const silent: RequestListener = () => undefined;
    await withServer(silent, async (origin) => {
      const controller = new AbortController();
      const pending = codeOf(exchange(transport, origin, { method: 'GET', path: '/x', signal: controller.signal }));
      controller.abort();
      expect(await pending).to.equal('aborted');
    });
  });
});
