// What an editor says of configuration files: the JSON language service of VS Code, and Ajv as a second opinion. Started with
// the path of one JSON file: {schema, documents: [{uri, text}], cursors: [{text, offset}]}. Prints one line of JSON.

import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import service from 'vscode-json-languageservice';

const { schema: schemaUri, documents, cursors } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { getLanguageService, TextDocument } = service;
const read = async (uri) => readFileSync(new URL(uri), 'utf8');

const editor = getLanguageService({
  schemaRequestService: read,
  workspaceContext: { resolveRelativePath: (path, base) => new URL(path, base).href },
});
// A document that names no schema itself has this one.
editor.configure({ validate: true, allowComments: false, schemas: [{ uri: schemaUri, fileMatch: ['*.fragment.json'] }] });

const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true });
['allowComments', 'allowTrailingCommas', 'patternErrorMessage'].forEach((keyword) => ajv.addKeyword(keyword));
const validate = ajv.compile(JSON.parse(await read(schemaUri)));

function open(uri, text) {
  const document = TextDocument.create(uri, 'json', 1, text);
  return { document, json: editor.parseJSONDocument(document) };
}

const judged = [];
for (const { uri, text } of documents) {
  const { document, json } = open(uri, text);
  const problems = await editor.doValidation(document, json, { schemaValidation: 'error', schemaRequest: 'error', comments: 'error', trailingCommas: 'error' });
  validate(toValue(json.root));
  judged.push({
    editor: problems.map((problem) => `${problem.range.start.line + 1}: ${problem.message}`),
    ajv: (validate.errors ?? []).map((error) => `${error.instancePath}: ${error.message}`),
  });
}

const helped = [];
for (const { text, offset } of cursors) {
  const { document, json } = open('file:///cursor.fragment.json', text);
  const position = document.positionAt(offset);
  const completion = await editor.doComplete(document, position, json);
  const hover = await editor.doHover(document, position, json);
  helped.push({ completions: completion.items.map((item) => item.label), hover: [hover?.contents ?? []].flat().map((part) => part.value ?? part).join('\n') });
}

process.stdout.write(JSON.stringify({ judged, helped }) + '\n');

/** The document as the product reads it: comments and trailing commas are gone. */
function toValue(node) {
  switch (node.type) {
    case 'object':
      return Object.fromEntries(node.properties.map((property) => [property.keyNode.value, toValue(property.valueNode)]));
    case 'array':
      return node.items.map(toValue);
    default:
      return node.value;
  }
}
