import { expect } from 'chai';
import { type Call, type Channel, DeskError, Moved, connect, serve } from '../../../../client/web/desk/rpc.js';

interface Api {
  readonly double: (input: number, call: Call) => Promise<number>;
  readonly fail: (input: null, call: Call) => Promise<null>;
  readonly count: (input: null, call: Call) => Promise<string>;
  readonly bytes: (input: null, call: Call) => Promise<Uint8Array<ArrayBuffer> | Moved<Uint8Array<ArrayBuffer>>>;
}

const api: Api = {
  double: (input) => Promise.resolve(2 * input),
  fail: () => Promise.reject(new Error('a text with a patient’s name')),
  count: (_input, { signal, report }) => {
    report(1);
    report(2);
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve('taken back')));
  },
  bytes: () => {
    const bytes = new Uint8Array([1, 2, 3]);
    return Promise.resolve(new Moved(bytes, [bytes.buffer]));
  },
};

function pair(): { page: Channel; worker: Channel; close: () => void } {
  const { port1, port2 } = new MessageChannel();
  const started = (port: MessagePort): Channel => {
    port.start();
    return port as unknown as Channel;
  };
  return { page: started(port1), worker: started(port2), close: () => port1.close() };
}

describe('calls between page and worker', () => {
  it('answer, report on the way, are taken back, and move bytes', async () => {
    const { page, worker, close } = pair();
    const events: unknown[] = [];
    const tell = serve<Api>(worker, api, () => 'code');
    const client = connect<Api>(page, (event) => events.push(event));
    expect(await client.call('double', 21)).to.equal(42);
    expect(await client.call('bytes', null)).to.deep.equal(new Uint8Array([1, 2, 3]));
    const controller = new AbortController();
    const progress: number[] = [];
    const counted = client.call('count', null, {
      signal: controller.signal,
      onProgress: ((n: number) => {
        progress.push(n);
        if (n === 2) controller.abort();
      }) as (progress: never) => void,
    });
    expect(await counted).to.equal('taken back');
    expect(progress).to.deep.equal([1, 2]);
    tell({ kind: 'news' });
    await client.call('double', 1);
    expect(events).to.deep.equal([{ kind: 'news' }]);
    close();
  });

  it('fail with a code and nothing else, also for methods that are none', async () => {
    const { page, worker, close } = pair();
    serve<Api>(worker, api, () => 'the-code');
    const client = connect<Api>(page, () => undefined);
    const failure = await client.call('fail', null).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(DeskError).with.property('code', 'the-code');
    expect(String(failure)).not.to.include('patient');
    const other = await client.call('toString' as 'fail', null).catch((error: unknown) => error);
    expect(other).to.be.instanceOf(DeskError).with.property('code', 'internal-error');
    close();
  });

  it('all fail when the worker has gone', async () => {
    const { page, close } = pair();
    const client = connect<Api>(page, () => undefined);
    const waiting = client.call('double', 1).catch((error: unknown) => (error as DeskError).code);
    client.end('account-locked');
    expect(await waiting).to.equal('account-locked');
    expect(await client.call('double', 1).catch((error: unknown) => (error as DeskError).code)).to.equal(
      'account-locked',
    );
    close();
  });
});
