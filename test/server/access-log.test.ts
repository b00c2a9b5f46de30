import { EventEmitter } from 'node:events';
import { assert } from 'chai';
import type { Request, Response } from 'express';
import { accessLog } from '../../server/http/access-log.js';
import type { Log } from '../../server/log.js';

/** What a request writes into the log, whatever was asked for (attacks A7, A32). */
describe('server/http/access-log', () => {
  function lineOf(request: object): string {
    const lines: unknown[] = [];
    const log = { info: (fields: unknown, message: string) => void lines.push(fields, message) } as unknown as Log;
    const response = Object.assign(new EventEmitter(), { writableFinished: true, statusCode: 200 });
    accessLog(log)(request as Request, response as unknown as Response, () => undefined);
    response.emit('close');
    return JSON.stringify(lines);
  }

  const asked = {
    ...{ method: 'GET', url: '/api/deliveries/7?q=Mustermann', originalUrl: '/api/deliveries/7?q=Mustermann' },
    ...{ path: '/api/deliveries/7', query: { q: 'Mustermann' }, headers: { authorization: 'Bearer geheim' } },
    ...{ ip: '192.0.2.7', params: { seq: '7' } },
  };

  it('has the pattern of the route, and neither address nor query nor token of who asked', () => {
    const line = lineOf({ ...asked, route: { path: '/deliveries/:seq' } });
    assert.include(line, '/deliveries/:seq');
    for (const secret of ['Mustermann', '/api/deliveries/7', 'geheim', '192.0.2.7']) assert.notInclude(line, secret);
  });

  it('has no more than "none" of what no route takes', () => {
    const line = lineOf(asked);
    assert.include(line, '"route":"none"');
    assert.notInclude(line, 'Mustermann');
  });
});
