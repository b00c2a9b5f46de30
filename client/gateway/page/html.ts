import { createHash } from 'node:crypto';
import type { Response } from 'express';

/** Pages of the gateway for people: plain HTML, nothing of another place, no script at all. */

/** Markup that was made here. What comes from anywhere else is escaped on its way in. */
export interface Html {
  readonly text: string;
}

type Piece = Html | string | number | readonly Html[];

export function markup(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const text = strings.reduce((before, string, at) => {
    const piece = pieces[at - 1];
    return `${before}${piece === undefined ? '' : textOf(piece)}${string}`;
  });
  return { text };
}

function textOf(piece: Piece): string {
  if (typeof piece === 'string' || typeof piece === 'number') return escape(String(piece));
  return 'text' in piece ? piece.text : piece.map(({ text }) => text).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

const STYLE = `
:root { color-scheme: light dark; --line: #8885; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 1.5rem 0 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.state { font-weight: 600; white-space: nowrap; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; } pre { background: var(--soft); padding: .75rem; overflow: auto; }
.soft { opacity: .75; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

const POLICY = [
  ...["default-src 'none'", `style-src 'sha256-${STYLE_HASH}'`, "base-uri 'none'", "form-action 'none'"],
  ...["frame-ancestors 'none'", 'sandbox allow-top-navigation-by-user-activation'],
].join('; ');

export interface Page {
  readonly language: 'en' | 'de';
  readonly title: string;
  readonly body: Html;
  /** Loads itself again after so long. */
  readonly refreshSeconds?: number;
}

export function sendPage(response: Response, { language, title, body, refreshSeconds }: Page): void {
  const refresh = refreshSeconds === undefined ? '' : markup`<meta http-equiv="refresh" content="${refreshSeconds}" />`;
  const page = markup`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${refresh}
<title>${title}</title>
<style>${{ text: STYLE }}</style>
</head>
<body><main>${body}</main></body>
</html>
`;
  response.set({ 'Content-Security-Policy': POLICY, Vary: 'Accept-Language' });
  response.type('text/html; charset=utf-8').send(page.text);
}

export function languageOf(accepted: string | undefined): 'en' | 'de' {
  const [first = ''] = (accepted ?? '').split(',');
  return /^de\b/i.test(first.trim()) ? 'de' : 'en';
}
