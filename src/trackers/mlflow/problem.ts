import {withoutCredentials} from './address.js';

const address = 'MLFLOW_TRACKING_URI=http://127.0.0.1:5000';

/** Why a run cannot be followed at this address, and the remedy. Never repeats what stands before an `@`: it may be a password. */
export function problemOf(uri: string): string | undefined {
  if (uri === '')
    return `no MLflow server is set, the journal keeps the run: \`pipeline mlflow\` starts one, then set ${address}`;
  if (/^https?:\/\//.test(uri))
    return URL.canParse(uri) ? undefined : `Expected MLflow's address to be a URL, got \`${withoutCredentials(uri)}\``;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1];
  const isStore = scheme === undefined || /^(file|sqlite|mysql|mssql|postgresql)(\+|$)/.test(scheme);
  if (!isStore) return `Expected MLflow's address to begin with http:// or https://, got \`${withoutCredentials(uri)}\``;
  return `MLflow is reached over http, got \`${withoutCredentials(uri)}\`: start \`mlflow server --backend-store-uri ${withoutCredentials(uri)}\` and set ${address}`;
}
