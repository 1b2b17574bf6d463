import {readFileSync} from 'node:fs';
import {MlflowFailure} from './failure.js';

/** A server's address fit for messages and links, and the headers that let us in. */
interface ServerAddress {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** An address fit for messages: what stands before an `@` may be a password. */
export const withoutCredentials = (uri: string): string => uri.replace(/\/\/[^/]*@/, '//…@');

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where a server is and how to sign in: the variables that MLflow's own client reads, then credentials in the address, then the file
 * that `mlflow login` writes (`~/.mlflow/credentials`), given as text.
 */
export function serverAddress(uri: string, environment: Environment, credentials = ''): ServerAddress {
  const parsed = new URL(uri);
  const stored = (name: string): string => new RegExp(`^\\s*${name}\\s*[=:]\\s*(.*?)\\s*$`, 'm').exec(credentials)?.[1] ?? '';
  const {
    MLFLOW_TRACKING_USERNAME: user = decodeURIComponent(parsed.username) || stored('mlflow_tracking_username'),
    MLFLOW_TRACKING_PASSWORD: password = decodeURIComponent(parsed.password) || stored('mlflow_tracking_password'),
    MLFLOW_TRACKING_TOKEN: token,
  } = environment;
  const url = `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '');
  if (user !== '') return {url, headers: {authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`}};
  return {url, headers: token ? {authorization: `Bearer ${token}`} : {}};
}

interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly rejectUnauthorized?: false;
}

/** Whom to trust and how to prove who we are, by the variables that MLflow's own client reads. */
export function tlsOptions(environment: Environment): TlsOptions {
  const read = (variable: string): Buffer | undefined => {
    const path = environment[variable];
    if (!path) return undefined;
    try {
      return readFileSync(path);
    } catch {
      throw new MlflowFailure('UNREADABLE', 'hopeless', `Expected ${variable} to name a PEM file, got \`${path}\``);
    }
  };
  const ca = read('MLFLOW_TRACKING_SERVER_CERT_PATH');
  const own = read('MLFLOW_TRACKING_CLIENT_CERT_PATH');
  return {
    ...(ca && {ca}),
    ...(own && {cert: own, key: own}),
    ...(/^(true|1)$/i.test(environment['MLFLOW_TRACKING_INSECURE_TLS'] ?? '') && {rejectUnauthorized: false}),
  };
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

/** Headers that the server's pages need to show a file in place. */
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
