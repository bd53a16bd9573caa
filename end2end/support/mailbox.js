// A mail server that keeps what it is sent, and takes nothing for refused.example.
import { once } from 'node:events';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { until } from './until.js';

/** Starts it on loopback: `{smtp, mails, mailTo(address, count?), stop()}`. `onMail` is told of each. */
export async function startMailbox({ port = 0, onMail = () => {} } = {}) {
  const mails = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo({ address }, session, done) {
      const refused = Object.assign(new Error('no such mailbox'), { responseCode: 550 });
      done(address.endsWith('@refused.example') ? refused : undefined);
    },
    onData(stream, session, done) {
      simpleParser(stream).then((parsed) => {
        const mail = describe(parsed, session.envelope);
        mails.push(mail);
        onMail(mail);
        done();
      }, done);
    },
  });
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');

  /** The latest mail to this address, once there are `count`. */
  async function mailTo(address, count = 1) {
    const found = () => mails.filter((mail) => mail.to === address);
    await until(`mail ${count} to ${address} arrives`, () => found().length >= count);
    return found().at(-1);
  }

  return {
    smtp: `smtp://127.0.0.1:${server.server.address().port}`,
    mails,
    mailTo,
    stop: () => new Promise((resolve) => { server.close(resolve); }),
  };
}

function describe(parsed, envelope) {
  return {
    from: parsed.from?.text ?? '',
    to: envelope.rcptTo.map(({ address }) => address).join(', '),
    subject: parsed.subject ?? '',
    text: parsed.text ?? '',
    html: parsed.html || '',
    at: new Date(),
    links: [...new Set((parsed.text ?? '').match(/https?:\/\/\S+/g))],
  };
}
