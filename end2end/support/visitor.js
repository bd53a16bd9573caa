// Somebody who uses the tracked application, from a place and on a device of their own.

/** Opens a window as if from `place` (`{ip, userAgent}`): `{page, signIn(), signOut(), isIn(), session()}`. */
export async function visitor(browser, app, { ip, userAgent }) {
  const page = await browser.window({ userAgent, extraHTTPHeaders: { 'x-forwarded-for': ip } });

  async function signIn(username = 'eve', password = 'harbour-bridge') {
    await page.goto(`${app.url}/login`);
    await page.getByLabel('Name').fill(username);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: /^Hello/ }).waitFor();
  }

  async function signOut() {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  }

  /** Whether the next request is still answered as signed in. */
  async function isIn() {
    await page.goto(`${app.url}/home`);
    return page.getByRole('heading', { name: /^Hello/ }).isVisible();
  }

  return { page, signIn, signOut, isIn, session: () => page.locator('#session').innerText() };
}
