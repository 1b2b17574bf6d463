import {type ChildProcess, spawn} from 'node:child_process';
import {createRequire} from 'node:module';
import {dirname, join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {
  CompletionRequest,
  ConfigurationRequest,
  createProtocolConnection,
  type Diagnostic,
  DidOpenTextDocumentNotification,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  MarkupContent,
  type Position,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
} from 'vscode-languageserver-protocol/node.js';

export interface Completion {
  readonly label: string;
  /** What is put in. */
  readonly text: string;
  readonly about: string;
}

export interface Squiggle {
  /** The text that is underlined. */
  readonly under: string;
  readonly message: string;
}

/** Every line a recipe of ours begins with. */
const MODELINE = '# yaml-language-server: $schema=../schemas/recipe.schema.json\n';

/**
 * The language server that VS Code's YAML extension starts, over stdio. Texts are opened as files of pipelines/, with the first line
 * that recipes have there; `|` in a text is where the cursor stands.
 */
export class LanguageServer {
  readonly #process: ChildProcess;
  readonly #connection: ProtocolConnection;
  readonly #diagnosed = new Map<string, (found: readonly Diagnostic[]) => void>();
  #opened = 0;

  private constructor() {
    const manifest = createRequire(import.meta.url).resolve('yaml-language-server/package.json');
    const server = spawn(process.execPath, [join(dirname(manifest), 'bin/yaml-language-server'), '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#process = server;
    this.#connection = createProtocolConnection(server.stdout, server.stdin);
    // what is asked of a server that has died fails, instead of waiting for ever
    this.#connection.onClose(() => this.#connection.dispose());
    this.#connection.onNotification(PublishDiagnosticsNotification.type, ({uri, diagnostics}) =>
      this.#diagnosed.get(uri)?.(diagnostics),
    );
    this.#connection.listen();
  }

  static async start(): Promise<LanguageServer> {
    const server = new LanguageServer();
    const connection = server.#connection;
    // it asks for its settings when it is ready; without these it would fetch schemas from the network
    const configured = new Promise<void>((done) => {
      connection.onRequest(ConfigurationRequest.type, ({items}) => {
        done();
        return items.map(({section}) => (section === 'yaml' ? {schemaStore: {enable: false}} : null));
      });
    });
    await connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: null,
      capabilities: {
        textDocument: {
          completion: {completionItem: {snippetSupport: true, documentationFormat: ['markdown']}},
          hover: {contentFormat: ['markdown']},
        },
        workspace: {configuration: true},
      },
    });
    await connection.sendNotification(InitializedNotification.type, {});
    await configured;
    return server;
  }

  /** What is offered at the cursor. */
  async complete(text: string): Promise<readonly Completion[]> {
    const found = await this.#connection.sendRequest(CompletionRequest.type, await this.#openAtCursor(text));
    const items = Array.isArray(found) ? found : (found?.items ?? []);
    return items.map(({label, insertText, textEdit, documentation}) => ({
      label,
      text: textEdit?.newText ?? insertText ?? label,
      about: MarkupContent.is(documentation) ? documentation.value : (documentation ?? ''),
    }));
  }

  /** What is shown of the word at the cursor. */
  async hover(text: string): Promise<string> {
    const found = await this.#connection.sendRequest(HoverRequest.type, await this.#openAtCursor(text));
    return found && MarkupContent.is(found.contents) ? found.contents.value : '';
  }

  /** What is underlined. */
  async squiggles(text: string): Promise<readonly Squiggle[]> {
    const lines = (MODELINE + text).split('\n');
    const at = ({line, character}: Position): number => lines.slice(0, line).join('\n').length + (line > 0 ? 1 : 0) + character;
    const found = await new Promise<readonly Diagnostic[]>((done, failed) => {
      this.#connection.onDispose(() => failed(new Error('the language server has ended')));
      void this.#open(text, (uri) => this.#diagnosed.set(uri, done));
    });
    return found.map(({range, message}) => ({under: (MODELINE + text).slice(at(range.start), at(range.end)), message}));
  }

  stop(): void {
    this.#connection.dispose();
    this.#process.kill();
  }

  async #openAtCursor(marked: string) {
    const before = (MODELINE + marked.slice(0, marked.indexOf('|'))).split('\n');
    const uri = await this.#open(marked.replace('|', ''));
    return {textDocument: {uri}, position: {line: before.length - 1, character: before.at(-1)?.length ?? 0}};
  }

  async #open(text: string, expect: (uri: string) => void = () => {}): Promise<string> {
    const uri = pathToFileURL(resolve(`pipelines/opened-${this.#opened++}.yaml`)).href;
    expect(uri);
    const textDocument = {uri, languageId: 'yaml', version: 1, text: MODELINE + text};
    await this.#connection.sendNotification(DidOpenTextDocumentNotification.type, {textDocument});
    return uri;
  }
}
