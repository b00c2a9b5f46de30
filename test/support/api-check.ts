import { OPERATIONS } from '../../server/openapi/answers.js';
import { PROBLEM } from '../../server/openapi/document.js';
import type { Answer } from './http.js';

/** Every answer of the relay in a test is one that its document describes, or the test fails. */

const PATTERNS = Object.entries(OPERATIONS).map(([name, operation]) => {
  const [method = '', pattern = ''] = name.split(' ');
  const source = pattern.replaceAll(/\*[A-Za-z]+/g, '.+').replaceAll(/:[A-Za-z]+/g, '[^/]+');
  // Words before parameters: /tallies/newest is not a tally's number.
  return { method, pattern, matches: new RegExp(`^${source}$`), operation };
});

/** @throws when the answer has another form than documented */
export function checkAnswer(method: string, path: string, answer: Answer): void {
  const { pathname } = new URL(path, 'http://relay.example');
  // A HEAD has no body to look at.
  if (method === 'HEAD' || !/^\/(api|log)\//.test(pathname)) return;
  const wrong = complaintOf(method, pathname, answer);
  if (wrong !== null)
    throw new Error(`${method} ${pathname} ${answer.status}: ${wrong} ${answer.bytes.toString().slice(0, 500)}`);
}

function complaintOf(method: string, pathname: string, answer: Answer): string | null {
  const type = answer.headers.get('Content-Type') ?? '';
  if (answer.status >= 400) {
    if (!type.startsWith('application/problem+json')) return `a refusal as ${type}`;
    const problem = PROBLEM.safeParse(answer.json);
    if (!problem.success) return `an undocumented problem: ${problem.error.message}`;
    return problem.data.status === answer.status ? null : 'a problem of another status';
  }
  const found = PATTERNS.filter((one) => one.method === method && one.matches.test(pathname));
  const [best] = found.sort((a, b) => a.pattern.split(':').length - b.pattern.split(':').length);
  const body = best?.operation.answers[answer.status];
  if (body === undefined) return 'an undocumented route or status';
  if (body === 'nothing') return answer.bytes.length === 0 ? null : 'bytes where nothing was documented';
  if (body === 'bytes') return type.startsWith('application/octet-stream') ? null : `bytes as ${type}`;
  if (body === 'text') return type.startsWith('text/') ? null : `text as ${type}`;
  const parsed = body.safeParse(answer.json);
  return parsed.success ? null : parsed.error.message;
}
