/** The JSON language service, told about our one schema. Validation is not its business: `sandbox/config` says more. */
import { getLanguageService } from 'vscode-json-languageservice';
import { configSchema } from '../sandbox/config/schema.ts';

const SCHEMA_URI = 'wasm-sandbox://schemas/sandbox.json';

export const jsonService = getLanguageService({
  // A document's own "$schema" is answered with ours as well: nothing is fetched.
  schemaRequestService: async () => JSON.stringify(configSchema),
  clientCapabilities: {
    textDocument: {
      completion: { completionItem: { documentationFormat: ['markdown', 'plaintext'] } },
      hover: { contentFormat: ['markdown', 'plaintext'] },
    },
  },
});

jsonService.configure({
  validate: false,
  allowComments: true,
  schemas: [{ uri: SCHEMA_URI, fileMatch: ['*'], schema: JSON.parse(JSON.stringify(configSchema)) }],
});
