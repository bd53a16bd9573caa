// Both signatures against published vectors, and against everything that is almost right.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const Porchlight = require('porchlight');
const { sign, signer } = require('../src/signature');

const STANDARD = [
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}',
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
  ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk', 1649367553,
    '{"email":"test@example.com","username":"test_user"}', 'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw='],
];
const BODY = '{"version":1,"was_user":null,"alert":{"id":533879540905150463,"description":null}}';
const LEGACY = '291264d1d4b3857e872d67b7587d3702b28519a0e3ce689d688372b7d31f6af4'
  + '84439a1885f21650ac073e48119d496f44dc97d3dc45106409d345f057443c6b';

for (const [secret, id, timestamp, body, signature] of STANDARD) {
  test(`Standard Webhooks vector ${id}`, () => {
    assert.equal(sign(secret, id, timestamp, body), signature);
    assert.equal(signer(['other', secret], `v1a,AAAA v1,AAAA ${signature}`, id, timestamp, Buffer.from(body)), secret);
  });
}

test('a signature with any one character changed fits no secret', () => {
  const [secret, id, timestamp, body, signature] = STANDARD[0];
  for (let at = 0; at < signature.length; at += 1) {
    const changed = signature.slice(0, at) + (signature[at] === 'A' ? 'B' : 'A') + signature.slice(at + 1);
    assert.equal(signer([secret], changed, id, timestamp, body), undefined, changed);
  }
  for (const header of ['', ' ', 'v1', 'v1,', signature.slice(3), `${signature}=`, signature.toLowerCase(), signature.replace('v1', 'v2')]) {
    assert.equal(signer([secret], header, id, timestamp, body), undefined, header);
  }
  assert.equal(signer([secret], signature, id, timestamp + 1, body), undefined);
  assert.equal(signer([secret], signature, `${id}x`, timestamp, body), undefined);
  assert.equal(signer([secret], signature, id, timestamp, `${body} `), undefined);
});

test('a typed secret is its own bytes for the standard scheme too', () => {
  const expected = require('node:crypto').createHmac('sha256', Buffer.from('hello wörld')).update('m.1.x').digest('base64');
  assert.equal(sign('hello wörld', 'm', '1', 'x'), `v1,${expected}`);
});

test('validateWebhook knows ThisData\'s vector, on the client and on the package', () => {
  for (const validate of [Porchlight.validateWebhook, Porchlight('k').validateWebhook]) {
    assert.equal(validate('hello', LEGACY, BODY), true);
    assert.equal(validate('hello', LEGACY, Buffer.from(BODY)), true);
    assert.equal(validate('hello', LEGACY.toUpperCase(), BODY), true);
  }
});

test('validateWebhook refuses whatever is not exactly that', () => {
  const wrong = [undefined, null, '', 'x', LEGACY.slice(1), `${LEGACY}0`, LEGACY.replace('2', '3'), [LEGACY], 0, `${LEGACY.slice(0, 126)}zz`];
  for (const signature of wrong) assert.equal(Porchlight.validateWebhook('hello', signature, BODY), false, String(signature));
  assert.equal(Porchlight.validateWebhook('hellO', LEGACY, BODY), false);
  assert.equal(Porchlight.validateWebhook('hello', LEGACY, `${BODY}\n`), false);
});

test('validateWebhook says what it cannot work with', () => {
  assert.throws(() => Porchlight.validateWebhook('hello', LEGACY, JSON.parse(BODY)), /raw body/);
  assert.throws(() => Porchlight.validateWebhook('', LEGACY, BODY), /shared secret/);
  assert.throws(() => Porchlight.validateWebhook(undefined, LEGACY, BODY), /shared secret/);
});
