// What the library makes of refusals, and of a repeated request.
import assert from 'node:assert/strict';
import Stripe from 'stripe';
import { stripe, client, opened, refused } from './client.mjs';

// Keys.
for (const key of ['sk_test_bad', 'nonsense_key_of_some_length', 'sk_test_4eC39Hq!']) {
  await refused(client(key).customers.list(), { type: 'StripeAuthenticationError', statusCode: 401, message: /^Invalid API Key provided/ });
}
const shown = await refused(client('hk_test_4eC39HqLyjWDarjtT1zdp7dc').customers.list(), { type: 'StripeAuthenticationError' });
assert.ok(!shown.message.includes('4eC39HqLyjWDarjtT1zdp7dc'), 'a refused key is not repeated');
await refused(client('sk_live_ExampleyjWDarjtT1zdp7dc').customers.list(), { type: 'StripePermissionError', statusCode: 403 });
await refused(client('pk_test_4eC39HqLyjWDarjtT1zdp7dc').customers.list(), { code: 'secret_key_required' });

// Parameters.
await refused(stripe.customers.create({ email: 'not an address' }), {
  type: 'StripeInvalidRequestError', rawType: 'invalid_request_error', statusCode: 400, code: 'email_invalid', param: 'email', message: 'Invalid email address: not an address',
});
await refused(stripe.customers.create({ shoes: 'red' }), { code: 'parameter_unknown', param: 'shoes', message: 'Received unknown parameter: shoes' });
await refused(stripe.products.create({}), { code: 'parameter_missing', param: 'name', message: 'Missing required param: name.' });
await refused(stripe.products.create({ name: '' }), { code: 'parameter_invalid_empty', param: 'name', message: /^You passed an empty string for 'name'\./ });
await refused(stripe.prices.create({ currency: 'eur', unit_amount: 'many', product_data: { name: 'x' } }), {
  code: 'parameter_invalid_integer', param: 'unit_amount', message: 'Invalid integer: many',
});
await refused(stripe.prices.create({ currency: 'zzz', unit_amount: 100, product_data: { name: 'x' } }), { param: 'currency', message: /^Invalid currency: zzz\./ });
await refused(stripe.checkout.sessions.create({ mode: 'payment', success_url: 'https://shop.example', line_items: [{ price: 'price_nowhere', quantity: 1 }] }), {
  statusCode: 400, code: 'resource_missing', param: 'line_items[0][price]', message: "No such price: 'price_nowhere'",
});
await refused(stripe.checkout.sessions.create({ mode: 'gift', success_url: 'https://shop.example' }), {
  param: 'mode', message: 'Invalid mode: must be one of payment, setup, or subscription',
});
await refused(stripe.checkout.sessions.create({ mode: 'payment', success_url: 'javascript:alert(1)', line_items: [{ price: 'price_1HouseBlend250gEuros001', quantity: 1 }] }), {
  code: 'url_invalid', param: 'success_url',
});

// Objects and addresses that are not there.
const missing = await refused(stripe.customers.retrieve('cus_nobody'), {
  type: 'StripeInvalidRequestError', statusCode: 404, code: 'resource_missing', param: 'id', message: "No such customer: 'cus_nobody'",
});
assert.equal(missing.doc_url, 'https://stripe.com/docs/error-codes/resource-missing');
assert.equal(missing.headers['request-id'], missing.requestId);
const Nowhere = Stripe.StripeResource.extend({ path: 'nowhere', list: Stripe.StripeResource.method({ method: 'GET' }) });
await refused(new Nowhere(stripe).list(), { statusCode: 404, message: /^Unrecognized request URL \(GET: \/v1\/nowhere\)\./ });

// Cards, through the call that completes a session without a browser.
const PaymentPages = Stripe.StripeResource.extend({ path: 'payment_pages', confirm: Stripe.StripeResource.method({ method: 'POST', path: '{id}/confirm' }) });
const pages = new PaymentPages(stripe);
const session = await opened({ id: 'price_1HouseBlend250gEuros001' });
for (const [method, want] of Object.entries({
  pm_card_chargeDeclined: { code: 'card_declined', decline_code: 'generic_decline' },
  pm_card_chargeDeclinedInsufficientFunds: { code: 'card_declined', decline_code: 'insufficient_funds' },
  pm_card_chargeDeclinedExpiredCard: { code: 'expired_card' },
  pm_card_chargeDeclinedIncorrectCvc: { code: 'incorrect_cvc' },
  pm_card_chargeDeclinedProcessingError: { code: 'processing_error' },
})) {
  const e = await refused(pages.confirm(session.id, { payment_method: method }), { type: 'StripeCardError', rawType: 'card_error', statusCode: 402, ...want });
  assert.equal(e.payment_intent.status, 'requires_payment_method');
  assert.equal(e.payment_intent.last_payment_error.code, want.code);
  assert.equal(e.charge, e.payment_intent.latest_charge);
  assert.equal((await stripe.charges.retrieve(e.charge)).status, 'failed');
}

// The same key answers the same; other parameters or another path are refused.
const customers = async () => (await stripe.customers.list({ limit: 1, expand: ['total_count'] })).total_count;
const before = await customers();
const first = await stripe.customers.create({ email: 'once@example.com' }, { idempotencyKey: 'attempt-1' });
const again = await stripe.customers.create({ email: 'once@example.com' }, { idempotencyKey: 'attempt-1' });
assert.deepEqual(again, first);
assert.equal(first.lastResponse.headers['idempotent-replayed'], undefined);
assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
assert.equal(again.lastResponse.headers['original-request'], first.lastResponse.requestId);
assert.notEqual(again.lastResponse.requestId, first.lastResponse.requestId);
assert.equal(again.lastResponse.idempotencyKey, 'attempt-1');
assert.equal(await customers(), before + 1);
const clash = { type: 'StripeIdempotencyError', rawType: 'idempotency_error', statusCode: 400, message: /^Keys for idempotent requests can only be used with the same parameters/ };
await refused(stripe.customers.create({ email: 'twice@example.com' }, { idempotencyKey: 'attempt-1' }), clash);
await refused(stripe.products.create({ name: 'x' }, { idempotencyKey: 'attempt-1' }), clash);
assert.equal(await customers(), before + 1);

// A refused parameter leaves the key free; a declined card is answered again.
await refused(stripe.customers.create({ email: 'wrong' }, { idempotencyKey: 'attempt-2' }), { code: 'email_invalid' });
assert.equal((await stripe.customers.create({ email: 'right@example.com' }, { idempotencyKey: 'attempt-2' })).email, 'right@example.com');
const pay = () => pages.confirm(session.id, { payment_method: 'pm_card_chargeDeclined' }, { idempotencyKey: 'attempt-3' });
const declined = await refused(pay(), { type: 'StripeCardError' });
const replayed = await refused(pay(), { type: 'StripeCardError' });
assert.equal(replayed.charge, declined.charge);
assert.equal(replayed.headers['idempotent-replayed'], 'true');

// Two at once with one key: one customer, and nobody is told of a second one.
const both = await Promise.allSettled([1, 2].map(() => stripe.customers.create({ email: 'race@example.com' }, { idempotencyKey: 'attempt-4' })));
const made = new Set(both.filter((r) => r.status === 'fulfilled').map((r) => r.value.id));
assert.equal(made.size, 1);
for (const r of both.filter((x) => x.status === 'rejected')) assert.equal(r.reason.code, 'idempotency_key_in_use');
assert.equal((await stripe.customers.list({ email: 'race@example.com' })).data.length, 1);
