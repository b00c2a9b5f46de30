import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { parseAddress } from '../../../client/core/ids.js';
import { createLog } from '../../../client/gateway/log.js';
import { markup } from '../../../client/gateway/page/html.js';
import { type Job } from '../../../client/gateway/outgoing/job.js';
import type * as Out from '../../../client/gateway/outgoing/outgoing.js';
import { type Outgoing } from '../../../client/gateway/outgoing/outgoing.js';
import { built, type Office, PRACTICE_RULES } from '../../support/gateway-office.js';
import { hasProgram } from '../../support/programs.js';
import { tinyStudy } from '../../support/tiny-study.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const SCRIPT = join(ROOT, 'client/gateway/sdk/examples/pvs.mjs');
const PDF = Buffer.from('%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n');
const ANSWER = Buffer.concat([PDF, Buffer.from('% answer\n')]);

export interface Practices {
  readonly nord: Office;
  readonly sued: Office;
  readonly folder: string;
}

/** Part of the suite of ./folders.test.ts: the same relay and the same two gateways. */
export function practiceSoftwareTests(given: () => Practices): void {
  const run = (program: string, args: readonly string[], cwd: string, env: Record<string, string>) => {
    const child = spawn(program, args, { cwd, env: { PATH: process.env['PATH'] ?? '', ...env } });
    let [out, err] = ['', ''];
    const lines: string[] = [];
    const waiting: ((line: string) => void)[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      for (let at = out.indexOf('\n'); at >= 0; at = out.indexOf('\n')) {
        const line = out.slice(0, at);
        out = out.slice(at + 1);
        const next = waiting.shift();
        if (next === undefined) lines.push(line);
        else next(line);
      }
    });
    child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
    return {
      line: () => new Promise<string>((done) => (lines.length > 0 ? done(lines.shift() ?? '') : waiting.push(done))),
      ended: new Promise<{ code: number | null; err: string }>((done) => {
        child.once('close', (code) => {
          for (const one of waiting.splice(0)) one('{}');
          done({ code, err });
        });
      }),
    };
  };

  it('sends a report with a study in under 100 lines, is told of the answer, and files its PDF', async () => {
    const { nord, sued, folder } = given();
    const text = await readFile(SCRIPT, 'utf8');
    expect(text.split('\n').length).to.be.at.most(101);
    // Nothing but what Node brings along.
    expect([...text.matchAll(/ from '([^']+)'/g)].every(([, name]) => name?.startsWith('node:'))).to.equal(true);
    const cwd = join(folder, 'pvs');
    await mkdir(join(cwd, 'study'), { recursive: true });
    await writeFile(join(cwd, 'zuweisung.pdf'), PDF);
    for (const [at, { bytes }] of tinyStudy({ study: 'order', instances: 2 }).entries()) {
      await writeFile(join(cwd, 'study', `${at}.dcm`), bytes);
    }
    const args = [SCRIPT, 'befund@nord.example', 'zuweisung.pdf', 'study', 'archive'];
    const pvs = run(process.execPath, args, cwd, { GATEWAY: sued.side.url, KEY: sued.token });
    const { job } = JSON.parse(await pvs.line()) as { job: string };
    await sent(sued, job);
    await nord.incoming.sync();
    const order = nord.incoming.list({ afterSeq: -1, limit: 1000 }).at(-1);
    expect([order?.letter.body.subject, order?.letter.body.summary.instances]).to.deep.equal(['Zuweisung', 2]);
    const answer = tinyStudy({ study: 'answer', instances: 1, patientId: 'P-4711' }).map(({ bytes }) => bytes);
    const letter = { to: ['praxis@sued.example'], subject: 'Zweitbefund', replyTo: order?.name ?? '' };
    await sent(nord, (await nord.client.send(letter, { report: ANSWER, instances: answer })).job);
    await sued.incoming.sync();
    const filed = JSON.parse(await pvs.line()) as { file: string; subject: string; patientId: string };
    expect(await pvs.ended).to.deep.equal({ code: 0, err: '' });
    expect([filed.subject, filed.patientId]).to.deep.equal(['Zweitbefund', 'P-4711']);
    expect((await readFile(join(cwd, filed.file))).equals(ANSWER)).to.equal(true);
    expect(await readdir(join(cwd, 'archive'))).to.deep.equal(['P-4711']);
  });

  it('says by its code why it may not', async () => {
    const { sued, folder } = given();
    const pvs = run(process.execPath, [SCRIPT, 'x', 'y', 'z', 'a'], folder, { GATEWAY: sued.side.url, KEY: 'wrong' });
    const { code, err } = await pvs.ended;
    expect([code, err.includes('key-required')]).to.deep.equal([1, true]);
  });

  it('works with the curl examples as they stand in the documentation', async function () {
    if (!hasProgram('curl')) return this.skip();
    const { sued, folder } = given();
    const cwd = join(folder, 'curl');
    await mkdir(cwd);
    await writeFile(join(cwd, 'befund.pdf'), PDF);
    for (const [at, { bytes }] of tinyStudy({ study: 'curl', instances: 2 }).entries()) {
      await writeFile(join(cwd, `${at + 1}.dcm`), bytes);
    }
    const document = await readFile(join(ROOT, 'docs/integration.md'), 'utf8');
    const blocks = [...document.matchAll(/\n```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');
    expect(blocks.join('').match(/\bcurl\b/g)?.length).to.be.greaterThan(12);
    const before = sued.outgoing.list({ afterSeq: 0, limit: 1000 }).length;
    const env = { GATEWAY: sued.side.url, KEY: sued.token, TO: 'befund@nord.example' };
    const { code, err } = await run('sh', ['-eu', '-c', blocks.join('\n')], cwd, env).ended;
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    const made = sued.outgoing.list({ afterSeq: 0, limit: 1000 }).slice(before);
    // The repeated one is one, and the last is de-identified.
    expect(made.map(({ request }) => request.deidentification?.purpose ?? null)).to.deep.equal([
      null,
      null,
      'study-17',
    ]);
  });

  it('is the message that was promised when the request comes again, though the rules are others by now', async () => {
    const { nord } = given();
    const [ruled] = tinyStudy({ study: 'ruled again', instances: 1, description: 'Ruled CT' });
    const send = () => nord.client.send({ to: [], text: 'x' }, { instances: [ruled!.bytes] }, 'ruled-1');
    const first = await send();
    const rules = PRACTICE_RULES.splice(0);
    try {
      expect((await send()).job).to.equal(first.job);
      const other = await nord.client.send({ to: [], text: 'y' }, {}, 'ruled-1').catch((error: unknown) => error);
      expect((other as { code: string }).code).to.equal('idempotency-mismatch');
    } finally {
      PRACTICE_RULES.push(...rules);
    }
  });

  it('does not fill the memory of a gateway that runs for months: what has ended is forgotten, and its key with it', async () => {
    const { nord, folder } = given();
    const { openOutgoing } = await built<typeof Out>('outgoing/outgoing.js');
    const settings = { desk: nord.desk, log: createLog('silent'), parallel: 1, coding: 'stored' } as const;
    const outgoing = await openOutgoing({ ...settings, folder: join(folder, 'forget'), patienceMs: 1e9, keepMs: 0 });
    const [open, ended] = [await note(outgoing, 'nobody@sued.example'), await note(outgoing, 'praxis@sued.example')];
    await new Promise<void>((resolve) => {
      const look = (): void => void (outgoing.get(ended).state.kind === 'sent' && resolve());
      outgoing.events.subscribe(look);
      look();
    });
    await outgoing.forget();
    expect(outgoing.list({ afterSeq: 0, limit: 10 }).map(({ id }) => id)).to.not.include(ended);
    expect((await readdir(join(folder, 'forget', 'jobs'))).includes(ended)).to.equal(false);
    expect(await outgoing.repeated({ scope: 's', key: 'praxis@sued.example', digest: 'd' })).to.equal(null);
    // Ended or not: who has failed waits for a person until its time is over, too.
    expect([undefined, 'failed', 'sending']).to.include(outgoing.list({ afterSeq: 0, limit: 1 })[0]?.state.kind);
    expect(open).to.not.equal(ended);
    await outgoing[Symbol.asyncDispose]();
  });

  it('and its people see how the gateway is, and read the interface, as plain pages of this place alone', async () => {
    const { sued } = given();
    for (const [language, words] of [
      ['de-DE,de;q=0.9', /lang="de"[\s\S]*Empfangen[\s\S]*läuft/],
      ['en', /lang="en"[\s\S]*Receiving[\s\S]*works/],
    ] as const) {
      const page = await fetch(`${sued.side.url}/`, { headers: { 'Accept-Language': language } });
      const text = await page.text();
      expect([page.status, page.headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=utf-8']);
      expect(text)
        .to.match(words)
        .and.not.match(/Müller|Zuweisung|@/);
    }
    const page = await fetch(`${sued.side.url}/api/v1/`);
    const text = await page.text();
    const document = (await (await fetch(`${sued.side.url}/api/v1/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    for (const one of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
      expect(text).to.include(`id="${one.operationId}"`);
    }
    for (const [shown, policy] of [[text, page.headers.get('content-security-policy') ?? '']] as const) {
      expect(shown).to.not.match(/<script|javascript:|\son[a-z]+=|(src|href)="(https?:)?\/\//i);
      expect(policy).to.include("default-src 'none'").and.not.include('script-src');
      // The style that is there is the one that the policy allows, byte for byte.
      const style = /<style>([\s\S]*)<\/style>/.exec(shown)?.[1] ?? '';
      expect(policy).to.include(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    }
    // Nothing that is shown can become markup.
    expect(markup`<b>${'<i>&"'}</b>`.text).to.equal('<b>&lt;i&gt;&amp;&quot;</b>');
  });
}

async function note(outgoing: Outgoing, to: string): Promise<string> {
  const draft = await outgoing.draft();
  const { job } = await outgoing.accept(draft, {
    ...{ source: { kind: 'api', client: 'x' }, idempotency: { scope: 's', key: to, digest: 'd' } },
    ...{
      to: [parseAddress(to)],
      cc: [],
      bcc: [],
      subject: 'x',
      text: 'x',
      replyTo: null,
      forwards: null,
      urgency: null,
    },
    ...{
      expiresInMs: 30 * 86_400_000,
      deidentification: null,
      mixedPatients: 'refuse',
      unreadable: 'refuse',
      additions: [],
    },
  });
  return job.id;
}

function sent({ outgoing }: Office, id: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (job: Job): void => void (job.id === id && job.state.kind === 'sent' && resolve());
    outgoing.events.subscribe((event) => void (event.kind === 'job' && look(event.job)));
    look(outgoing.get(id));
  });
}
