// Porchlight's API with a key, as an application's own code would call it.

/** `call(method, path, body?)` resolves to the answer, and rejects with the problem when it is none of 2xx. */
export function api(host, key) {
  async function call(method, path, body) {
    const response = await fetch(`${host}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }
  return { get: (path) => call('GET', path), patch: (path, body) => call('PATCH', path, body), post: (path, body) => call('POST', path, body) };
}
