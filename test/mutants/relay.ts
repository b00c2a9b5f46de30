import { type Mutant, mutant, titled } from './mutant.js';

/** Defences of the relay, of the page it serves and of the house itself. */
export const RELAY: readonly Mutant[] = [
  titled(
    'attack A1',
    mutant(
      'A1',
      'a public key is registered once in the world',
      'server/directory/store.ts',
      [
        '  if (keys.length === 0) return;\n  await trx<PublicKeyRow>',
        '  if (keys.length >= 0) return;\n  await trx<PublicKeyRow>',
      ],
      'server/directory.test.ts',
    ),
  ),
  mutant(
    'A3',
    'a name that looks like another one is not given away',
    'server/practices/looks.ts',
    ["return unhomoglyph(text.normalize('NFD'))", 'return (unhomoglyph === null ? "" : text)'],
    'server/looks.test.ts',
  ),
  titled(
    'tells eve of bob',
    mutant(
      'A6 A26',
      'a payload is for its parties',
      'server/uploads/payload-store.ts',
      [
        "    .where('payload_access.mailbox_id', idColumn(mailboxId))\n    .first<(PayloadRow",
        '    .first<(PayloadRow',
      ],
      'server/access.test.ts',
    ),
  ),
  titled(
    'needs a session',
    mutant(
      'A16',
      'a route needs a session',
      'server/sessions/guard.ts',
      ["throw new Problem('session-required');", 'return next();'],
      'server/access.test.ts',
    ),
  ),
  titled(
    'attack A16',
    mutant(
      'A16',
      'a relay beyond this machine wants TLS or a word for it',
      'server/config.ts',
      [
        "if (isOpen && settings.trustProxy === 'off' && settings.plainHttp === 'off') {",
        'if (isOpen && settings.host === "") {',
      ],
      'server/tls.test.ts',
    ),
  ),
  titled(
    'another message under a known id is refused',
    mutant(
      'A28',
      'another message under a known id is refused',
      'server/mailboxes/post.ts',
      ["if (!message.request_digest.equals(requestDigest)) throw new Problem('message-id-taken');", ''],
      'server/messages.test.ts',
    ),
  ),
  titled(
    'server/quotas',
    mutant(
      'A29',
      'a practice has so much room',
      'server/quotas/quota.ts',
      ["if ((await sumStored(trx, practiceId)) + wanted > quotas.quotaBytes) exceeded('bytes');", ''],
      'server/quotas.test.ts',
    ),
  ),
  titled(
    'attack A31',
    mutant(
      'A31',
      'the bytes of what has expired go',
      'server/uploads/expire.ts',
      ['      for (const key of keys) await blobs.delete(key);\n', ''],
      'server/housekeeping.test.ts',
    ),
  ),
  titled(
    'attack A32',
    mutant(
      'A32',
      'an error tells nothing but its code',
      'server/http/problem.ts',
      [
        "return bodyParserProblem(error) ?? new Problem('internal', { cause: error });",
        "return new Problem('request-invalid', { detail: String((error as Error).stack) });",
      ],
      'server/access.test.ts',
    ),
  ),
  mutant(
    'A32 A7',
    'the log has patterns of routes, not addresses',
    'server/http/access-log.ts',
    ["route: patternOf(request), status, ms }, 'request'", "route: request.url, status, ms }, 'request'"],
    'server/access-log.test.ts',
  ),
  titled(
    'names the first entry that was altered',
    mutant(
      'A35',
      'an entry of the audit has its hash',
      'server/audit/verify.ts',
      [
        "  if (!isOwn) walk.findings.push({ kind: 'altered', seq: row.seq });\n  // ",
        '  if (!isOwn) walk.count += 0;\n  // ',
      ],
      'server/audit.test.ts',
    ),
  ),
  titled(
    'under a policy that lets nothing in or out',
    mutant(
      'I23 A12 A24',
      'the page reaches its own relay only',
      'server/web/routes.ts',
      ['"connect-src \'self\'"', '"connect-src *"'],
      'server/web.test.ts',
    ),
  ),
  titled(
    'under a policy that lets nothing in or out',
    mutant(
      'I23 A12 A24',
      'markup becomes no element',
      'server/web/routes.ts',
      ['  "require-trusted-types-for \'script\'",\n', ''],
      'server/web.test.ts',
    ),
  ),
  mutant(
    'I21',
    'what draws holds no keys',
    'client/web/page/main.tsx',
    ['import ', "import '../../core/account/account.js';\nimport "],
    'client/web/page/zones.test.ts',
  ),
];
