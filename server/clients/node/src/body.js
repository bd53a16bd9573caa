// The raw body of a webhook: the bytes that were signed, never what a parser made of them.
'use strict';

const Refusal = require('./refusal');

const LIMIT = 1024 * 1024;

/** From whoever kept it (`req.rawBody`, `express.raw()`), else from the stream itself. */
async function rawBody(req) {
  const kept = [req.rawBody, req.body].find((body) => typeof body === 'string' || body instanceof Uint8Array);
  if (kept === undefined) return read(req);
  const body = Buffer.from(kept);
  if (body.length > LIMIT) throw tooLarge();
  return body;
}

function read(req) {
  if (req.readableDidRead || req.readableEnded) {
    throw new Refusal(500, 'the body was parsed before it could be verified: mount the webhook before any body parser');
  }
  return new Promise((resolve, reject) => {
    const cutShort = () => reject(new Refusal(400, 'the body ended early'));
    if (req.destroyed) return cutShort();
    const chunks = [];
    let size = 0;
    req.on('data', (chunk) => {
      size += chunk.length;
      if (size <= LIMIT) return chunks.push(Buffer.from(chunk));
      req.pause();
      return reject(tooLarge());
    });
    req.on('end', () => resolve(Buffer.concat(chunks)));
    req.on('error', cutShort);
    return req.on('close', cutShort);
  });
}

function tooLarge() {
  return new Refusal(413, `the body is larger than ${LIMIT} bytes`);
}

module.exports = { rawBody };
