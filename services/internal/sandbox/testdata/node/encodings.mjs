// Forms as the library writes them and as people write them by hand.
import assert from 'node:assert/strict';
import { stripe, raw, refused } from './client.mjs';

// Arrays: by index, with gaps, by empty brackets, encoded brackets.
const images = async (form) => (await raw('POST', '/v1/products', 'name=x&' + form)).body.images;
const a = 'https://shop.example/a';
const b = 'https://shop.example/b';
for (const form of [`images[0]=${a}&images[1]=${b}`, `images[1]=${b}&images[0]=${a}`, `images[3]=${a}&images[7]=${b}`,
  `images[]=${a}&images[]=${b}`, `images%5B%5D=${a}&images%5b%5d=${b}`, `images%5B0%5D=${encodeURIComponent(a)}&images[1]=${b}`]) {
  assert.deepEqual(await images(form), [a, b], form);
}
assert.deepEqual(await images('images='), []);

// Arrays of hashes: a repeated key begins a new element.
const price = (await stripe.prices.list({ limit: 1, active: true, type: 'one_time', currency: 'eur' })).data[0];
const session = async (lines) => raw('POST', '/v1/checkout/sessions', `mode=payment&success_url=https://shop.example/&${lines}`);
for (const lines of [
  `line_items[0][price]=${price.id}&line_items[0][quantity]=2&line_items[1][price]=${price.id}&line_items[1][quantity]=3`,
  `line_items[][price]=${price.id}&line_items[][quantity]=2&line_items[][price]=${price.id}&line_items[][quantity]=3`,
]) {
  const made = await session(lines);
  assert.equal(made.status, 200, JSON.stringify(made.body));
  assert.equal(made.body.amount_total, 5 * price.unit_amount, lines);
  assert.deepEqual((await stripe.checkout.sessions.listLineItems(made.body.id)).data.map((l) => l.quantity), [2, 3]);
}

// Hashes, texts that look like forms, every kind of letter, plus and blanks.
const hard = { 'a b': '1+1=2', key: '&=[]%20', '0': 'zero', 'ключ': '値 ☕ 🫖', quote: `"'<>\\` };
const customer = await stripe.customers.create({ name: ' plus + and %2B ', metadata: hard, preferred_locales: ['de', 'en'], invoice_settings: { footer: 'Thanks\nand bye' } });
assert.equal(customer.name, ' plus + and %2B ');
assert.deepEqual(customer.metadata, hard);
assert.deepEqual(customer.preferred_locales, ['de', 'en']);
assert.equal(customer.invoice_settings.footer, 'Thanks\nand bye');
assert.equal((await raw('POST', `/v1/customers/${customer.id}`, 'name=by+hand%20too&metadata[key]=')).body.name, 'by hand too');
assert.equal((await stripe.customers.retrieve(customer.id)).metadata.key, undefined);

// Expand in a body and in a query; booleans; a date in a query's hash.
assert.equal((await raw('POST', '/v1/prices', 'currency=eur&unit_amount=100&product_data[name]=y&expand[]=product')).body.product.object, 'product');
assert.equal((await raw('GET', `/v1/prices/${price.id}?expand[]=product`)).body.product.object, 'product');
assert.equal((await raw('GET', `/v1/prices/${price.id}?expand%5B0%5D=product`)).body.product.object, 'product');
assert.ok((await raw('GET', '/v1/products?active=false')).body.data.every((p) => p.active === false));
assert.deepEqual((await raw('GET', '/v1/customers?created[gt]=4102444800')).body.data, []);

// Parameters of a DELETE: in the query, as this library sends them, or the body.
const cancelled = (await stripe.subscriptions.list({ limit: 1, status: 'active' })).data[0];
const over = await raw('DELETE', `/v1/subscriptions/${cancelled.id}?cancellation_details[feedback]=unused&expand[0]=customer`);
assert.deepEqual([over.status, over.body.cancellation_details.feedback, over.body.customer.object], [200, 'unused', 'customer']);
await refused(stripe.customers.del(customer.id, { shoes: 'red' }), { code: 'parameter_unknown', param: 'shoes' });
const inBody = await raw('DELETE', `/v1/customers/${customer.id}`, 'shoes=red');
assert.deepEqual([inBody.status, inBody.body.error.param], [400, 'shoes']);

// Forms that are none.
for (const form of ['name[=x', 'name]=x', 'name=x&name[y]=z', 'metadata=x', 'images[a]=x', 'address=x', 'name[first]=x']) {
  const bad = await raw('POST', '/v1/customers', form);
  assert.deepEqual([bad.status, bad.body.error.type], [400, 'invalid_request_error'], form);
}
const json = await fetch(new URL('/v1/customers', process.argv[2]), { method: 'POST', headers: { Authorization: `Bearer ${process.argv[3]}`, 'Content-Type': 'application/json' }, body: '{"name":"x"}' });
assert.equal(json.status, 400);
