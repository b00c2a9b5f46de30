// A practice software in less than a hundred lines: sends a report with a study, is told when the answer is there, and files the answer's PDF with
// the patient. Only fetch, and the web server that Node brings along (docs/integration.md §10).
//
//   GATEWAY=http://127.0.0.1:8042 KEY=bbk_… node pvs.mjs befund@radiologie-nord.example zuweisung.pdf STUDY-FOLDER ARCHIVE
import { createServer } from 'node:http';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

const { GATEWAY, KEY } = process.env;
const [to, report, study, archive] = process.argv.slice(2);

/** Every answer that is not a success names its reason in `code`. */
async function ask(method, path, body, headers = {}) {
  const answer = await fetch(`${GATEWAY}/api/v1${path}`, {
    method,
    body,
    headers: { Authorization: `Bearer ${KEY}`, ...headers },
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${(await answer.json()).code}`);
  return answer;
}
const json = async (...request) => (await ask(...request)).json();
const post = (path, value) => json('POST', path, JSON.stringify(value), { 'Content-Type': 'application/json' });

/** Only what the gateway has signed in the last five minutes is believed. */
async function isGenuine(secret, headers, body) {
  const [id, seconds] = [headers['webhook-id'], headers['webhook-timestamp']];
  if (!(Math.abs(Date.now() / 1000 - Number(seconds)) < 300)) return false;
  const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  const signature = Buffer.from(headers['webhook-signature'].split(',')[1] ?? '', 'base64');
  return crypto.subtle.verify('HMAC', key, signature, Buffer.from(`${id}.${seconds}.${body}`));
}

/** The web server that is told. It says that it has it at once, and works on it afterwards. */
function listen(told) {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    response.writeHead(204).end();
    await told(request.headers, Buffer.concat(chunks).toString());
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** A report and the instances of a study are one message; the key makes a repeated request the same message. */
async function send() {
  const form = new FormData();
  form.set('message', JSON.stringify({ to: [to], subject: 'Zuweisung', text: 'Bitte um Zweitbefund.' }));
  form.set('report', new Blob([await readFile(report)], { type: 'application/pdf' }), basename(report));
  for (const name of await readdir(study)) {
    form.append('instance', new Blob([await readFile(join(study, name))], { type: 'application/dicom' }), name);
  }
  const { job } = await json('POST', '/messages', form, { 'Idempotency-Key': `order-${basename(report)}` });
  return job;
}

/** Files the report where the practice keeps the patient's: the answer's studies say who that is, or the order that it answers. */
async function file(message) {
  const { subject, from, replyTo } = await json('GET', `/messages/${message}`);
  const { studies } = await json('GET', '/studies?limit=500');
  const { patientId } = studies.find(({ messages }) => messages.includes(message)) ?? {
    patientId: replyTo ?? 'unknown',
  };
  const pdf = Buffer.from(await (await ask('GET', `/messages/${message}/report`)).arrayBuffer());
  const folder = join(archive, patientId.replaceAll(/[^A-Za-z0-9-]/g, '_'));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${message}.pdf`), pdf);
  await ask('POST', `/messages/${message}/done`);
  return { from, subject, patientId, file: join(folder, `${message}.pdf`) };
}

const answered = Promise.withResolvers ? Promise.withResolvers() : {};
answered.promise ??= new Promise((resolve, reject) => Object.assign(answered, { resolve, reject }));
let secret = '';
const server = await listen(async (headers, body) => {
  const event = (await isGenuine(secret, headers, body)) ? JSON.parse(body) : null;
  if (event?.type === 'message.complete') await file(event.data.message).then(answered.resolve, answered.reject);
});
const url = `http://127.0.0.1:${server.address().port}/`;
const webhook = await post('/webhooks', { url, events: ['message.complete'] });
secret = webhook.secret;
const job = await send();
process.stdout.write(`${JSON.stringify({ job })}\n`);
process.stdout.write(`${JSON.stringify(await answered.promise)}\n`);
await ask('DELETE', `/webhooks/${webhook.webhook}`);
server.close();
