/** A server's address fit for messages and links, and the headers that let us in. */
export interface ServerAddress {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** Where a server is and how to sign in: credentials in the address, or the variables that MLflow's own client reads. */
export function serverAddress(uri: string, environment: Readonly<Record<string, string | undefined>>): ServerAddress {
  const parsed = new URL(uri);
  const {
    MLFLOW_TRACKING_USERNAME: user = decodeURIComponent(parsed.username),
    MLFLOW_TRACKING_PASSWORD: password = decodeURIComponent(parsed.password),
    MLFLOW_TRACKING_TOKEN: token,
  } = environment;
  const url = `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '');
  if (user !== '') return {url, headers: {authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`}};
  return {url, headers: token ? {authorization: `Bearer ${token}`} : {}};
}

/**
 * Where an artifact is sent through the server, which hands it on to its store; `undefined` when the run's artifacts are not kept
 * that way. `mlflow-artifacts:/root` means the tracking server itself, `mlflow-artifacts://host/root` another one.
 */
export function artifactAddress(serverUrl: string, artifactUri: string, path: string): string | undefined {
  const proxied = /^mlflow-artifacts:(?:\/\/([^/]+))?\/(.*)$/.exec(artifactUri);
  const proxy = '/api/2.0/mlflow-artifacts/artifacts/';
  const encode = (text: string): string => text.split('/').filter(Boolean).map(encodeURIComponent).join('/');
  if (proxied) {
    const [, host, root = ''] = proxied;
    const base = host === undefined ? serverUrl : `${new URL(serverUrl).protocol}//${host}`;
    return `${base}${proxy}${encode(`${root}/${path}`)}`;
  }
  // a root that the server's owner gave as the proxy's own address
  if (/^https?:/.test(artifactUri) && artifactUri.includes(proxy)) return `${artifactUri.replace(/\/+$/, '')}/${encode(path)}`;
  return undefined;
}

/** What the server's pages need to show a file in place. */
export function contentType(path: string): string {
  const types: Readonly<Record<string, string>> = {
    html: 'text/html',
    png: 'image/png',
    json: 'application/json',
    yaml: 'application/yaml',
    ndjson: 'application/x-ndjson',
  };
  return types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}
