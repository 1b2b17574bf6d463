/** A call that the server did not carry out, or that could not be made; the message is a sentence for the user. */
export class MlflowFailure extends Error {
  constructor(
    /** MLflow's error code (`RESOURCE_DOES_NOT_EXIST`), `HTTP_<status>`, or what the network said (`ECONNREFUSED`). */
    readonly code: string,
    /**
     * `passing`: the same call may succeed later. `crashed`: the server broke on it, for a while or for ever. `refused`: this call
     * will never succeed, others may. `hopeless`: nothing that is sent there will arrive.
     */
    readonly kind: 'passing' | 'crashed' | 'refused' | 'hopeless',
    message: string,
  ) {
    super(message);
  }

  /** True when nobody is there at all, as opposed to a server in trouble. */
  get absent(): boolean {
    return nobody.has(this.code);
  }
}

/** Waits for what is to be sent; what cannot be read will never be. `what` names it for the user. */
export const readable = <T>(what: string, reading: Promise<T>): Promise<T> =>
  reading.catch(({message}: Error) => {
    throw new MlflowFailure('UNREADABLE', 'refused', `${what} could not be read (${message})`);
  });

const nobody: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

export const noAnswer = (url: string, error: unknown): MlflowFailure => {
  const {code, message} = error as Error & {code?: string};
  return new MlflowFailure(code ?? 'NO_ANSWER', 'passing', `no answer from ${url} (${code ?? message})`);
};

/** The sentence for an answer with a status of 300 and more. */
export function badAnswer(url: string, status: number, statusText: string, text: string): MlflowFailure {
  const {error_code: code = `HTTP_${status}`, message = statusText} = parsed(text) as {error_code?: string; message?: string};
  return new MlflowFailure(code, kindOf(status, code), `${url} answered ${status}: ${message}`);
}

export const notMlflow = (url: string): MlflowFailure =>
  new MlflowFailure('NOT_MLFLOW', 'hopeless', `Expected ${url} to be an MLflow server, got an answer that is not JSON`);

function kindOf(status: number, code: string): MlflowFailure['kind'] {
  if (status === 500) return 'crashed';
  if (status === 408 || status === 429 || status >= 500) return 'passing';
  // an answer in MLflow's own words is about this call; 3xx, 401, 403 and a 404 without them are about all
  return status !== 401 && status !== 403 && !code.startsWith('HTTP_3') && code !== 'HTTP_404' ? 'refused' : 'hopeless';
}

function parsed(text: string): object {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
