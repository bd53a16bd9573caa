// The demo's inbox: every mail that Porchlight sent, to whomever, on one web page.
import { once } from 'node:events';
import { createServer } from 'node:http';

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem .75rem;border-bottom:1px solid color-mix(in srgb,currentcolor 20%,transparent)}
iframe{width:100%;height:48rem;border:1px solid color-mix(in srgb,currentcolor 20%,transparent);border-radius:8px;background:#fff}.quiet{opacity:.7}`;
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; base-uri 'none'; frame-ancestors 'none'";

const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Serves `mails` on loopback: `{url, stop()}`. */
export async function startMailPage(mails, port) {
  const server = createServer((request, response) => {
    const [status, html] = page(mails, request.url);
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY, 'cache-control': 'no-store' });
    response.end(html);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

function page(mails, url) {
  if (url === '/') return [200, frame('Inbox', list(mails), '<meta http-equiv="refresh" content="3">')];
  const mail = mails[Number(/^\/mail\/(\d+)$/.exec(url)?.[1]) - 1];
  return mail ? [200, frame(mail.subject, letter(mail))] : [404, frame('No such mail', '<p><a href="/">All mails</a></p>')];
}

function frame(title, content, head = '') {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${STYLE}</style>${head}</head><body><h1>${escape(title)}</h1>${content}</body></html>`;
}

function list(mails) {
  if (mails.length === 0) return '<p class="quiet">No mail yet. This page looks again every three seconds.</p>';
  const row = (mail, index) => `<tr><td><a href="/mail/${index + 1}">${escape(mail.subject)}</a></td><td>${escape(mail.to)}</td>
<td>${mail.at.toISOString().slice(0, 19).replace('T', ' ')}</td></tr>`;
  return `<table><thead><tr><th>Subject</th><th>To</th><th>Received (UTC)</th></tr></thead><tbody>${mails.map(row).reverse().join('')}</tbody></table>`;
}

/** The mail's own page stands in a box that runs nothing; its links open beside it. */
function letter(mail) {
  const html = `<base target="_blank">${mail.html || `<pre>${escape(mail.text)}</pre>`}`;
  return `<p class="quiet">From ${escape(mail.from)} to ${escape(mail.to)} · <a href="/">all mails</a></p>
<iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${escape(html)}"></iframe>`;
}
