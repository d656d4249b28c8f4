// Customers, products and prices: made, changed, read back, deleted; metadata.
import assert from 'node:assert/strict';
import { stripe, refused } from './client.mjs';

const customer = await stripe.customers.create({
  email: 'zoë@papier.example',
  name: 'Zoë & Co = 100% [sic]',
  address: { line1: '1 rue Haute', city: 'Bruxelles', country: 'BE' },
  metadata: { plan: 'gold', note: 'a=b&c[d]' },
});
assert.match(customer.id, /^cus_\w{14}$/);
assert.equal(customer.object, 'customer');
assert.equal(customer.livemode, false);
assert.equal(customer.name, 'Zoë & Co = 100% [sic]');
assert.equal(customer.address.line2, null);
assert.deepEqual(customer.metadata, { plan: 'gold', note: 'a=b&c[d]' });
assert.equal(customer.lastResponse.statusCode, 200);
assert.match(customer.lastResponse.requestId, /^req_/);
assert.equal(customer.lastResponse.apiVersion, '2023-10-16');
assert.deepEqual(await stripe.customers.retrieve(customer.id), customer);

// Metadata merges; an empty value takes one key away, an empty metadata all.
let changed = await stripe.customers.update(customer.id, { metadata: { plan: 'silver', level: '2' } });
assert.deepEqual(changed.metadata, { plan: 'silver', note: 'a=b&c[d]', level: '2' });
changed = await stripe.customers.update(customer.id, { metadata: { note: '', level: null } });
assert.deepEqual(changed.metadata, { plan: 'silver' });
changed = await stripe.customers.update(customer.id, { metadata: '' });
assert.deepEqual(changed.metadata, {});
assert.equal(changed.name, customer.name);

// What is optional is unset by an empty string; what was not sent stays.
changed = await stripe.customers.update(customer.id, { name: '', address: '', phone: '+32 2 555 01 02' });
assert.equal(changed.name, null);
assert.equal(changed.address, null);
assert.equal(changed.phone, '+32 2 555 01 02');
assert.equal(changed.email, customer.email);

// A deleted customer leaves a stub, and is in no list.
const gone = await stripe.customers.del(customer.id);
assert.deepEqual({ ...gone }, { id: customer.id, object: 'customer', deleted: true });
assert.equal((await stripe.customers.retrieve(customer.id)).deleted, true);
assert.deepEqual((await stripe.customers.list({ email: customer.email })).data, []);
await refused(stripe.customers.update(customer.id, { name: 'x' }), {
  type: 'StripeInvalidRequestError', statusCode: 404, code: 'resource_missing', param: 'id',
  message: `No such customer: '${customer.id}'`,
});

const product = await stripe.products.create({
  name: 'Teapot', description: 'Cast iron', unit_label: 'pot', images: ['https://shop.example/a.png', 'https://shop.example/b.png'],
  default_price_data: { currency: 'EUR', unit_amount: 4900 }, metadata: { shelf: '3' },
});
assert.match(product.id, /^prod_\w{14}$/);
assert.deepEqual(product.images, ['https://shop.example/a.png', 'https://shop.example/b.png']);
const first = await stripe.prices.retrieve(product.default_price, { expand: ['product'] });
assert.equal(first.currency, 'eur');
assert.equal(first.unit_amount, 4900);
assert.equal(first.unit_amount_decimal, '4900');
assert.equal(first.type, 'one_time');
assert.equal(first.product.name, 'Teapot');

const renamed = await stripe.products.update(product.id, { name: 'Teapot, 0.6 l', description: '', metadata: { shelf: '4' } });
assert.equal(renamed.name, 'Teapot, 0.6 l');
assert.equal(renamed.description, null);
assert.deepEqual(renamed.metadata, { shelf: '4' });

const monthly = await stripe.prices.create({
  product: product.id, currency: 'jpy', unit_amount: 980, recurring: { interval: 'month', interval_count: 3 }, nickname: 'quarterly', lookup_key: 'teapot_q',
});
assert.equal(monthly.type, 'recurring');
assert.deepEqual([monthly.recurring.interval, monthly.recurring.interval_count, monthly.recurring.usage_type], ['month', 3, 'licensed']);
assert.deepEqual((await stripe.prices.list({ lookup_keys: ['teapot_q'] })).data.map((p) => p.id), [monthly.id]);
const off = await stripe.prices.update(monthly.id, { active: false, nickname: '' });
assert.equal(off.active, false);
assert.equal(off.nickname, null);
const dinar = await stripe.prices.create({ product: product.id, currency: 'kwd', unit_amount: 12500 });
assert.equal(dinar.unit_amount, 12500);
assert.deepEqual(
  (await stripe.prices.list({ product: product.id, active: true })).data.map((p) => p.id), [dinar.id, first.id]);

// A product with prices stays; one without goes for good.
await refused(stripe.products.del(product.id), { type: 'StripeInvalidRequestError', statusCode: 400 });
const plain = await stripe.products.create({ id: 'saucer', name: 'Saucer' });
assert.equal(plain.id, 'saucer');
await refused(stripe.products.create({ id: 'saucer', name: 'Saucer' }), { type: 'StripeInvalidRequestError', code: 'resource_already_exists' });
assert.deepEqual({ ...(await stripe.products.del('saucer')) }, { id: 'saucer', object: 'product', deleted: true });
await refused(stripe.products.retrieve('saucer'), { statusCode: 404, code: 'resource_missing', param: 'id' });
