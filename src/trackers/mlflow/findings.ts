import type {Finding} from '../../core/finding.js';
import {capture} from '../../util/capture.js';
import {withoutCredentials} from './address.js';

/** Finds out whether an MLflow server is set, and answers. */
export async function findings(): Promise<readonly Finding[]> {
  const what = 'MLflow';
  const uri = process.env['MLFLOW_TRACKING_URI'];
  const onPath = (await capture('mlflow', ['--version'])).output.trim();
  const start = `${onPath ? '' : 'pip install mlflow && '}mlflow server`;
  const absent = (found: string, remedy: string): readonly Finding[] => [{what, state: 'absent', found, remedy}];
  if (!uri)
    return absent(
      `MLFLOW_TRACKING_URI is not set; runs keep a journal only${onPath ? ` (found: ${onPath})` : ''}`,
      `${start}, then MLFLOW_TRACKING_URI=http://127.0.0.1:5000`,
    );
  const shown = withoutCredentials(uri);
  if (!/^https?:/.test(uri) || !URL.canParse(uri)) return absent(`${shown} is not an http address`, `${start}, then its address`);
  const {username, password, port} = new URL(uri);
  const address = new URL('version', `${shown.replace(/\/\/…@/, '//').replace(/\/*$/, '/')}`);
  const signIn = {
    authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
  };
  try {
    const answer = await fetch(address, {signal: AbortSignal.timeout(5000), headers: username ? signIn : {}});
    if (answer.ok) return [{what, state: 'good', found: `${shown}, version ${(await answer.text()).slice(0, 40)}`}];
    return absent(`${shown} answers ${answer.status}`, 'See whether that is an MLflow server.');
  } catch {
    return absent(`${shown} does not answer`, `${start} --port ${port || 5000}`);
  }
}
