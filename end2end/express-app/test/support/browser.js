// A browser as far as a login needs one: keeps cookies, follows nothing by itself.
'use strict';

/** `base` is the application; `headers` go with each request (X-Forwarded-For, User-Agent). */
function browser(base, headers = {}) {
  const cookies = new Map();

  async function go(method, path, form) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const body = form && new URLSearchParams(form);
    const response = await fetch(base + path, { method, body, redirect: 'manual', headers: { ...headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (/expires=thu, 01 jan 1970/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return { status: response.status, location: response.headers.get('location'), html: await response.text(), headers: response.headers };
  }

  const get = (path) => go('GET', path);
  const login = (username, password, more = {}) => go('POST', '/login', { username, password, ...more });
  const logout = () => go('POST', '/logout', {});
  /** The session's name as the home page shows it; null when the page sends away to the login. */
  const session = async () => /id="session">([^<]+)</.exec((await get('/home')).html)?.[1] ?? null;
  return { cookies, get, login, logout, session };
}

module.exports = { browser };
