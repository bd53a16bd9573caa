// A person who answers "Was this you?": opens the mail's link, reads the number, types it, presses the button.
import assert from 'node:assert/strict';

const WORDS = { no: 'No, it wasn’t me', yes: 'Yes, it was me' };

/** The link of a mail for an answer, `no` or `yes`. */
export function linkTo(mail, answer) {
  const link = mail.links.find((url) => new URL(url).searchParams.get('a') === answer);
  assert.ok(link, `the mail has a link for ${answer}:\n${mail.text}`);
  return link;
}

/** Answers in `page`, which stands on the link. */
export async function give(page, answer) {
  await page.getByText(`Your answer: ${WORDS[answer]}`).waitFor();
  const number = await page.locator('strong.number').innerText();
  await page.locator('#number').fill(number);
  await page.getByRole('button', { name: WORDS[answer] }).click();
}
