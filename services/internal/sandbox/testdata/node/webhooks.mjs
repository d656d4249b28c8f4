// A webhook endpoint in Node: deliveries arrive signed, and the library verifies
// them.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import Stripe from 'stripe';
import { stripe, refused, until } from './client.mjs';

const received = [];
let answer = 200;
const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (c) => chunks.push(c));
  request.on('end', () => {
    received.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(answer).end();
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}/hooks?x=1`;

const endpoint = await stripe.webhookEndpoints.create({ url, enabled_events: ['customer.created', 'customer.updated'], metadata: { by: 'node' } });
assert.match(endpoint.secret, /^whsec_\w{32}$/);
assert.equal(endpoint.status, 'enabled');
assert.equal((await stripe.webhookEndpoints.retrieve(endpoint.id)).secret, undefined);
assert.equal((await stripe.webhookEndpoints.list()).data[0].secret, undefined);

const customer = await stripe.customers.create({ email: 'heard@example.com', name: 'Jürgen 雪 ☕' }, { idempotencyKey: 'heard' });
await stripe.products.create({ name: 'not asked for' });
const [delivery] = await until('a delivery', () => received.length > 0 && received);
assert.deepEqual([delivery.method, delivery.url], ['POST', '/hooks?x=1']);
assert.equal(delivery.headers['content-type'], 'application/json; charset=utf-8');
assert.match(delivery.headers['user-agent'], /^Stripe\/1\.0/);

// Good: verified, and the event is the one in the list.
const signature = delivery.headers['stripe-signature'];
const event = stripe.webhooks.constructEvent(delivery.body, signature, endpoint.secret);
assert.deepEqual([event.type, event.api_version, event.data.object.id, event.data.object.name], ['customer.created', '2023-10-16', customer.id, 'Jürgen 雪 ☕']);
assert.deepEqual(event.request, { id: customer.lastResponse.requestId, idempotency_key: 'heard' });
assert.equal(event.pending_webhooks, 1);
await until('the acknowledgement', async () => (await stripe.events.retrieve(event.id)).pending_webhooks === 0);
assert.deepEqual((await stripe.events.retrieve(event.id)).data, event.data);
assert.equal((await stripe.webhooks.constructEventAsync(delivery.body, signature, endpoint.secret)).id, event.id);

// Tampered, of another secret, too old: refused.
const unsigned = (body, header, secret) => assert.throws(() => stripe.webhooks.constructEvent(body, header, secret), (e) => e instanceof Stripe.errors.StripeSignatureVerificationError);
unsigned(delivery.body.toString().replace('heard@example.com', 'other@example.com'), signature, endpoint.secret);
unsigned(delivery.body, signature, 'whsec_' + '0'.repeat(32));
unsigned(delivery.body, signature.replace(/v1=[0-9a-f]{4}/, 'v1=0000'), endpoint.secret);
unsigned(delivery.body, signature.replace(/v1=[^,]*,?/, ''), endpoint.secret); // v0 alone never passes
const old = (age) => stripe.webhooks.generateTestHeaderString({ payload: delivery.body.toString(), secret: endpoint.secret, timestamp: Math.floor(Date.now() / 1000) - age });
unsigned(delivery.body, old(301), endpoint.secret);
assert.equal(stripe.webhooks.constructEvent(delivery.body, old(200), endpoint.secret).id, event.id);
assert.equal(stripe.webhooks.signature.verifyHeader(delivery.body, signature, endpoint.secret, 300), true);

// Refused deliveries come again: the same event, signed anew.
answer = 500;
await stripe.customers.update(customer.id, { phone: '555' });
const [failed] = await until('a second delivery', () => received.length > 1 && received.slice(1));
answer = 200;
const [, repeated] = await until('its repetition', () => received.length > 2 && received.slice(1));
assert.deepEqual(repeated.body, failed.body);
const update = stripe.webhooks.constructEvent(repeated.body, repeated.headers['stripe-signature'], endpoint.secret);
assert.equal(update.type, 'customer.updated');
assert.deepEqual(update.data.previous_attributes, { phone: null });

// Sent again on demand; none while disabled; none once deleted.
await stripe.webhookEndpoints.update(endpoint.id, { enabled_events: ['*'], description: 'everything' });
const product = await stripe.products.create({ name: 'asked for now' });
await until('the product', () => received.some((r) => r.body.includes(product.id)));
assert.equal((await stripe.webhookEndpoints.update(endpoint.id, { disabled: true })).status, 'disabled');
const silent = await stripe.products.create({ name: 'unheard' });
assert.equal((await stripe.webhookEndpoints.update(endpoint.id, { disabled: false })).status, 'enabled');
const heard = await stripe.products.create({ name: 'heard again' });
await until('the next product', () => received.some((r) => r.body.includes(heard.id)));
assert.ok(!received.some((r) => r.body.includes(silent.id)), 'what happened while it was disabled is not delivered later');
assert.deepEqual({ ...(await stripe.webhookEndpoints.del(endpoint.id)) }, { id: endpoint.id, object: 'webhook_endpoint', deleted: true });
await refused(stripe.webhookEndpoints.retrieve(endpoint.id), { statusCode: 404, code: 'resource_missing' });

// What an endpoint may be.
await refused(stripe.webhookEndpoints.create({ url, enabled_events: ['customer.*'] }), { type: 'StripeInvalidRequestError', statusCode: 400 });
await refused(stripe.webhookEndpoints.create({ url: 'https://elsewhere.example/hooks', enabled_events: ['*'] }), { code: 'url_invalid', param: 'url' });
await refused(stripe.webhookEndpoints.create({ url, enabled_events: [] }), { param: 'enabled_events' });
server.close();
server.closeAllConnections();
