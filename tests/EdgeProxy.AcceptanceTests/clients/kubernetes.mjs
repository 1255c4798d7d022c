// What Kubernetes' own schema says of manifests. Started with the path of one JSON file: {texts: [yaml]}. Prints one line of JSON:
// for each object of each text what it is and what is wrong with it. kubernetes-models has the schema of each kind as a
// validator; that passes over unknown keys, as the schema does, so that TypeScript looks at the same object by the same schema.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';

const { texts } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const objects = [];
for (const text of texts) {
  for (const document of parseAllDocuments(text, { strict: true, uniqueKeys: true })) {
    const problems = [...document.errors, ...document.warnings].map((error) => error.message);
    const value = document.toJS() ?? {};
    objects.push({ value, problems: problems.length ? problems : await validate(value) });
  }
}

unknownKeys(objects.filter((object) => object.problems.length === 0));
process.stdout.write(JSON.stringify(objects) + '\n');

function moduleOf({ apiVersion, kind }) {
  return `kubernetes-models/${apiVersion}/${kind}`;
}

async function validate(value) {
  try {
    const Model = (await import(moduleOf(value)))[value.kind];
    new Model(value).validate();
    return [];
  } catch (failure) {
    return [failure.message];
  }
}

function unknownKeys(judged) {
  const file = fileURLToPath(new URL('manifests.ts', import.meta.url));
  const source = judged
    .map(({ value }, i) => `import type { I${value.kind} as T${i} } from '${moduleOf(value)}'; export const o${i}: T${i} = ${JSON.stringify(value)};`)
    .join('\n');
  const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: true, noEmit: true, skipLibCheck: true, types: [] };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, ...rest) => (name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest));
  host.fileExists = (name) => name === file || fileExists(name);
  const program = ts.createProgram([file], options, host);
  for (const problem of ts.getPreEmitDiagnostics(program)) {
    const line = problem.file?.fileName === file ? problem.file.getLineAndCharacterOfPosition(problem.start).line : 0;
    judged[line].problems.push(ts.flattenDiagnosticMessageText(problem.messageText, ' '));
  }
}
