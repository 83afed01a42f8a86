// docs/asyncapi.yaml and docs/openapi.yaml as the tests use them: as data, and as judges of values.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

/** The text of a file in docs/. */
export const docs = (name) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

/** What clients and backends say, as it is written. */
export const contract = parse(docs('asyncapi.yaml'));

/** What is said over plain HTTP, with the schemas of the other document that it names. */
export const http = parse(docs('openapi.yaml').replaceAll('./asyncapi.yaml#', '#'));
http.components.schemas = { ...contract.components.schemas, ...http.components.schemas };

/** What `{$ref}` stands for in a document; anything else stands for itself. */
export function resolve(document, value) {
  if (value?.$ref === undefined) return value;
  return value.$ref.slice(2).split('/').reduce((at, name) => at[name], document);
}

// Clients ignore fields that they do not know; the tests want none.
function closed(schema) {
  if (schema === null || typeof schema !== 'object') return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const all = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return schema.type === 'object' && schema.properties ? { additionalProperties: false, ...all } : all;
}

/**
 * Judges by the schemas of a document: gives a function (path of a schema in it, value) whose result is every
 * complaint. `exact`: fields that the document does not name are one.
 */
export function judge(document, { exact }) {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(exact ? closed(document) : document, 'document');
  const compiled = new Map();
  const validator = (pointer) => {
    if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `document#${pointer}` }));
    return compiled.get(pointer);
  };
  return (path, value) => {
    const validate = validator(path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
    if (validate(value)) return [];
    return validate.errors.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
  };
}
